"""The links in messages: what they hold follows from the message, so that a repeated attempt carries the same one.

The database keeps only a digest of it, so that a copy of the database opens nothing.
"""

import base64
from datetime import timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

from events.vault import command_digest

Purpose = Literal["due", "stop"]
"""What a link opens: the page of what is due; the way to have no more of what one need not have."""

ENDS_AFTER = timedelta(days=60)


def link_token(digest_key: bytes, purpose: Purpose, message: UUID) -> str:
    """What the link of a message holds: 43 letters, digits, hyphens and underscores that nobody can guess."""
    digest = command_digest(digest_key, f"{purpose} {message}".encode())
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_digest(token: str) -> bytes:
    """What `due_link` keeps of it."""
    return sha256(token.encode()).digest()


def address_digest(digest_key: bytes, address: str) -> bytes:
    """What `stopped_address` keeps of an e-mail address or a telephone number."""
    return command_digest(digest_key, f"address {address.strip().lower()}".encode())
