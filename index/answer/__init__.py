"""From evidence to a status: coverage, answerability, the sentences that answer."""
