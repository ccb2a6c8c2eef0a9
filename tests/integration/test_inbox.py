"""What somebody who works with the hub is reminded of, how, and what a demonstration would have sent."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from house import Person
from icalendar import Calendar
from linked import ENDS, REMINDED, Linked, linked_on, words
from network import CORNWALL, SOMERSET, Network, forget_attempts
from reminding import EMAIL, INSURANCE

from events.base import in_words, now, today
from events.nudges import NudgeActedOn
from events.projections import engine
from events.settings import Settings
from hub.calendar import feed
from hub.due import recording
from hub.inbox import nudges
from hub.inbox import routes as inbox_routes
from hub.inbox.nudges import Nudge
from hub.nudges.rules import all_rules


@pytest.fixture
def linked(network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Linked]:
    monkeypatch.setattr(recording, "SEEN_WITHIN", 0.0)
    monkeypatch.setattr(inbox_routes, "SEEN_WITHIN", 0.0)
    forget_attempts(settings)
    with linked_on(network, settings) as found:
        yield found


def reminded(linked: Linked) -> Person:
    """A Catalyst who was told that an insurance runs out."""
    catalyst = linked.person("catalyst")
    linked.network.connection.execute("update held_role set starts = %s", [REMINDED - timedelta(30)])
    linked.reminding.insured("Garden", ends=REMINDED)
    linked.reminding.plan(REMINDED)
    linked.reminding.send()
    linked.network.project()
    return catalyst


def test_the_inbox_holds_ones_own_reminders_and_nobody_elses(linked: Linked) -> None:
    catalyst = reminded(linked)
    other = linked.person("catalyst")
    told = words(catalyst.get("/inbox").text)
    assert "1 reminder for you" in told
    assert f"Garden: {INSURANCE} ran out on {in_words(REMINDED)}." in told
    assert "No reminders for you" in words(other.get("/inbox").text)
    assert "Inbox: 1 reminder" in words(catalyst.get("/home").text)
    assert linked.client.get("/inbox", follow_redirects=False).status_code == 303


def test_one_is_marked_as_done_once_and_by_whom_it_is_for(linked: Linked) -> None:
    catalyst = reminded(linked)
    (path,) = re.findall(r'action="(/inbox/[^"]*/done)"', catalyst.get("/inbox").text)
    assert linked.person("catalyst").post(path).status_code == 404
    assert linked.person("national").post(path).status_code == 404
    assert [catalyst.post(path).status_code for _ in range(2)] == [303, 303]
    (acted,) = [each for each in linked.network.events() if isinstance(each.event, NudgeActedOn)]
    assert (acted.event, acted.actor) == (NudgeActedOn(how="seen"), catalyst.id)
    linked.network.project()
    told = words(catalyst.get("/inbox").text)
    assert "No reminders for you" in told
    assert f"Done on {in_words(today())}" in told


def test_what_needs_nothing_more_is_called_by_what_it_was_and_never_by_an_id(linked: Linked) -> None:
    catalyst = reminded(linked)
    linked.reminding.renewed("Garden", REMINDED + timedelta(1), REMINDED + timedelta(300))
    linked.network.project()
    told = words(catalyst.get("/inbox").text)
    assert f"Garden: {INSURANCE} Nothing more to do" in told, told
    for rule in all_rules():
        gone = Nudge(
            area=SOMERSET,
            nudge=uuid4(),
            rule=rule.name,
            about=uuid4(),
            about_kind="barrier",
            what=str(uuid4()),
            due=REMINDED,
            step=0,
            recipient_kind="catalyst",
            planned_on=REMINDED,
            acted_on=None,
            name="",
        )
        called = nudges._gone(gone)
        assert rule.name in nudges.RENEWALS or (called != "A reminder" and gone.what not in called), rule.name


def test_the_mailbox_shows_what_would_have_been_sent_and_each_look_is_on_record(linked: Linked) -> None:
    catalyst = linked.person("catalyst")
    box = catalyst.get("/mailbox").text
    assert "The owner of Bakery" in box
    assert EMAIL not in box
    (path,) = re.findall(r'href="(/mailbox/[^"]+)"', box)
    letter = catalyst.get(path)
    assert EMAIL in letter.text
    assert f"Your {INSURANCE} runs out on {in_words(ENDS)}." in letter.text
    assert f'href="/due/{linked.token}"' in letter.text, "the link leads to this hub"
    looks = linked.network.connection.execute("select who_name, why from look where who <> 'hub:nudges'").fetchall()
    assert looks == [("Bronwen", "to show what is sent")]
    abroad = linked.person("catalyst", CORNWALL)
    assert abroad.get(path).status_code == 404
    assert "Bakery" not in abroad.get("/mailbox").text
    assert linked.person("national").get(path).status_code == 403


def test_staff_choose_how_they_are_reminded(linked: Linked) -> None:
    catalyst = linked.person("catalyst")
    assert catalyst.post("/account/reminders", way="hub", every="week", language="en").status_code == 303
    rows = linked.network.connection.execute("select account, way, every, optional from nudge_preference").fetchall()
    assert rows == [(catalyst.account, "hub", "week", False)]
    for wrong in ({"way": "sms"}, {"way": "pigeon"}, {"every": ""}):
        said = {"way": "email", "every": "day", "language": "en"} | wrong
        assert catalyst.post("/account/reminders", **said).status_code == 422, wrong
    assert 'value="week" checked' in catalyst.get("/account/reminders").text


# ---- calendars


def address(text: str) -> str:
    (found,) = re.findall(r'href="http://localhost:\d+(/calendar/[^"]+\.ics)"', text)
    return found


def falling(linked: Linked, path: str) -> list[tuple[str, object, object]]:
    """What falls due in a calendar: in words, the day, and when it reminds."""
    answer = linked.client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["cache-control"] == "no-store"
    made = Calendar.from_ical(answer.content)
    return [
        (str(each["summary"]), each.decoded("dtstart"), each.walk("VALARM")[0].decoded("trigger"))
        for each in made.walk("VEVENT")
    ]


def test_what_falls_due_stands_in_the_enterprises_own_calendar(linked: Linked) -> None:
    linked.reminding.insured("Garden", ends=today() + timedelta(40))
    linked.network.project()
    assert "/calendar/" not in linked.get().text
    assert linked.post("/calendar", **linked.held("")).status_code == 303
    path = address(linked.get().text)
    words = f"{INSURANCE[:1].upper()}{INSURANCE[1:]} runs out"
    assert falling(linked, path) == [(words, ENDS, timedelta(days=-7, hours=9))], "at nine in the morning"
    assert "Bakery" not in linked.client.get(path).text


def uid(linked: Linked, path: str) -> str:
    (event,) = Calendar.from_ical(linked.client.get(path).content).walk("VEVENT")
    return str(event["uid"])


def test_once_renewed_the_same_entry_moves(linked: Linked) -> None:
    linked.post("/calendar", **linked.held(""))
    path = address(linked.get().text)
    before = uid(linked, path)
    linked.reminding.renewed("Bakery", ENDS + timedelta(1), ENDS + timedelta(300))
    linked.network.project()
    assert falling(linked, path)[0][1] == ENDS + timedelta(300)
    assert uid(linked, path) == before


def test_from_the_day_the_next_term_begins_its_end_is_what_the_calendar_shows(linked: Linked) -> None:
    linked.reminding.renewed("Bakery", ENDS + timedelta(3), ENDS + timedelta(300))
    linked.network.project()
    with engine.reading(linked.network.connection, "work"):
        connection = linked.network.connection
        for day, due in ((today(), ENDS), (ENDS + timedelta(3), ENDS + timedelta(300))):
            found = feed.entries(connection, areas=[SOMERSET], enterprise=linked.enterprise, today=day)
            assert [each.due for each in found] == [due], day


@pytest.mark.parametrize(
    ("what", "words"), [("MOT", "Bakery: MOT runs out"), ("", "Bakery: an action agreed is due")]
)  # fmt: skip
def test_what_is_called_by_its_letters_keeps_them(what: str, words: str) -> None:
    entry = feed.Entry(area=SOMERSET, enterprise=uuid4(), name="Bakery", what=what, id=None, due=ENDS)
    (event,) = Calendar.from_ical(feed.calendar([entry], named="Due", own=False, at=now())).walk("VEVENT")
    assert str(event["summary"]) == words


def test_a_new_address_ends_the_old_one(linked: Linked) -> None:
    linked.post("/calendar", **linked.held(""))
    old = address(linked.get().text)
    linked.post("/calendar", **linked.held(""))
    new = address(linked.get().text)
    assert old != new
    assert linked.client.get(old).status_code == 404
    assert linked.client.get(new).status_code == 200
    kept = linked.network.connection.execute("select calendar_address::text from calendar_address").fetchall()
    assert new[len("/calendar/") : -4] not in str(kept)


def test_a_catalyst_has_the_areas_they_work_in_for_as_long_as_they_do(linked: Linked) -> None:
    catalyst = linked.person("catalyst")
    assert catalyst.post("/account/calendar").status_code == 303
    path = address(catalyst.get("/account/reminders").text)
    assert [each[0] for each in falling(linked, path)] == [f"Bakery: {INSURANCE} runs out"]
    linked.network.connection.execute("update held_role set area = %s", [CORNWALL])
    assert falling(linked, path) == []
    linked.network.connection.execute("delete from held_role")
    assert linked.client.get(path).status_code == 404


def test_nobody_guesses_a_calendar(linked: Linked) -> None:
    for path in ("/calendar/x.ics", f"/calendar/{linked.token}.ics", f"/calendar/{'x' * 3000}.ics"):
        assert linked.client.get(path).status_code == 404
    kept = linked.network.connection.execute("select calendar_address::text from calendar_address").fetchall()
    assert not kept, "nothing is made by asking"
    catalyst = linked.person("catalyst")
    catalyst.post("/account/calendar")
    path = address(catalyst.get("/account/reminders").text)
    assert linked.client.get(path).status_code == 200
    last = "A" if path[-5] != "A" else "B"
    assert linked.client.get(f"{path[:-5]}{last}.ics").status_code == 404, "one letter off"
