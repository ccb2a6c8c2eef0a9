"""What is over and is kept no longer: sessions, who signed in, links, and whom an unused invitation was for."""

from datetime import timedelta

from events.database import Connection

IDLE = timedelta(hours=2)
"""A session ends when it was not used for so long."""

SIGN_INS_KEPT = timedelta(days=400)
"""A year, and time to look back at it. What changed about access is kept for good."""

LINKS_KEPT = timedelta(days=365)
"""After it ended: until then whoever opens it is told so, and whom to ask."""

STOPS_KEPT = timedelta(days=5 * 365)
"""After it ended: whoever finds an old mail has no more of them by it, without looking for a newer one."""

_SESSIONS = "delete from session where ends_at < clock_timestamp() or seen_at < clock_timestamp() - %s"

_SIGN_INS = """
delete from access_log
where kind in ('signed in', 'signed out', 'refused') and at < clock_timestamp() - %s
"""

_INVITATIONS = """
update invitation set closed_at = ends_at, email = '', name = ''
where closed_at is null and ends_at <= clock_timestamp()
"""


_LINKS = """
delete from due_link
where ends_at < clock_timestamp() - case purpose when 'stop' then %s::interval else %s::interval end
"""


def sweep_sessions(connection: Connection) -> None:
    """Forget the sessions that are over, and who signed in and out long ago."""
    connection.execute(_SESSIONS, [IDLE])
    connection.execute(_SIGN_INS, [SIGN_INS_KEPT])


def sweep_invitations(connection: Connection) -> None:
    """Forget whom the invitations that ended were for."""
    connection.execute(_INVITATIONS)


def sweep_links(connection: Connection) -> None:
    """Forget the links in messages that ended long ago."""
    connection.execute(_LINKS, [STOPS_KEPT, LINKS_KEPT])
