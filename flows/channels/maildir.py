"""A Maildir on this machine: the embedded channel, which needs no server."""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from flows.channels.envelope import Envelope
from flows.channels.errors import BadChannel
from flows.channels.letter import Sender, letter
from flows.channels.masking import mask
from flows.channels.receipt import Receipt
from flows.channels.transport import Transport
from models.vocabulary import Outcome

_FOLDER = re.compile(r"[^./\0][^/\0]{0,80}")  # one name, not hidden; short enough in UTF-8
_SENDER = Sender("duban", "duban@localhost")


class MaildirTransport(Transport):
    """Delivers into the Maildir `envelope.target` below a folder.

    The file's name follows from the message's key, so a message that lies there already, read or unread, is
    accepted without a second copy.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(secrets=())
        self._root = root

    def connect(self) -> None:
        """Make sure that the folder can be written, or made."""
        folder = self._root
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is not a folder")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(f"{folder} may not be written")

    def deliver(self, envelope: Envelope) -> Receipt:
        """Write the mail and put it into `new`, both for good."""
        if not _FOLDER.fullmatch(envelope.target):
            return Receipt(Outcome.REFUSED, "the target is not the name of a folder", personal=True)
        box = self._root / envelope.target
        name = f"{hashlib.sha256(envelope.key.encode()).hexdigest()[:40]}.duban"
        if _lies_in(box, name):
            return Receipt(Outcome.ACCEPTED, f"already there as {name}")
        _make(box)
        to = f"{quote(envelope.target, safe='')}@localhost"
        _put(box, name, letter(envelope, sender=_SENDER, to=to).replace(b"\r\n", b"\n"))
        return Receipt(Outcome.ACCEPTED, f"written to {envelope.target} as {name}")

    def hang_up(self) -> None:
        """Do nothing: there is no connection."""


def open_transport(url: str, *, private: bool) -> MaildirTransport:
    """Return the transport for a maildir:// URL, which leads to no net at all; raises BadChannel."""
    del private
    parts = urlsplit(url)
    if parts.netloc or parts.query or parts.fragment or not parts.path.strip("/"):
        raise BadChannel(f"{mask(url)} does not name a folder: write maildir:///absolute/folder")
    return MaildirTransport(Path(unquote(parts.path)))


def _lies_in(box: Path, name: str) -> bool:
    """Look for a message as delivered, then as a reader may have moved it: to `cur`, with flags behind its name."""
    return (box / "new" / name).exists() or bool(list((box / "cur").glob(f"{name}*")))


def _make(box: Path) -> None:
    if (box / "tmp").exists():
        return
    for part in ("new", "cur", "tmp"):  # the one looked for last
        (box / part).mkdir(parents=True, exist_ok=True)
    for folder in (box, box.parent, box.parent.parent):
        _sync(folder)


def _put(box: Path, name: str, mail: bytes) -> None:
    draft = box / "tmp" / f"{name}.{os.getpid()}"
    try:
        with draft.open("wb") as file:
            file.write(mail)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(box / "new" / name)
    finally:
        draft.unlink(missing_ok=True)
    _sync(box / "new")


def _sync(folder: Path) -> None:
    """Make the names in a folder as durable as the files they stand for."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
