"""Whether there is still something to remind of, asked anew where it follows from more than what it is about."""

from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from uuid import UUID, uuid4

import pytest
from msgspec import Struct
from network import SOMERSET, Fact, Network, mutated
from reminding import TUESDAY, Reminding

from events.base import Event, named_id
from events.enterprises import EnterpriseClosed, EnterpriseRegistered
from events.nudging.preferences import Recipient
from events.referrals import NeedRecorded, NeedResponded, NeedShared, ReferralMade
from events.settings import Settings
from workers import reasons as reasons_module

NEED, WALKERS, BAKERY = (named_id("test", name) for name in ("need", "Walkers", "Bakery"))


@pytest.fixture
def reminding(network: Network, settings: Settings) -> Iterator[Reminding]:
    found = Reminding(network, settings)
    yield found
    found.close()


class Planned(Struct, frozen=True):
    """A message, as far as its reasons go."""

    to: Recipient
    nudges: list[UUID]


def planned(reminding: Reminding) -> Planned:
    """The one message there is."""
    rows = reminding.connection.execute("select recipient_kind, recipient, nudges from message").fetchall()
    ((kind, recipient, nudges),) = rows
    return Planned((kind, recipient), nudges)  # pyright: ignore


def happens(reminding: Reminding, event: Event, stream: UUID) -> None:
    reminding.network.given(Fact(event=event, on=TUESDAY, area=SOMERSET, stream=stream))


def asked_to_help(reminding: Reminding) -> Planned:
    """An enterprise is to be asked whether it can meet a need."""
    since = TUESDAY - timedelta(14)
    recorded = NeedRecorded(need=NEED, service="company on walks", source="a conversation", waiting_since=since)
    registered = EnterpriseRegistered(
        enterprise=WALKERS, name="Walkers", origin="new", legal_form="CIC", services=("walks",)
    )
    happens(reminding, registered, WALKERS)
    happens(reminding, recorded, NEED)
    happens(reminding, NeedShared(), NEED)
    reminding.plan()
    return planned(reminding)


def asked(reminding: Reminding, message: Planned, module: ModuleType = reasons_module) -> str:
    found = module.Reasons.of(reminding.connection, SOMERSET, [message], today=TUESDAY)
    if found.unknown(message):
        return "unknown"
    return "stands" if found.standing(message) else "gone"


@pytest.mark.parametrize(
    ("event", "stream"),
    [(NeedResponded(enterprise=WALKERS, answer="cannot help"), NEED), (EnterpriseClosed(), WALKERS)],
    ids=["it cannot help", "it closed"],
)
def test_an_enterprise_that_answered_or_closed_meanwhile_is_not_asked_for_help(
    reminding: Reminding, event: Event, stream: UUID
) -> None:
    message = asked_to_help(reminding)
    reminding.network.project()
    assert asked(reminding, message) == "stands"
    happens(reminding, event, stream)
    reminding.network.project()
    assert asked(reminding, message) == "gone"


def referred_meanwhile(reminding: Reminding) -> Planned:
    """Somebody was found, on a stream of its own, and the projection does not know yet."""
    message = asked_to_help(reminding)
    reminding.network.project()
    referral = uuid4()
    made = ReferralMade(
        referral=referral,
        enterprise=BAKERY,
        service="company",
        waiting_since=TUESDAY,
        need=NEED,
        referrer="the council",
    )
    happens(reminding, made, referral)
    return message


def test_a_reason_that_may_have_gone_elsewhere_in_the_area_waits_for_the_projection(reminding: Reminding) -> None:
    message = referred_meanwhile(reminding)
    assert asked(reminding, message) == "unknown"
    reminding.network.project()
    assert asked(reminding, message) == "gone"


def test_a_reason_would_count_though_it_went_elsewhere_in_the_area(reminding: Reminding) -> None:
    """The mutant."""
    message = referred_meanwhile(reminding)
    assert asked(reminding, message, mutated(reasons_module, "if rule.wide)", "if False)")) == "stands"


def test_that_others_were_reminded_meanwhile_holds_nothing_up(reminding: Reminding) -> None:
    message = asked_to_help(reminding)
    assert asked(reminding, message) == "stands", "the projection has not taken in that it was planned"


def test_what_is_about_a_parked_stream_waits_for_two_days(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    reminding.network.project()
    message = planned(reminding)
    assert asked(reminding, message) == "stands"
    reminding.connection.execute(
        "insert into parked (area, projection, build, stream, position, why)"
        " select %s, projection, build, %s, 3, 'ValueError' from build where live and projection = 'work'",
        [SOMERSET, BAKERY],
    )
    assert asked(reminding, message) == "unknown"
    reminding.connection.execute("update parked set parked_at = parked_at - interval '3 days'")
    assert asked(reminding, message) == "stands"
