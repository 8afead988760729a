"""Embedding from file to file: Parquet of texts in, Parquet of vectors out, in this process or by Ray."""
