"""What recipients chose, as planning and sending keep to it."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from network import SOMERSET, Fact, Network
from reminding import ENDS, TUESDAY, Reminding

from events.base import named_id
from events.nudges import NudgePreferenceSet, Way
from events.settings import Settings
from workers.channels.channel import SENT, Address, Mail, Outcome
from workers.plan import plan
from workers.rules import BY_NAME
from workers.rules.renewals_expiry import RENEWALS_EXPIRY

BAKERY = named_id("test", "Bakery")


@pytest.fixture
def reminding(network: Network, settings: Settings) -> Iterator[Reminding]:
    found = Reminding(network, settings)
    yield found
    found.close()


def chose(reminding: Reminding, event: NudgePreferenceSet) -> None:
    reminding.network.given(Fact(event=event, on=TUESDAY, area=SOMERSET, stream=BAKERY))


def planned(reminding: Reminding) -> list[tuple[object, ...]]:
    return reminding.connection.execute("select way, send_on from message").fetchall()


def test_an_enterprise_is_reminded_as_it_last_chose(reminding: Reminding) -> None:
    reminding.insured()
    chose(reminding, NudgePreferenceSet(way="sms", every="month"))
    chose(reminding, NudgePreferenceSet(way="sms", every="week"))
    reminding.plan()
    assert planned(reminding) == [("sms", TUESDAY + timedelta(6))], "on the next Monday"


def test_no_choice_keeps_an_enterprise_from_what_it_has_to_hear(reminding: Reminding) -> None:
    """The hub has no page of its own to remind it on: it would count as reminded, and nobody would have told it."""
    reminding.insured()
    chose(reminding, NudgePreferenceSet(way="hub"))
    reminding.plan()
    assert planned(reminding) == [("email", TUESDAY)]
    reminding.send()
    assert reminding.messages() == [("enterprise", "sent", 1, None)]


def test_what_would_come_too_late_with_the_digest_comes_at_once(reminding: Reminding) -> None:
    reminding.insured(ends=TUESDAY)
    chose(reminding, NudgePreferenceSet(every="month"))
    reminding.plan()
    assert planned(reminding) == [("email", TUESDAY)]


def test_what_an_enterprise_switched_off_is_not_planned_until_it_is_on_again(reminding: Reminding) -> None:
    reminding.insured(ends=ENDS)
    optional = msgspec.structs.replace(RENEWALS_EXPIRY, optional=True)
    for wants, count in ((False, 0), (True, 1)):
        chose(reminding, NudgePreferenceSet(optional=wants))
        reminding.network.project()
        assert plan(reminding.connection, now=reminding.now, rules=[optional]).nudges == count


def test_what_is_not_optional_comes_whatever_was_chosen(reminding: Reminding) -> None:
    reminding.insured(ends=ENDS)
    chose(reminding, NudgePreferenceSet(optional=False))
    assert reminding.plan().nudges == 1


def test_what_an_enterprise_switches_off_before_it_is_sent_stays_away(
    reminding: Reminding, monkeypatch: pytest.MonkeyPatch
) -> None:
    optional = msgspec.structs.replace(RENEWALS_EXPIRY, optional=True)
    monkeypatch.setitem(BY_NAME, RENEWALS_EXPIRY.name, optional)
    reminding.insured()
    reminding.network.project()
    plan(reminding.connection, now=reminding.now, rules=[optional])
    chose(reminding, NudgePreferenceSet(optional=False))
    reminding.send()
    assert reminding.messages() == [("enterprise", "suppressed", 0, "turned off")]
    assert reminding.nudges() == [("enterprise", -60, "suppressed", TUESDAY, "turned off")]


class Listening:
    """Keeps what it is given to carry."""

    name = "mailbox"
    idempotent = True
    disturbs = False

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        self.mails.append(mail)
        return SENT

    def close(self) -> None:
        pass


def test_an_enterprise_that_asked_for_welsh_gets_it(reminding: Reminding) -> None:
    reminding.insured()
    chose(reminding, NudgePreferenceSet(language="cy"))
    reminding.plan()
    post = Listening()
    assert reminding.send({"email": post}) == 1
    (mail,) = post.mails
    assert mail.language == "cy"
    assert mail.subject == "Bydd eich yswiriant atebolrwydd cyhoeddus yn dod i ben ar 1 Awst 2026"
    assert '<html lang="cy">' in mail.html


@pytest.mark.parametrize(("phone", "way"), [("07700 900001", "sms"), ("", "email")])
def test_who_chose_text_messages_and_gave_no_number_gets_mail(reminding: Reminding, phone: str, way: Way) -> None:
    reminding.insured(phone=phone)
    chose(reminding, NudgePreferenceSet(way="sms"))
    reminding.plan()
    ways: dict[Way, Listening] = {"email": Listening(), "sms": Listening()}
    reminding.send(ways)
    assert [name for name, each in ways.items() if each.mails] == [way]
    assert reminding.messages() == [("enterprise", "sent", 1, None)]
