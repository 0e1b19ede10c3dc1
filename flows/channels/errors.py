"""Why a channel cannot be opened."""


class ChannelError(ValueError):
    """A channel URL is of no use; the sentence names the remedy and shows the URL masked."""


class UnknownChannel(ChannelError):
    """Nothing here delivers through this schema."""


class BadChannel(ChannelError):
    """The schema is known, but the URL does not say where or how to deliver."""
