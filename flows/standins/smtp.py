"""As much of SMTP (RFC 5321) as a sender needs."""

from socketserver import StreamRequestHandler
from typing import Any, Protocol

from flows.standins.server import PATIENCE, Answer, Break, Request

_DOT = b".\r\n"


class Postmaster(Protocol):
    """Whom a handler asks."""

    def greets(self, path: str) -> bool:
        """Tell whether a mail to somebody is read at all, or the connection cut before."""

    def knows(self, login: str) -> bool:
        """Tell whether a login is right; the empty one is none."""

    def reaches(self, recipient: str) -> Answer:
        """Say whether somebody can be written to."""

    def meet(self, request: Request) -> Answer | Break:
        """Take a mail, and say what it meets."""


class SmtpHandler(StreamRequestHandler):
    """Talks to one sender; a mail becomes a request, with its recipient for the path. TLS it does not speak."""

    server: Any  # of a WebServer

    def handle(self) -> None:
        """Answer command by command, until one side ends the talk."""
        self._owner: Postmaster = self.server.owner
        self._login = self._recipient = ""
        self._say(Answer(220, "the stand-in is ready"))
        for line in self.rfile:
            verb, _, rest = line.decode(errors="replace").strip().partition(" ")
            if verb.upper() == "DATA":
                if not self._take():
                    return
                continue
            self._say(self._answer(verb.upper(), rest))
            if verb.upper() == "QUIT":
                return

    def _answer(self, verb: str, rest: str) -> Answer:
        match verb:
            case "EHLO":
                self.wfile.write(b"250-stand-in\r\n")
                return Answer(250, "AUTH PLAIN")
            case "AUTH":
                self._login = rest.removeprefix("PLAIN ")
                return Answer(235, "2.7.0 Welcome") if self._owner.knows(self._login) else _STRANGER
            case "MAIL":
                return _DONE if self._owner.knows(self._login) else Answer(530, "5.7.0 Log in first")
            case "RCPT":
                self._recipient = rest.partition("<")[2].partition(">")[0]
                return self._owner.reaches(self._recipient)
            case "RSET" | "NOOP":
                return _DONE
            case "QUIT":
                return Answer(221, "2.0.0 Bye")
        return Answer(502, "5.5.1 Unknown command")

    def _take(self) -> bool:
        """Take a mail up to its dot, and tell whether the talk goes on."""
        if not self._owner.greets(self._recipient):
            return False
        self._say(Answer(354, "Go ahead"))
        lines = []
        while (line := self.rfile.readline()) not in (_DOT, b""):
            lines.append(line.removeprefix(b"."))
        met = self._owner.meet(Request("MAIL", self._recipient, {}, b"".join(lines)))
        if isinstance(met, Answer):
            self._say(met)
            return True
        if met is Break.HANG:
            self.server.stopping.wait(PATIENCE)
        if met is Break.CUT_ANSWER:
            self.wfile.write(b"25")
        return False

    def _say(self, answer: Answer) -> None:
        self.wfile.write(f"{answer.status} {answer.body}\r\n".encode())


_DONE = Answer(250, "2.0.0 Ok")
_STRANGER = Answer(535, "5.7.8 Wrong user or password")
