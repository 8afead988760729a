"""Articles in every format that is read: the same words, sections and passages, and the same answers."""
