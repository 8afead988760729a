"""The base: vocabulary, settings, errors, encoder, ranking, answerability, bundle. Imports nothing else of ours."""

VERSION = "0.1.0"  # of pincite; pyproject.toml takes it from here
