"""The error that reaches a person: one sentence with the place and the remedy."""


class DubanError(Exception):
    """Something a person can put right; the message is one sentence that names the place and the remedy."""
