"""What is over and is kept no longer: sessions, and whom an invitation that nobody accepted was for."""

from datetime import timedelta

from events.database import Connection

IDLE = timedelta(hours=2)
"""A session ends when it was not used for so long."""

_SESSIONS = "delete from session where ends_at < clock_timestamp() or seen_at < clock_timestamp() - %s"

_INVITATIONS = """
update invitation set closed_at = ends_at, email = '', name = ''
where closed_at is null and ends_at <= clock_timestamp()
"""


def sweep_sessions(connection: Connection) -> None:
    """Forget the sessions that are over."""
    connection.execute(_SESSIONS, [IDLE])


def sweep_invitations(connection: Connection) -> None:
    """Forget whom the invitations that ended were for."""
    connection.execute(_INVITATIONS)
