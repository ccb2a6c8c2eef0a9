"""What carries messages: which channel serves each way that people are reached.

E-mail goes by the mail server where there is one, else through GOV.UK Notify, else to the webhook; text messages
through Notify, else to the webhook. What is meant for the hub's own pages needs nothing to carry it.
"""

from collections.abc import Mapping
from typing import Literal

from events.database import Connection, value
from events.nudges import Way
from events.settings import Settings
from events.vault import Vault
from workers.channels.channel import Channel
from workers.channels.mailbox import Mailbox
from workers.channels.notify import Notify
from workers.channels.pages import Pages
from workers.channels.smtp import Smtp
from workers.channels.webhook import Webhook

IDEMPOTENT = frozenset({Mailbox.name, Notify.name, Pages.name, Webhook.name})
"""Those that may be called again when nobody knows what came of a call."""


def is_demonstration(settings: Settings, connection: Connection) -> bool:
    """Whether nobody is to be written to: the network is invented, or the hub is for this machine alone."""
    invented = value(connection, "select true from notice where name = 'demo'")
    return bool(invented) or (settings.only_here and not _carried(settings))


def ways(settings: Settings, connection: Connection) -> frozenset[Way]:
    """In which ways this hub can send something. Messages in any other wait."""
    found: set[Way] = {"hub"}
    found |= {"email", "sms"} if is_demonstration(settings, connection) else _carried(settings)
    return frozenset(found)


def channels(settings: Settings, connection: Connection, vault: Vault, keys: Connection) -> Mapping[Way, Channel]:
    """The channel for each of `ways`."""
    found: dict[Way, Channel] = {"hub": Pages()}
    if is_demonstration(settings, connection):
        found["email"] = found["sms"] = Mailbox(connection, vault, keys)
        return found
    for way in _carried(settings):
        found[way] = _channel(settings, way)
    return found


def _carried(settings: Settings) -> frozenset[Literal["email", "sms"]]:
    found: set[Literal["email", "sms"]] = set()
    if settings.mail_url or settings.notify_email or settings.webhook_url:
        found.add("email")
    if settings.notify_sms or settings.webhook_url:
        found.add("sms")
    return frozenset(found)


def _channel(settings: Settings, way: Literal["email", "sms"]) -> Channel:
    if way == "email" and settings.mail_url:
        return Smtp(settings.mail_url, settings.mail_from)
    template = settings.notify_email if way == "email" else settings.notify_sms
    if template:
        return Notify(settings.notify_key, template, way, url=settings.notify_url)
    return Webhook(settings.webhook_url, settings.webhook_key, way, own=settings.webhook_own)
