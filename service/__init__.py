"""Front ends over one Searcher: JSON API, web pages, command line, tools for language models."""
