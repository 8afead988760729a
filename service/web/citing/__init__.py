"""References to passages: styles for people, files for reference managers."""
