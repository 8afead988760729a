"""Paint on a page of a PDF file: inks, paths, layers, and whether text is seen on what is painted beneath it."""
