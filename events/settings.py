"""Every setting of Trellis, read once from `HUB_*` environment variables into one frozen struct."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

from events.base import CannotStart


class Settings(Struct, frozen=True, kw_only=True):
    """What an operator may set.

    A secret or an address `HUB_NAME` may instead be given as `HUB_NAME_FILE`, a file that holds it, or as
    `HUB_NAME_COMMAND`, a program that prints it: the client of a key management service, say.
    """

    data: Path
    """Folder of the local runtime, and of signed heads unless `heads` says otherwise (`HUB_DATA`)."""
    host: str = "127.0.0.1"
    port: int = 8000
    url: str = ""
    """Where people reach the hub, such as `https://hub.example.org`, when that is not this machine (`HUB_URL`)."""
    database_url: str = ""
    """PostgreSQL that holds the ledger and the projections (`HUB_DATABASE_URL`)."""
    vault_url: str = ""
    """PostgreSQL database that holds people's keys, backed up apart from the ledger (`HUB_VAULT_URL`)."""
    web_database_url: str = ""
    """The ledger's database again, for pages and API: by a login that owns nothing (`HUB_WEB_DATABASE_URL`)."""
    web_vault_url: str = ""
    """The vault's database, for pages and API (`HUB_WEB_VAULT_URL`)."""
    redis_url: str = ""
    """Redis or Valkey, the doorbell and the queues (`HUB_REDIS_URL`)."""
    mail_url: str = ""
    """The mail server that reminders go out by, such as `smtp://user:password@mail.example.org:587`; for TLS from the
    first byte `smtps://` (`HUB_MAIL_URL`)."""
    mail_from: str = ""
    """The address that they come from, such as `Trellis <hub@example.org>` (`HUB_MAIL_FROM`)."""
    notify_key: str = ""
    """Secret: the key of a GOV.UK Notify service, by which reminders go out where there is no mail server."""
    notify_email: str = ""
    """The id of a Notify template whose subject is `((subject))` and whose text is `((body))` (`HUB_NOTIFY_EMAIL`)."""
    notify_sms: str = ""
    """The id of a Notify template for text messages that is `((body))` (`HUB_NOTIFY_SMS`)."""
    notify_url: str = ""
    """Where Notify answers, if not at its usual address (`HUB_NOTIFY_URL`)."""
    webhook_url: str = ""
    """Where reminders are posted as signed JSON when neither a mail server nor Notify carries them, over https at a
    public address (`HUB_WEBHOOK_URL`)."""
    webhook_own: str = ""
    """Scheme, host and port of the webhook when it stands in your own network: there alone a private address and plain
    http are called, such as `http://10.0.0.5:8080` (`HUB_WEBHOOK_OWN`)."""
    webhook_key: str = ""
    """Secret: what signs the posts to the webhook."""
    heads: Path
    """Folder for signed heads; in production keep it off the database's disk (`HUB_HEADS`)."""
    vault_key: str = ""
    """Secret: 32 bytes in base64 that wrap every person's key."""
    vault_key_before: str = ""
    """Secret: another such key that is accepted as well, while the one takes over from the other."""
    signing_key: str = ""
    """Secret: the Ed25519 private key that signs heads, 32 bytes in base64."""
    signing_key_before: str = ""
    """Secret: the one before it, for `hub rotate signing`."""
    backup_days: int = 35
    """How many days backups of the vault are kept (`HUB_BACKUP_DAYS`): so long may one still hold an erased key."""
    write_key: str = ""
    """Secret: a bearer key that may read and record everywhere, for the operator's own programs."""

    trusted_proxy: str = ""
    """Addresses or networks of the proxy in front, whose word counts on who asks and how (`HUB_TRUSTED_PROXY`)."""
    contact: str = ""
    """Whom to tell of a weakness, such as `mailto:security@example.org` (`HUB_CONTACT`)."""
    renewals: Path | None = None
    """An operator's own renewal catalogue in place of the hub's (`HUB_RENEWALS`); see events/reference/README.md."""
    log: Literal["plain", "json"] = "plain"
    """Sentences for people, or JSON with a line for each request (`HUB_LOG`)."""
    oidc_issuer: str = ""
    """The identity provider that staff sign in with, such as `https://login.example.org` (`HUB_OIDC_ISSUER`)."""
    oidc_client_id: str = ""
    """What the provider calls this hub (`HUB_OIDC_CLIENT_ID`)."""
    oidc_client_secret: str = ""
    """Secret: what this hub shows the provider."""

    @property
    def only_here(self) -> bool:
        """A hub for this machine alone: it answers to this machine's names, and whoever asks here may record."""
        return not self.write_key and not self.url

    def as_web(self) -> "Settings":
        """As pages and API reach the databases: by logins of their own, or where there are none as everything else."""
        return msgspec.structs.replace(
            self,
            database_url=self.web_database_url or self.database_url,
            vault_url=self.web_vault_url or self.vault_url,
        )

    def check_queue(self) -> None:
        """Raises `CannotStart` when no Redis is named."""
        if not self.redis_url:
            raise CannotStart("There is no queue: set HUB_REDIS_URL, or HUB_REDIS_URL_FILE to a file that holds it.")


