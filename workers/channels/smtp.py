"""E-mail by SMTP. It cannot tell whether a mail went out when the connection breaks at the wrong moment."""

import logging
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import Compat32
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from uuid import UUID

from events.base import now
from workers.channels.channel import AWAY, DOUBTFUL, LATER, SENT, Address, Mail, Outcome

log = logging.getLogger(__name__)

TIMEOUT = 8.0
"""Seconds to wait for each answer of the server."""

MOST_IN_LINE = 900
"""Letters; mail servers take lines of at most 998."""


class _Unfolded(Compat32):
    """Headers as they are: to look for where each might be folded takes longer than all else about a mail."""

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}"
        return super().fold_binary(name, value) if len(line) > MOST_IN_LINE else f"{line}{self.linesep}".encode("ascii")


_POLICY = _Unfolded(linesep="\r\n", max_line_length=MOST_IN_LINE)
_PORTS = {"smtp": 587, "smtps": 465}


class Smtp:
    """One connection for a batch of mails, opened at the first and again whenever the server closed it."""

    name = "smtp"
    idempotent = False
    disturbs = True

    def __init__(self, url: str, sender: str, *, clock: Callable[[], datetime] = now) -> None:
        """`url` as `HUB_MAIL_URL` holds it, `sender` as `HUB_MAIL_FROM`."""
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender
        self._from = parseaddr(sender)[1]
        self._domain = self._from.rpartition("@")[2]
        self._clock = clock
        self._server: smtplib.SMTP | None = None

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        try:
            message = self._message(to, mail, key)
        except ValueError:  # an address that is none, for example with a line break
            return Outcome("failed", "no address")
        # a server may have closed a connection that it was not asked on for a while: then once more on a new one
        for kept in (self._server is not None, False):
            try:
                return self._hand_over(self._server or self._connected(), to.email, message)
            except (OSError, smtplib.SMTPException) as error:
                self.close()
                if not kept:
                    # its type and not its words, in which a server may repeat the address
                    log.warning("the mail server is away (%s); trying again", type(error).__name__)
                    return AWAY
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
        self._server = None

    def _hand_over(self, server: smtplib.SMTP, address: str, message: bytes) -> Outcome:
        """Up to the mail itself nothing was sent, whatever happens; from its last byte to the answer nobody knows."""
        for code, _ in (server.mail(self._from), server.rcpt(address)):
            if code == 421:
                raise smtplib.SMTPServerDisconnected("it closes")
            if code // 100 != 2:
                with suppress(OSError, smtplib.SMTPException):
                    server.rset()
                return self._refused(code)
        try:
            code, _ = server.data(message)
        except smtplib.SMTPDataError as error:
            return self._refused(error.smtp_code)
        except (OSError, smtplib.SMTPException):
            self.close()
            return DOUBTFUL
        return SENT if code // 100 == 2 else self._refused(code)

    @staticmethod
    def _refused(code: int) -> Outcome:
        return Outcome("failed", "refused") if code // 100 == 5 else LATER

    def _connected(self) -> smtplib.SMTP:
        context = _context()
        if self._tls:
            server = smtplib.SMTP_SSL(self._host, self._port, self._domain, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, self._domain, timeout=TIMEOUT)
        self._server = server
        server.ehlo()
        if not self._tls and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif not self._tls and not _on_this_machine(self._host):
            raise smtplib.SMTPNotSupportedError("the server offers no TLS, and mails hold names and addresses")
        if self._user:
            server.login(self._user, self._password)
        return server

    def _message(self, to: Address, mail: Mail, key: UUID) -> bytes:
        if any(sign in said for said in (to.name, to.email, mail.subject) for sign in "\r\n"):
            raise ValueError("a header would hold a line break")
        # the classes of before `EmailMessage`, which reads each header again and takes four times as long
        message = MIMEMultipart("alternative", boundary=f"part-{key}", policy=_POLICY)
        headers = {
            "From": self._sender,
            "To": formataddr((to.name, to.email)),
            "Subject": _encoded("Subject", mail.subject),
            "Date": format_datetime(self._clock()),
            # the same for every attempt, so that whoever gets it twice can tell
            "Message-ID": f"<{key}@{self._domain}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": to.language,
            **mail.headers,
        }
        for name, text in headers.items():
            message[name] = text
        message.attach(_part(mail.text, "plain"))
        message.attach(_part(mail.html, "html"))
        return message.as_bytes()


def _encoded(name: str, text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", header_name=name).encode()


def _part(text: str, kind: str) -> MIMEText:
    """Plain where that can be, else in base64."""
    plain = text.isascii() and max(map(len, text.splitlines()), default=0) <= MOST_IN_LINE
    return MIMEText(text, kind, "us-ascii" if plain else "utf-8", policy=_POLICY)


@cache
def _context() -> ssl.SSLContext:
    """Made once: it takes a tenth of a second to read whom to trust."""
    return ssl.create_default_context()


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
