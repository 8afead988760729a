"""Care for readers: what a question gives away of its asker, and the card that a reader in need is shown first."""
