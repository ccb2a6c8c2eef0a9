"""What a mail that came back tells: which message it is about, and what became of that.

Mail servers report on delivery as RFC 3464 says, and mail providers pass complaints on as RFC 5965 says.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.message import Message
from email.policy import compat32
from uuid import UUID

from msgspec import Struct

from events.messages import Delivery

_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")
_NOBODY = re.compile(r"\s*5\.1\.(1|2|3|6|10)\b")
"""Of RFC 3463 and RFC 7505: there is no such address. Other failures may be over by the next time."""


class Told(Struct, frozen=True, kw_only=True):
    """What became of a message."""

    message: UUID
    outcome: Delivery


def read_report(mail: bytes) -> Told | None:
    """None for whatever is no report on one of this hub's messages, or says that it is only late."""
    whole = message_from_bytes(mail, policy=compat32)
    if whole.get_content_type() != "multipart/report":
        return None
    inside = list(_inside(whole))
    message = next((UUID(found[1]) for each in inside if (found := _ID.search(str(each["Message-ID"] or "")))), None)
    outcome: Delivery | None = next((said for each in inside if (said := _outcome(each))), None)
    return Told(message=message, outcome=outcome) if message and outcome else None


def _inside(whole: Message) -> Iterator[Message]:
    """Its parts, without its own header: what was sent comes along whole, or as its header alone."""
    for part in list(whole.walk())[1:]:
        yield part
        if part.get_content_type() == "text/rfc822-headers":
            yield message_from_string(str(part.get_payload()), policy=compat32)


def _outcome(fields: Message) -> Delivery | None:
    if (kind := fields["Feedback-Type"]) is not None:
        return None if kind.strip().lower() == "not-spam" else "complained"
    match str(fields["Action"] or "").strip().lower():
        case "failed":
            return "bounced" if _NOBODY.match(str(fields["Status"] or "")) else "undelivered"
        case "delivered":
            return "delivered"
        case _:
            return None
