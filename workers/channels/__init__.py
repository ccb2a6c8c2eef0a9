"""What carries messages: which channel serves each way that people are reached."""

from collections.abc import Mapping

from events.database import Connection, value
from events.nudges import Way
from events.settings import Settings
from events.vault import Vault
from workers.channels.channel import Channel
from workers.channels.mailbox import Mailbox
from workers.channels.smtp import Smtp

IDEMPOTENT = frozenset({Mailbox.name})
"""Those that may be called again when nobody knows what came of a call."""


def is_demonstration(settings: Settings, connection: Connection) -> bool:
    """Whether nobody is to be written to: the network is invented, or the hub is for this machine alone."""
    invented = value(connection, "select true from notice where name = 'demo'")
    return bool(invented) or (settings.only_here and not settings.mail_url)


def ways(settings: Settings, connection: Connection) -> frozenset[Way]:
    """In which ways this hub can send something. Messages in any other wait."""
    return frozenset({"email"}) if settings.mail_url or is_demonstration(settings, connection) else frozenset()


def channels(settings: Settings, connection: Connection, vault: Vault, keys: Connection) -> Mapping[Way, Channel]:
    """The channel for each of `ways`."""
    if "email" not in ways(settings, connection):
        return {}
    if is_demonstration(settings, connection):
        return {"email": Mailbox(connection, vault, keys)}
    return {"email": Smtp(settings.mail_url, settings.mail_from)}
