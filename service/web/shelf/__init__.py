"""Many documents: their names, the list of them, and the choice of those to search in."""
