"""Folder of good, real and hostile files, ingested while the calls of the readers are watched."""
