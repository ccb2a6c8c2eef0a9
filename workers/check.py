"""The daily check of one area's ledger."""

import logging

from events import heads
from events.database import connect
from events.settings import read_settings
from events.verify import signed_positions, verify_area

log = logging.getLogger(__name__)

_REMEMBER = """
insert into verification (area, events, fault) values (%s, %s, %s)
on conflict (area) do update
    set checked_at = excluded.checked_at, events = excluded.events, fault = excluded.fault
"""


def check_area(area: str) -> None:
    """Recompute an area's chain, hold it against the signed heads, and remember what came of it."""
    settings = read_settings()
    signer = heads.public_bytes(heads.signing_key(settings.signing_key))
    signed = signed_positions(heads.read_seals(settings.heads, signer=signer))
    checked = 0

    def count(events: int) -> None:
        nonlocal checked
        checked += events

    with connect(settings.database_url) as connection:
        fault = verify_area(connection, area, signed=signed.get(area, {}), progress=count)
        words = f"position {fault.position} {fault.sentence}" if fault else None
        connection.execute(_REMEMBER, [area, checked, words])
    if fault:
        log.error("the ledger of %s is damaged: %s. Run `hub verify`.", area, words)
