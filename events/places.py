"""The upper-tier local authorities of the UK, by ONS code."""

import csv
from functools import cache
from importlib.resources import files

from msgspec import Struct

from events.areas import Nation
from events.base import NETWORK


class Place(Struct, frozen=True, kw_only=True):
    code: str
    name: str
    nation: Nation | None
    """None for the network as a whole."""
    from_year: int | None
    to_year: int | None
    """The last year of a code that is no longer used."""


@cache
def places() -> dict[str, Place]:
    """Every place by its code, and the network itself under `UK`."""
    text = files("events").joinpath("reference", "areas.csv").read_text(encoding="utf-8")
    found = {
        row["gss_code"]: Place(
            code=row["gss_code"],
            name=_plain_name(row["name"]),
            nation=row["nation"],  # pyright: ignore[reportArgumentType]
            from_year=int(row["from_year"]) if row["from_year"] else None,
            to_year=int(row["to_year"]) if row["to_year"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    }
    found[NETWORK] = Place(code=NETWORK, name="United Kingdom", nation=None, from_year=None, to_year=None)
    return found


def follows_on(code: str) -> str:
    """Today's code of a place that is a county or council under another code now, by its name; else the code itself.

    Where a place was split or joined to another there is none.
    """
    place = places().get(code)
    if place is None or place.to_year is None:
        return code
    after = _begun().get((place.name, place.nation, place.to_year + 1))
    return follows_on(after) if after else code


@cache
def _begun() -> dict[tuple[str, Nation | None, int], str]:
    return {(place.name, place.nation, place.from_year): code for code, place in places().items() if place.from_year}


def _plain_name(name: str) -> str:
    """The name as people say it: "Bristol" for "Bristol, City of"."""
    place, comma, rest = name.partition(", ")
    return place if comma and rest in ("City of", "County of") else name


def place_name(code: str) -> str:
    """The name of a place, or its code where the code is not known."""
    place = places().get(code)
    return place.name if place else code
