"""The base: vocabulary, settings, errors, encoder, ranking, answerability, bundle. Imports nothing else of ours."""
