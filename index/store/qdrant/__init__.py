"""A passage store in Qdrant. ClientEngine and its neighbours know the client library; the rest speaks to an Engine."""
