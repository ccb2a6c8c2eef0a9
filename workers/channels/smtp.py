"""E-mail by SMTP. It cannot tell whether a mail went out when the connection breaks at the wrong moment."""

import logging
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, formataddr, parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from uuid import UUID

from events.base import now
from workers.channels.channel import DOUBTFUL, LATER, SENT, Address, Mail, Outcome

log = logging.getLogger(__name__)

TIMEOUT = 8.0
"""Seconds to wait for each answer of the server."""

_PORTS = {"smtp": 587, "smtps": 465}


class Smtp:
    """One connection for a batch of mails, opened at the first and again whenever the server closed it."""

    name = "smtp"
    idempotent = False

    def __init__(self, url: str, sender: str, *, clock: Callable[[], datetime] = now) -> None:
        """`url` as `HUB_MAIL_URL` holds it, `sender` as `HUB_MAIL_FROM`."""
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2]
        self._clock = clock
        self._server: smtplib.SMTP | None = None

    def send(self, to: Address, mail: Mail, *, key: UUID) -> Outcome:
        try:
            message = self._message(to, mail, key)
        except ValueError:  # an address that is none, for example with a line break
            return Outcome("failed", "no address")
        try:
            server = self._connected()
            return self._hand_over(server, to.email, message)
        except (OSError, smtplib.SMTPException) as error:
            # its type and not its words, in which a server may repeat the address
            log.warning("the mail server is away (%s); trying again", type(error).__name__)
            self.close()
            return LATER

    def close(self) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
        self._server = None

    def _hand_over(self, server: smtplib.SMTP, address: str, message: bytes) -> Outcome:
        """Up to the mail itself nothing was sent, whatever happens; from its last byte to the answer nobody knows."""
        for code, _ in (server.mail(parseaddr(self._sender)[1]), server.rcpt(address)):
            if code // 100 != 2:
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
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                if self._server.noop()[0] == 250:
                    return self._server
            self.close()
        context = ssl.create_default_context()
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
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = self._sender
        message["To"] = formataddr((to.name, to.email))
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._clock())
        # the same for every attempt, so that whoever gets it twice can tell
        message["Message-ID"] = f"<{key}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = to.language
        for name, text in mail.headers.items():
            message[name] = text
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message.as_bytes()


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
