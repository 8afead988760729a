"""Commands of a shelf: documents join and leave an index, are listed, watched, and compared between two indexes."""
