"""A passage store in Qdrant. qdrant_client alone imports the client library; the rest speaks to an Engine."""
