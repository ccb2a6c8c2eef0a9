"""Messages to an address that the operator named, as signed JSON: for a provider that no other channel speaks to.

Each is posted with its key as `Idempotency-Key`; whoever receives it answers 2xx once it is theirs, also to the same
key again. `Trellis-Signature: t=SECONDS,v1=HEX` signs `SECONDS.BODY` by HMAC-SHA256 under the key that both sides hold.
"""

import hmac
import logging
from collections.abc import Callable
from hashlib import sha256
from time import time
from typing import Literal
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct

from events.outbound import NotCalled, outbound
from workers.channels.channel import AWAY, LATER, SENT, Address, Mail, Outcome

log = logging.getLogger(__name__)

_NEVER = frozenset({400, 410, 413, 422})
"""Answers about the message itself. The others say that something is wrong over there, or in how this hub is set up."""


class Body(Struct, frozen=True, kw_only=True):
    """What is posted."""

    message: UUID
    way: Literal["email", "sms"]
    name: str
    to: str
    """An e-mail address or a telephone number."""
    language: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = {}


class Webhook:
    """What carries messages in one way."""

    name = "webhook"
    idempotent = True
    disturbs = True

    def __init__(
        self, url: str, key: str, way: Literal["email", "sms"], *, own: str = "", clock: Callable[[], float] = time
    ) -> None:
        """`url`, `key` and `own` as `HUB_WEBHOOK_URL`, `HUB_WEBHOOK_KEY` and `HUB_WEBHOOK_OWN` hold them."""
        self._url = url
        self._key = key.encode()
        self._way: Literal["email", "sms"] = way
        self._clock = clock
        # it follows no redirect: one that led elsewhere would take names and addresses with it
        self._client = outbound(own)

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        sms = self._way == "sms"
        body = Body(
            message=key,
            way=self._way,
            name=to.name,
            to=to.at(self._way),
            language=mail.language,
            subject=mail.subject,
            text=mail.brief if sms else mail.text,
            html="" if sms else mail.html,
            headers={} if sms else dict(mail.headers),
        )
        try:
            return self._answered(self._post(key, msgspec.json.encode(body)))
        except NotCalled as error:
            log.error("HUB_WEBHOOK_URL is not called: %s", error)  # noqa: TRY400 - its words hold no address
            return AWAY
        except httpx.HTTPError as error:
            log.warning("the webhook is away (%s); trying again", type(error).__name__)
            return AWAY

    def close(self) -> None:
        pass

    def _post(self, key: UUID, content: bytes) -> int:
        moment = str(int(self._clock()))
        signature = hmac.new(self._key, moment.encode() + b"." + content, sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(key),
            "Trellis-Signature": f"t={moment},v1={signature}",
        }
        return self._client.post(self._url, content=content, headers=headers).status_code

    def _answered(self, status: int) -> Outcome:
        if 200 <= status < 300:
            return SENT
        if status in _NEVER:
            return Outcome("failed", "refused")
        log.warning("the webhook answered %s; trying again", status)
        return LATER