SECRETS = (
    "vault_key",
    "vault_key_before",
    "signing_key",
    "signing_key_before",
    "write_key",
    "oidc_client_secret",
    "notify_key",
    "webhook_key",
)

ADDRESSES = ("database_url", "vault_url", "web_database_url", "web_vault_url", "redis_url", "mail_url", "webhook_url")
"""They may hold a password, so they can be given like secrets."""

COMMAND_SECONDS = 30
"""So long may a program take that prints a secret."""


def default_data(*, root: bool, home: Path) -> Path:
    """Where a machine keeps its hub: as root a place that the unprivileged database user can reach."""
    return Path("/var/lib/trellis") if root else home / ".local" / "share" / "trellis"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment.

    Raises `CannotStart` naming the variable when a port is no number, an address is none or a `_FILE` cannot be read.
    """
    data = Path(environ.get("HUB_DATA") or default_data(root=os.geteuid() == 0, home=Path.home()))
    given = {name: _given(environ, f"HUB_{name.upper()}") for name in (*ADDRESSES, *SECRETS)}
    _check_redis(given["redis_url"])
    mail_from = environ.get("HUB_MAIL_FROM", "")
    _check_mail(given["mail_url"], mail_from)
    notify = {name: environ.get(f"HUB_{name.upper()}", "") for name in ("notify_email", "notify_sms", "notify_url")}
    _check_notify(given["notify_key"], **notify)
    webhook_own = environ.get("HUB_WEBHOOK_OWN", "")
    _check_webhook(given["webhook_url"], given["webhook_key"], webhook_own)
    return Settings(
        data=data,
        host=environ.get("HUB_HOST") or "127.0.0.1",
        port=_port(environ.get("HUB_PORT") or "8000"),
        url=_url(environ.get("HUB_URL", "")),
        trusted_proxy=_networks(environ.get("HUB_TRUSTED_PROXY", "")),
        mail_from=mail_from,
        webhook_own=webhook_own,
        contact=_contact(environ.get("HUB_CONTACT", "")),
        renewals=Path(environ["HUB_RENEWALS"]) if environ.get("HUB_RENEWALS") else None,
        log=_log(environ.get("HUB_LOG") or "plain"),
        oidc_issuer=environ.get("HUB_OIDC_ISSUER", ""),
        oidc_client_id=environ.get("HUB_OIDC_CLIENT_ID", ""),
        heads=Path(environ.get("HUB_HEADS") or data / "heads"),
        backup_days=_days(environ.get("HUB_BACKUP_DAYS") or "35"),
        **notify,
        **given,
    )


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"HUB_PORT is {text!r}; give a port number between 1 and 65535.")
    return int(text)


def _days(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 3650:
        raise CannotStart(f"HUB_BACKUP_DAYS is {text!r}; give the days that backups of the vault are kept, 1 to 3650.")
    return int(text)


def _url(text: str) -> str:
    if text and not (text.startswith(("https://", "http://localhost", "http://127.0.0.1")) and urlsplit(text).hostname):
        raise CannotStart(f"HUB_URL is {text!r}; give the address people type, such as https://hub.example.org.")
    return text.rstrip("/")


def _networks(text: str) -> str:
    try:
        return ",".join(str(ip_network(part.strip())) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise CannotStart(
            f"HUB_TRUSTED_PROXY is {text!r}; give the proxy's address or network, such as 10.0.0.5 or 172.16.0.0/12."
        ) from error


def _contact(text: str) -> str:
    if text and not (text.startswith(("mailto:", "https://")) and text.isprintable()):
        raise CannotStart(f"HUB_CONTACT is {text!r}; give it like mailto:security@example.org, or a page's address.")
    return text


def _log(text: str) -> Literal["plain", "json"]:
    if text not in ("plain", "json"):
        raise CannotStart(f"HUB_LOG is {text!r}; it is plain or json.")
    return text


def _check_redis(text: str) -> None:
    """Raises `CannotStart` for what is no address of a Redis. It may hold a password, so it is not repeated."""
    try:
        parts = urlsplit(text)
        whole = (parts.port or 1) and (parts.path if parts.scheme == "unix" else parts.hostname)
        numbers = all(given.isdigit() for name, given in parse_qsl(parts.query) if name in ("db", "protocol"))
    except ValueError:
        whole = numbers = False
    if text and not (text.startswith(("redis://", "rediss://", "unix://")) and whole and numbers):
        raise CannotStart(
            "HUB_REDIS_URL is not an address of Redis or Valkey. Write it like redis://queue.example.org:6379/0, with "
            "a password like redis://:PASSWORD@queue.example.org:6379/0, for TLS with rediss://."
        )


def _check_mail(text: str, sender: str) -> None:
    """Raises `CannotStart` for what is no address of a mail server. It may hold a password, so it is not repeated."""
    try:
        parts = urlsplit(text)
        whole = (parts.port or 1) and parts.hostname and not parts.path.strip("/")
    except ValueError:
        whole = False
    if text and not (text.startswith(("smtp://", "smtps://")) and whole):
        raise CannotStart(
            "HUB_MAIL_URL is not an address of a mail server. Write it like smtp://USER:PASSWORD@mail.example.org:587, "
            "for TLS from the first byte with smtps://."
        )
    if text and not ("@" in parseaddr(sender)[1] and parseaddr(sender)[1].isascii() and sender.isprintable()):
        raise CannotStart("HUB_MAIL_FROM is missing or no e-mail address: write it like Trellis <hub@example.org>.")


def _check_notify(key: str, *, notify_email: str, notify_sms: str, notify_url: str) -> None:
    """Raises `CannotStart` for templates without a key that can be one."""
    if (notify_email or notify_sms) and len(key) < 74:
        raise CannotStart("HUB_NOTIFY_KEY is missing or no key of GOV.UK Notify: copy all of it from its API page.")
    if notify_url and not notify_url.startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise CannotStart("HUB_NOTIFY_URL has to begin with https://.")


def _check_webhook(url: str, key: str, own: str) -> None:
    """Raises `CannotStart` for a webhook that cannot be one. Its address may hold a secret, so it is not repeated."""
    try:
        parts, chosen = urlsplit(url), urlsplit(own)
        same = (parts.scheme, parts.hostname, parts.port) == (chosen.scheme, chosen.hostname, chosen.port)
    except ValueError:
        raise CannotStart("HUB_WEBHOOK_URL or HUB_WEBHOOK_OWN is not an address.") from None
    if url and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and same))):
        raise CannotStart(
            "HUB_WEBHOOK_URL has to begin with https://. For one in your own network, which may be http://, also set "
            "HUB_WEBHOOK_OWN to its scheme, host and port."
        )
    if url and len(key) < 32:
        raise CannotStart(
            "HUB_WEBHOOK_KEY is missing or too short: give 32 letters and digits or more, as the other side has them."
        )


def _given(environ: Mapping[str, str], name: str) -> str:
    command, path = environ.get(f"{name}_COMMAND"), environ.get(f"{name}_FILE")
    if command:
        return _printed(f"{name}_COMMAND", command)
    if not path:
        return environ.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CannotStart(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CannotStart(f"{name}_FILE names {path}, which does not hold plain text.") from error


def _printed(name: str, command: str) -> str:
    """What a program prints. It runs without a shell; what it says on stderr goes where ours goes."""
    try:
        found = subprocess.run(  # noqa: S603 the operator's own program
            shlex.split(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=True
        )
        text = found.stdout.decode().strip()
    # `from None`: these exceptions hold the command and what it printed
    except (OSError, ValueError):
        raise CannotStart(f"{name} cannot be run. Give a program and what it is told, as on a command line.") from None
    except subprocess.TimeoutExpired:
        raise CannotStart(f"{name} did not end within {COMMAND_SECONDS} seconds.") from None
    except subprocess.CalledProcessError as error:
        raise CannotStart(f"{name} ended with {error.returncode} instead of 0.") from None
    if not text:
        raise CannotStart(f"{name} printed nothing.")
    return text
