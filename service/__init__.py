"""Thin coats over one Searcher: JSON API, web page, command line."""
