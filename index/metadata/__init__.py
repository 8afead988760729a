"""Metadata of documents: filters by publisher, language, tag and date of review, and the columns that resolve them."""
