"""Whether the page of reminders says so when nothing plans them, or nobody sends them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from linked import Linked, linked_on, words
from network import Network, forget_attempts

from events.database import connect
from events.settings import Settings
from hub.nudges import working
from workers import tick


@pytest.fixture
def linked(network: Network, settings: Settings) -> Iterator[Linked]:
    forget_attempts(settings)
    with linked_on(network, settings) as found:
        yield found


def said(linked: Linked) -> str:
    return words(linked.person("catalyst").get("/nudges").text)


def test_that_nothing_plans_is_said_until_a_tick_leads(linked: Linked, settings: Settings) -> None:
    assert working.TICK_LEASE == tick.TICK_LEASE
    assert "no tick runs" in said(linked)
    with connect(settings.database_url) as leader:
        leader.execute("select pg_advisory_lock(%s)", [tick.TICK_LEASE])
        page = said(linked)
        assert "no tick runs" not in page
        assert "Planning At work" in page
    assert "Planning Nobody does it" in said(linked)


@pytest.mark.parametrize(("waits", "late"), [(timedelta(minutes=4), False), (timedelta(minutes=12), True)])
def test_what_should_have_gone_out_is_said_after_five_minutes(linked: Linked, waits: timedelta, late: bool) -> None:
    assert "Nothing waits" in said(linked)
    linked.network.connection.execute(
        "update message set state = 'planned', send_from = clock_timestamp() - %s", [waits]
    )
    page = said(linked)
    assert ("No worker has sent what has been due for 12 minutes" in page) is late, page
    assert f"Due the longest {round(waits.total_seconds() / 60)} minutes" in page
    assert "Jobs that wait for a worker 0" in page
