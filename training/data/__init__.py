"""Public data become training pairs."""
