"""What may be said about an entry that was wrong."""

from typing import Annotated

from msgspec import Meta

from events.catalogue import CorrectionReason
from hub.input import Input, Text


class CorrectionInput(Input, frozen=True, kw_only=True):
    """An earlier entry was wrong. Give what it should have said, or leave `replacement` out if it never happened."""

    position: Annotated[int, Meta(ge=1, le=2**53)]
    """Where the entry stands in the area's ledger."""
    reason: CorrectionReason
    note: Annotated[
        Text, Meta(description="Free text, kept under the enterprise's key. An area's own entries take none.")
    ] = ""
    replacement: Annotated[dict[str, object], Meta(examples=[{"kind": "first customer"}])] | None = None
    """All the fields of the entry, as they were first asked for."""
