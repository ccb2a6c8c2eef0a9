"""E-mail and text messages through GOV.UK Notify, by its own client.

Notify has no key that keeps a repeated call from sending twice. Each message carries its key as `reference`, and before
a second attempt Notify is asked whether it has one of that reference: so it counts as idempotent.
"""

import logging
from typing import Any, Literal, cast
from uuid import UUID

from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient
from requests import RequestException

from workers.channels.channel import AWAY, LATER, SENT, Address, Mail, Outcome

log = logging.getLogger(__name__)

TIMEOUT = 6
"""Seconds to wait for an answer; a message that is tried again takes two."""

_SERVICE = "https://api.notifications.service.gov.uk"
_ABOUT_THE_ADDRESS = ("email_address ", "phone_number ")
"""So begins what it says of an address that is none. All else that it refuses is about how this hub is set up there."""
_FAILED = frozenset({"permanent-failure", "temporary-failure", "technical-failure"})

# its own words on what failed may repeat what it was sent
logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)


class Notify:
    """What carries messages in one way, by a template that is `((subject))` and `((body))`."""

    name = "notify"
    idempotent = True
    disturbs = True

    def __init__(self, key: str, template: str, way: Literal["email", "sms"], *, url: str = "") -> None:
        """`key`, `template` and `url` as `HUB_NOTIFY_KEY`, `HUB_NOTIFY_EMAIL` or `HUB_NOTIFY_SMS`, `HUB_NOTIFY_URL`."""
        self._template = template
        self._way = way
        self._client = NotificationsAPIClient(key, base_url=url or _SERVICE, timeout=TIMEOUT)

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        try:
            if again and (known := self._known(key)):
                return known
            self._post(to, mail, reference=str(key))
        except APIError as error:
            # its status and not its words, in which an address may be repeated
            log.warning("GOV.UK Notify answered %s", error.status_code)
            return _refused(error)
        except RequestException as error:
            log.warning("GOV.UK Notify is away (%s); trying again", type(error).__name__)
            return AWAY
        return SENT

    def close(self) -> None:
        self._client.request_session.close()

    def _known(self, key: UUID) -> Outcome | None:
        """Whether an earlier call reached Notify. One that it could not deliver may be made again."""
        answer = cast("dict[str, Any]", self._client.get_all_notifications(reference=str(key)))
        states = {str(each["status"]) for each in answer["notifications"]}
        return SENT if states - _FAILED else None

    def _post(self, to: Address, mail: Mail, *, reference: str) -> None:
        if self._way == "sms":
            self._client.send_sms_notification(
                phone_number=to.phone,
                template_id=self._template,
                personalisation={"body": mail.brief},
                reference=reference,
            )
            return
        self._client.send_email_notification(
            email_address=to.email,
            template_id=self._template,
            personalisation={"subject": mail.subject, "body": mail.text},
            reference=reference,
            one_click_unsubscribe_url=mail.headers.get("List-Unsubscribe", "").strip("<>") or None,
        )


def _refused(error: APIError) -> Outcome:
    if error.status_code == 400 and str(_words(error)).startswith(_ABOUT_THE_ADDRESS):
        return Outcome("failed", "refused")
    return AWAY if error.status_code >= 500 else LATER


def _words(error: APIError) -> object:
    """Its first sentence; it may hold the address."""
    said = cast("Any", error.message)
    first = said[0] if isinstance(said, list) and said else {}
    return cast("dict[str, object]", first).get("message", "") if isinstance(first, dict) else ""
