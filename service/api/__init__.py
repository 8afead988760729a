"""JSON for other services."""
