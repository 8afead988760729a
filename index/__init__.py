"""The base: vocabulary, settings, errors, encoder, arms, ranking, answerability, bundle. Imports neither ingest nor service."""
