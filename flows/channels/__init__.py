"""The channels a message can leave through; importing them does not import Apprise, opening one does."""

from flows.channels.channel import Channel, attaches, open_channel
from flows.channels.envelope import Attachment, Envelope
from flows.channels.errors import BadChannel, ChannelError, UnknownChannel
from flows.channels.masking import mask
from flows.channels.receipt import LIBRARY_ONLY, Receipt

__all__ = [
    "LIBRARY_ONLY",
    "Attachment",
    "BadChannel",
    "Channel",
    "ChannelError",
    "Envelope",
    "Receipt",
    "UnknownChannel",
    "attaches",
    "mask",
    "open_channel",
]
