"""A mail server that takes mail for everybody."""

import base64
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from urllib.parse import quote

from flows.channels.address import read
from flows.channels.mail import SYNTAX
from flows.standins.server import Answer, Request
from flows.standins.smtp import SmtpHandler
from flows.standins.standin import Heard, StandIn, Told
from models.clock import now


class MailStandIn(StandIn):
    """One server, without TLS; whoever writes brings the login of the URL."""

    somebody = "zhang.san@office.example"
    throttled = Heard({"said": "4.7.1 Too many mails, come back later"}, status=450)
    refused = Heard({"said": "5.1.1 No such mailbox"}, status=550)
    broken = Heard({"said": "4.3.0 Out of order"}, status=451)

    def __init__(self, url: str, clock: Callable[[], datetime] = now) -> None:
        parsed = read(url, SYNTAX)
        super().__init__(parsed.password or "", clock, SmtpHandler)
        self._user, self._password, self._sender = parsed.user or "", parsed.password or "", parsed.from_addr[1]
        self._parameters = url.partition("?")[2].split("&")

    @property
    def url(self) -> str:
        """The channel's URL at this server."""
        login = f"{quote(self._user, safe='')}:{quote(self._password, safe='')}@" if self._user else ""
        kept = [one for one in self._parameters if one and one.split("=")[0] not in ("from", "smtp", "mode")]
        return f"mailto://{login}{self.address}?{'&'.join([f'from={quote(self._sender)}', *kept])}"

    def knows(self, login: str) -> bool:
        """Tell whether a login is right, as AUTH PLAIN brings it."""
        right = base64.b64encode(f"\0{self._user}\0{self.secret}".encode()).decode()
        return login == right or not (self._user and self._password)

    def reaches(self, recipient: str) -> Answer:
        """Say whether somebody can be written to: everybody, unless told otherwise."""
        told = {Told.THROTTLE: self.throttled, Told.REFUSE: self.refused}
        if self._told not in told:
            return Answer(250, "2.1.5 Ok")
        heard = told[Told(self._told)]
        self.log.append(f"a recipient of {len(recipient)} characters: {heard.status} {self.words(heard)}")
        return Answer(heard.status, self.words(heard))

    def hear(self, request: Request) -> Heard:
        """Take a mail."""
        mail = message_from_bytes(request.body, policy=policy.default)
        text = mail.get_body(("plain",))
        body = str(text.get_content()).replace("\r\n", "\n") if text else ""
        shown = f"@{request.path} {mail['Subject']}\n\n{body}"
        return Heard({"said": f"2.0.0 Ok: taken as {len(self.shown) + 1}"}, shown=shown, status=250)

    def words(self, heard: Heard) -> str:
        """Return an answer as it is said."""
        return str(heard.answer["said"])
