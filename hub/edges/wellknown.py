"""What programs look for at fixed places: whom to tell of a weakness (RFC 9116), where not to crawl (RFC 9309)."""

from datetime import timedelta

from litestar import MediaType, get
from litestar.di import NamedDependency

from events.base import NotFound, now
from hub.access.guard import PUBLIC
from hub.db import Hub

SECURITY = "/.well-known/security.txt"
GOOD_FOR = timedelta(days=180)

# every combination of days is an address of its own; no crawler shall try them all
ROBOTS = "User-agent: *\nDisallow: /api/\nDisallow: /sign-in\nDisallow: /*?\n"


@get(SECURITY, access=PUBLIC, media_type=MediaType.TEXT, sync_to_thread=False, include_in_schema=False)
def security(hub: NamedDependency[Hub]) -> str:
    settings = hub.settings
    if not settings.contact:
        raise NotFound("There is nothing at this address.")
    expires = (now() + GOOD_FOR).replace(microsecond=0)
    lines = [f"Contact: {settings.contact}", f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: en"]
    if settings.url:
        lines.append(f"Canonical: {settings.url}{SECURITY}")
    return "\n".join(lines) + "\n"


@get("/robots.txt", access=PUBLIC, media_type=MediaType.TEXT, sync_to_thread=False, include_in_schema=False)
def robots() -> str:
    return ROBOTS


WELL_KNOWN = [security, robots]
