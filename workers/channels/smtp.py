"""E-mail by SMTP. It cannot tell whether a mail went out when the connection breaks at the wrong moment."""

import base64
import logging
import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.header import Header
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

_STATUS = re.compile(rb"[245]\.(\d{1,3}\.\d{1,3})\b")
_NOBODY = frozenset({b"1.1", b"1.2", b"1.3", b"1.6", b"1.10"})
"""Of RFC 3463 and RFC 7505: there is no such address."""
_OUR_SENDER = frozenset({b"1.7", b"1.8"})

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
        self._from = parseaddr(sender)[1]
        self._sender = _whom("From", *parseaddr(sender))
        self._domain = self._from.rpartition("@")[2]
        self._clock = clock
        self._server: smtplib.SMTP | None = None

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        try:
            whom = _whom("To", to.name, to.email)
        except ValueError:  # an address that is none, for example with a line break
            return Outcome("failed", "no address")
        message = self._message(whom, mail, key)
        # a server may have closed a connection that it was not asked on for a while: then once more on a new one
        for kept in (self._server is not None, False):
            try:
                return self._hand_over(self._server or self._connected(), to.email, message)
            except (OSError, smtplib.SMTPException) as error:
                self.close()
                if not kept:
                    # its type and not its words, in which a server may repeat the address
                    log.warning("the mail server is away or takes no mail (%s); trying again", type(error).__name__)
                    return AWAY
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
        self._server = None

    def _hand_over(self, server: smtplib.SMTP, address: str, message: bytes) -> Outcome:
        """Up to the mail itself nothing was sent, whatever happens; from its last byte to the answer nobody knows.

        What is said of the sender is about this hub, and of no mail in particular: so the server counts as away.
        """
        code, answer = server.docmd("MAIL", f"FROM:<{self._from}>")
        if code // 100 != 2:
            raise smtplib.SMTPSenderRefused(code, answer, self._from)
        code, answer = server.rcpt(address)
        if code in (421, 503):
            raise smtplib.SMTPServerDisconnected("it closes, or is in the middle of something else")
        if code // 100 != 2:
            self._begin_anew(server)
            return _refused(code, answer)
        try:
            code, answer = server.data(message)
        except smtplib.SMTPDataError as error:
            # it did not let the mail begin, and would take the next for more of this one
            self._begin_anew(server)
            return _refused(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException):
            self.close()
            return DOUBTFUL
        return SENT if code // 100 == 2 else _refused(code, answer)

    def _begin_anew(self, server: smtplib.SMTP) -> None:
        try:
            server.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

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

    def _message(self, whom: str, mail: Mail, key: UUID) -> bytes:
        # written by hand, as it always has the same two parts: the library takes longer than all else about a mail
        parts = f"part-{key}"
        headers = {
            "From": self._sender,
            "To": whom,
            "Subject": _encoded("Subject", mail.subject),
            "Date": format_datetime(self._clock()),
            # the same for every attempt, so that whoever gets it twice can tell
            "Message-ID": f"<{key}@{self._domain}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": mail.language,
            **mail.headers,
            "MIME-Version": "1.0",
            "Content-Type": f'multipart/alternative; boundary="{parts}"',
        }
        head = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        plain, rich = _part(mail.text, "plain"), _part(mail.html, "html")
        return f"{head}\r\n--{parts}\r\n{plain}\r\n--{parts}\r\n{rich}\r\n--{parts}--\r\n".encode("ascii")


def _refused(code: int, answer: bytes | str) -> Outcome:
    """What a refusal says. One about the sender or what this hub may do (RFC 3463: X.7) is not for good."""
    found = _STATUS.match(answer if isinstance(answer, bytes) else answer.encode())
    status = found[1] if found else b""
    if code // 100 != 5 or code == 530 or status.startswith(b"7.") or status in _OUR_SENDER:
        return LATER
    return Outcome("failed", "bounced" if status in _NOBODY else "refused")


def _whom(header: str, name: str, address: str) -> str:
    """Raises `ValueError` for what would end the header, or is no address in ASCII."""
    if any(sign in said for said in (name, address) for sign in "\r\n"):
        raise ValueError("a header would hold a line break")
    if name.isascii():
        return formataddr((name, address))
    address.encode("ascii")
    return f"{_encoded(header, name)} <{address}>"


def _encoded(header: str, text: str) -> str:
    """Raises `ValueError` for a line break."""
    if "\r" in text or "\n" in text:
        raise ValueError("a header would hold a line break")
    return text if text.isascii() else Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def _part(text: str, kind: str) -> str:
    """Plain where that can be, else in base64."""
    lines = text.splitlines()
    if text.isascii() and max(map(len, lines), default=0) <= MOST_IN_LINE:
        said, charset, encoding = "\r\n".join(lines), "us-ascii", "7bit"
    else:
        said = base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")
        charset, encoding = "utf-8", "base64"
    return f'Content-Type: text/{kind}; charset="{charset}"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{said}'


@cache
def _context() -> ssl.SSLContext:
    """Made once: it takes a tenth of a second to read whom to trust."""
    return ssl.create_default_context()


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
