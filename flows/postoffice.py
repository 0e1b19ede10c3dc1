"""The post office: the channels in use, and which of them rest."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Connection

from config.settings import Settings
from flows.channels import Attachment, Channel, ChannelError, Envelope, Receipt, open_channel
from flows.turns import in_turn, leave_alone, take_turns
from models.commands.leases import Dispatch
from models.vocabulary import Outcome

PATIENCE = 3
"""Failures in a row after which a channel rests until the next delivery, so that it holds up no other."""

NEAR = timedelta(seconds=20)
"""How far off a robot's next turn may lie for a worker to wait for it; beyond, the channel rests."""


class PostOffice:
    """The channels in use, each opened with its first message and kept; one that keeps failing rests.

    So does one whose robot has no turn soon.
    """

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        clock: Callable[[], datetime],
        pause: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._connection, self._clock, self._pause = connection, clock, pause
        self._open = ExitStack()
        self._channels: dict[str, Channel] = {}
        self._failures: Counter[str] = Counter()
        self.resting: set[str] = set()

    def __enter__(self) -> Self:
        self._open.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def take_turns(self, dispatch: Dispatch) -> list[datetime] | None:
        """Take the turns that a message needs, if it needs any; None where its channel rests."""
        if dispatch.channel in self.resting:
            return None
        try:
            channel = self._channel(dispatch.channel)
        except ChannelError:
            return []  # the attempt will tell
        if channel.pace is None:
            return []
        turns = take_turns(self._connection, channel, _envelope(dispatch), self._clock(), NEAR)
        if turns is None:
            self.resting.add(dispatch.channel)
        return turns

    def wait(self, turns: Sequence[datetime]) -> None:
        """Let the first turn come."""
        in_turn(turns, self._clock, self._pause)(0)

    def send(self, dispatch: Dispatch, turns: Sequence[datetime]) -> Receipt:
        """Make the attempt and return its receipt; a channel that cannot be opened has sent nothing."""
        try:
            channel = self._channel(dispatch.channel)
            receipt = channel.send(_envelope(dispatch), in_turn(turns, self._clock, self._pause))
            if channel.pace and receipt.throttled:
                leave_alone(self._connection, channel, self._clock())
                self.resting.add(dispatch.channel)
        except ChannelError as error:
            receipt = Receipt(Outcome.RETRY, str(error), parts_accepted=dispatch.parts_accepted)
        broken = receipt.outcome in (Outcome.RETRY, Outcome.IN_DOUBT) and not receipt.personal
        self._failures[dispatch.channel] = self._failures[dispatch.channel] + 1 if broken else 0
        if self._failures[dispatch.channel] >= PATIENCE:
            self.resting.add(dispatch.channel)
        return receipt

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            url = self._settings.channel_url(name)
            if url is None:
                raise ChannelError(f"no channel is called '{name}'; name it in DUBAN_CHANNELS")
            opened = open_channel(url, private=self._settings.private)
            self._channels[name] = self._open.enter_context(opened)
        return self._channels[name]


def _envelope(dispatch: Dispatch) -> Envelope:
    return Envelope(
        key=dispatch.key,
        target=dispatch.target,
        recipient=dispatch.recipient,
        subject=dispatch.subject,
        body=dispatch.body,
        composed_at=dispatch.composed_at,
        parts_accepted=dispatch.parts_accepted,
        attachment=_attachment(dispatch),
    )


def _attachment(dispatch: Dispatch) -> Attachment | None:
    file = dispatch.attachment
    return Attachment(file.name, file.media_type, file.content) if file else None
