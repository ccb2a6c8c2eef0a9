"""What may be said about an entry that was wrong."""

from typing import Annotated

from msgspec import Meta

from hub.input import Input, Text


class CorrectionInput(Input, frozen=True, kw_only=True):
    """An earlier entry was wrong. Give what it should have said, or leave `replacement` out if it never happened."""

    position: Annotated[int, Meta(ge=1, le=2**53)]
    """Where the entry stands in the area's ledger."""
    reason: Annotated[Text, Meta(description="Do not name anybody: this is kept for good, as plain text.")]
    replacement: dict[str, object] | None = None
    """All the fields of the entry, as they were first asked for."""
