"""What the group robots of the vendors share."""

from hashlib import sha256

from flows.channels.exchange import Server
from flows.channels.parted import MOBILE, USER, PartedTransport
from flows.channels.place import Place


class RobotTransport(PartedTransport):
    """Speaks in a group, and calls the person by name: `envelope.target` is a user id or a mobile number."""

    def __init__(self, place: Place, server: Server) -> None:
        self.token = place.host
        self.secret = place.parameters.get("secret", "")
        super().__init__(server, [self.token, self.secret])
        self.robot = sha256(f"{server.host}:{server.port}/{self.token}".encode()).hexdigest()

    def unfit(self, target: str) -> str | None:
        """Say why nobody can be called by a target."""
        if MOBILE.fullmatch(target) or USER.fullmatch(target):
            return None
        return "the target is neither a mobile number nor a user id"


def is_mobile(target: str) -> bool:
    """Tell a mobile number from a user id."""
    return MOBILE.fullmatch(target) is not None
