"""What a trained cross-encoder is worth."""
