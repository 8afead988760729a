"""Hidden text: what makes words of a document invisible to its reader, and how many were left out."""
