"""Sending reminders: by a real mail server, once, with what is due in them; and what a crash leaves behind."""

import logging
import socket
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import ModuleType
from uuid import UUID

import msgspec
import pytest
import redis
from network import SOMERSET, Network, closed, environment, mutated
from post_office import PostOffice, post_office
from reminding import EMAIL, ENDS, INSURANCE, TUESDAY, Reminding, at

from events.base import Sealed, named_id, today
from events.links import address_digest, token_digest
from events.nudges import Way
from events.settings import Settings
from events.vault import destroy_keys, unseal
from workers import queue, send, sweep
from workers.channels.channel import SENT, Address, Channel, Mail, Outcome
from workers.channels.mailbox import Kept, Mailbox
from workers.channels.smtp import Smtp
from workers.send import LEASE
from workers.settling import MOST_ATTEMPTS, pause_after
from workers.sweep import Sweeper

BAKERY = named_id("test", "Bakery")
FROM = "Trellis <hub@trellis.example>"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    with post_office(tmp_path_factory.mktemp("post")) as found:
        yield found


@pytest.fixture
def reminding(network: Network, settings: Settings, office: PostOffice) -> Iterator[Reminding]:
    for mail in office.folder.glob("*"):
        mail.unlink()
    found = Reminding(network, msgspec.structs.replace(settings, mail_url=office.url, mail_from=FROM))
    yield found
    found.close()


def mailbox(reminding: Reminding) -> Mailbox:
    return Mailbox(reminding.connection, reminding.vault, reminding.keys)


class Killed(BaseException):
    """The process is gone: nothing after it runs, and nothing catches it."""


class Dying:
    """A channel that hands over and dies before anybody hears of it."""

    def __init__(self, inner: Channel) -> None:
        self._inner = inner
        self.name = inner.name
        self.idempotent = inner.idempotent
        self.disturbs = inner.disturbs

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        self._inner.send(to, mail, key=key, again=again)
        raise Killed

    def close(self) -> None:
        self._inner.close()


class Answering:
    """A channel that answers as it is told, and counts."""

    name = "smtp"
    idempotent = False
    disturbs = True

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.calls = 0

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        self.calls += 1
        return self.outcome

    def close(self) -> None:
        pass


def by_email(channel: Channel) -> Mapping[Way, Channel]:
    return {"email": channel}


def test_a_reminder_comes_by_mail_with_a_link_of_its_own(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured()
    reminding.plan()
    assert reminding.send() == 1
    (mail,) = office.mails()
    assert (mail["To"], mail["From"]) == (f"Wilhelmina Quillfeather <{EMAIL}>", FROM)
    assert mail["Subject"] == f"Your {INSURANCE} runs out on 1 August 2026"
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert rich is not None
    token = reminding.link_in(plain.get_content())
    assert f"/due/{token}" in rich.get_content()
    links = reminding.connection.execute("select token, purpose, recipient from due_link").fetchall()
    assert links == [(token_digest(token), "due", BAKERY)]
    assert "<img" not in rich.get_content()
    assert reminding.messages() == [("enterprise", "sent", 1, None)]
    assert reminding.nudges() == [("enterprise", -60, "sent", TUESDAY, None)]
    assert reminding.send() == 0
    assert len(office.mails()) == 1


def test_opening_an_owners_address_is_on_record(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    reminding.send()
    looks = reminding.connection.execute("select area, who, who_name, why, exported from look").fetchall()
    assert looks == [(SOMERSET, "hub:nudges", "the hub's reminders", "to send a reminder", False)]


def test_several_things_come_in_one_mail(reminding: Reminding, office: PostOffice) -> None:
    reminding.staff("catalyst", email="bronwen@council.example")
    for name in ("Bakery", "Garden & <shed>"):
        reminding.insured(name, ends=TUESDAY, email="")
    reminding.plan(TUESDAY)
    reminding.send()
    (mail,) = office.mails()
    assert mail["Subject"] == f"2 things to see to: Bakery: {INSURANCE} runs out today"
    rich = mail.get_body(("html",))
    assert rich is not None
    assert "Garden &amp; &lt;shed&gt;" in rich.get_content()
    assert reminding.messages()[-1] == ("enterprise", "failed", 0, "no address")


def test_what_was_renewed_meanwhile_is_not_sent(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured()
    reminding.plan()
    reminding.renewed("Bakery", ENDS + timedelta(1), ENDS + timedelta(365))
    reminding.send()
    assert office.mails() == []
    assert reminding.nudges() == [("enterprise", -60, "suppressed", TUESDAY, "the reason is gone")]


def test_a_renewal_that_the_projection_has_not_taken_in_holds_the_mail_up(
    reminding: Reminding, office: PostOffice
) -> None:
    reminding.insured()
    reminding.plan()
    reminding.renewed("Bakery", ENDS + timedelta(1), ENDS + timedelta(365))
    reminding.sender().batch(SOMERSET)
    assert reminding.messages() == [("enterprise", "planned", 0, "waits for the projection")]
    reminding.now += timedelta(seconds=5)
    reminding.send()
    assert reminding.messages() == [("enterprise", "suppressed", 0, "the reason is gone")]
    assert office.mails() == []


def test_an_enterprise_that_closed_gets_nothing(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured()
    reminding.plan()
    reminding.network.given(closed(of="Bakery", on=TUESDAY))
    reminding.send()
    assert office.mails() == []


def test_whoever_was_erased_gets_nothing(reminding: Reminding, office: PostOffice) -> None:
    owner = reminding.owner_of(reminding.insured())
    reminding.plan()
    destroy_keys(reminding.keys, [owner])
    reminding.send()
    assert office.mails() == []
    assert reminding.nudges()[0][2:] == ("suppressed", TUESDAY, "erased")


def test_whoever_gave_up_the_role_gets_nothing(reminding: Reminding, office: PostOffice) -> None:
    account = reminding.staff("catalyst")
    reminding.insured(ends=TUESDAY, email="")
    reminding.plan(TUESDAY)
    reminding.connection.execute("update account set closed_at = clock_timestamp() where id = %s", [account])
    reminding.send()
    assert office.mails() == []
    assert ("catalyst", "suppressed", 0, "nobody to tell") in reminding.messages()


def test_nothing_goes_to_an_address_that_mail_came_back_from(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured()
    reminding.plan()
    digest = address_digest(reminding.vault.digest_key(reminding.keys), EMAIL)
    reminding.connection.execute("insert into stopped_address (digest, why) values (%s, 'bounced')", [digest])
    reminding.send()
    assert office.mails() == []
    assert reminding.messages() == [("enterprise", "failed", 0, "stopped")]


def test_nothing_goes_out_at_night(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured()
    reminding.plan()
    reminding.now = at(TUESDAY, 19, 1)
    assert reminding.sweep() == []
    assert reminding.send() == 0
    reminding.now = at(TUESDAY + timedelta(1), 8)
    assert reminding.sweep() == [SOMERSET]
    assert reminding.send() == 1
    assert len(office.mails()) == 1


def test_what_wakes_nobody_goes_out_at_any_hour(reminding: Reminding) -> None:
    reminding.settings = msgspec.structs.replace(reminding.settings, mail_url="")
    reminding.insured()
    reminding.plan()
    reminding.now = at(TUESDAY, 19, 1)
    assert reminding.sweep() == [SOMERSET]
    assert reminding.send(by_email(mailbox(reminding))) == 1


def test_a_refused_address_fails_and_one_put_off_is_tried_again_ever_later(reminding: Reminding) -> None:
    reminding.insured("Bakery", email="w@refuse.example")
    reminding.insured("Garden", email="w@later.example")
    reminding.plan()
    reminding.send()
    assert sorted(reminding.messages()) == [
        ("enterprise", "failed", 1, "refused"),
        ("enterprise", "planned", 1, "tried"),
    ]
    assert reminding.send() == 0
    reminding.now += pause_after(1)
    assert reminding.send() == 1
    pauses = [pause_after(attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(days=1)
    reminding.connection.execute(
        "update message set attempt = %(last)s, put_off = %(last)s where state = 'planned'", {"last": MOST_ATTEMPTS - 1}
    )
    reminding.now += timedelta(days=1)
    reminding.send()
    assert ("enterprise", "failed", MOST_ATTEMPTS, "gave up") in reminding.messages()


def test_a_mail_server_that_is_away_is_waited_for(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    reminding.send(by_email(Smtp("smtp://127.0.0.1:1", FROM)))
    assert reminding.messages() == [("enterprise", "planned", 1, "tried")]


def test_a_mail_server_that_hangs_up_after_the_mail_leaves_it_doubtful(
    reminding: Reminding, office: PostOffice
) -> None:
    reminding.insured(email="w@hangup.example")
    reminding.plan()
    reminding.send()
    assert len(office.mails()) == 1
    assert reminding.messages() == [("enterprise", "doubtful", 1, None)]
    assert reminding.nudges()[0][2:] == ("failed", TUESDAY, "doubtful")


def test_after_a_crash_by_smtp_it_is_doubtful_and_not_sent_again(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured()
    reminding.plan()
    with pytest.raises(Killed):
        reminding.send(by_email(Dying(Smtp(office.url, FROM))))
    assert reminding.sweep() == [], "its lease still runs"
    reminding.now += LEASE + timedelta(seconds=1)
    assert reminding.sweep() == []
    assert reminding.messages() == [("enterprise", "doubtful", 1, "doubtful")]
    assert reminding.nudges()[0][2:] == ("failed", TUESDAY, "doubtful")
    assert reminding.send() == 0
    assert len(office.mails()) == 1


def dies_before_it_tells(reminding: Reminding, module: ModuleType) -> list[tuple[object, ...]]:
    """Two mails go out, and their sender dies before it tells the ledger; the sweeper of a module comes by."""
    for name in ("Bakery", "Garden"):
        reminding.insured(name, email=f"{name}@quillfeather.example")
    reminding.plan()

    def killed(*_: object) -> None:
        raise Killed

    sender = reminding.sender()
    sender._settling.sent = killed  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    reminding.network.project()
    with pytest.raises(Killed):
        sender.batch(SOMERSET)
    reminding.now += LEASE * 2
    module.Sweeper().sweep(reminding.settings, reminding.connection, now=reminding.now)
    return sorted(reminding.messages(), key=str)


def test_of_mails_whose_sender_died_the_last_alone_is_doubtful(reminding: Reminding, office: PostOffice) -> None:
    """The others were noted as handed over, each along with the attempt at the next."""
    found = dies_before_it_tells(reminding, sweep)
    assert found == [("enterprise", "doubtful", 1, "doubtful"), ("enterprise", "sent", 1, None)]
    assert sorted(str(each[2]) for each in reminding.nudges()) == ["failed", "sent"]
    assert reminding.send() == 0
    assert len(office.mails()) == 2


def test_a_mail_that_was_noted_as_handed_over_would_be_doubtful_too(reminding: Reminding) -> None:
    """The mutant."""
    forgetful = mutated(sweep, "outcome_at is not null as went_out", "false as went_out")
    assert {each[1] for each in dies_before_it_tells(reminding, forgetful)} == {"doubtful"}


def test_a_mail_that_was_handed_over_is_not_handed_over_again_by_a_channel_that_may_be(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    reminding.connection.execute(
        "update message set state = 'sending', attempt = 1, channel = 'mailbox', attempt_by = 'gone', "
        "lease_until = %(now)s, outcome_at = %(now)s",
        {"now": reminding.now},
    )
    reminding.now += LEASE
    assert reminding.sweep() == []
    assert reminding.messages() == [("enterprise", "sent", 1, None)]


def test_what_is_gone_meanwhile_is_left_out_of_a_mail_and_said_to_be(reminding: Reminding, office: PostOffice) -> None:
    reminding.staff("catalyst", email="bronwen@council.example")
    for name in ("Bakery", "Garden"):
        reminding.insured(name, ends=TUESDAY, email="")
    reminding.plan(TUESDAY)
    reminding.renewed("Garden", TUESDAY + timedelta(1), TUESDAY + timedelta(365))
    reminding.send()
    (mail,) = office.mails()
    assert mail["Subject"] == f"Bakery: {INSURANCE} runs out today"
    states = sorted(str(each[2]) for each in reminding.nudges() if each[0] == "catalyst")
    assert states == ["sent", "suppressed"]


def test_a_mail_server_that_closed_a_connection_meanwhile_is_asked_on_a_new_one(
    reminding: Reminding, office: PostOffice
) -> None:
    channel = Smtp(office.url, FROM)
    to = Address(area=SOMERSET, subject=BAKERY, name="Wilhelmina", email=EMAIL)
    mail = Mail(subject="Ŵythnos", text="It runs out — soon.", html="<p>It runs out.</p>", brief="")
    assert channel.send(to, mail, key=named_id("test", "1")) == SENT
    server = channel._server  # pyright: ignore[reportPrivateUsage]
    assert server is not None
    assert server.sock is not None
    server.sock.shutdown(socket.SHUT_RDWR)
    assert channel.send(to, mail, key=named_id("test", "2")) == SENT
    channel.close()
    found = office.mails()
    assert len(found) == 2
    assert {each["Subject"] for each in found} == {"Ŵythnos"}
    plain = found[0].get_body(("plain",))
    assert plain is not None
    assert "soon" in plain.get_content()


@pytest.mark.parametrize("field", ["name", "email"])
def test_an_address_with_a_line_break_is_none(office: PostOffice, field: str) -> None:
    to = Address(area=SOMERSET, subject=BAKERY, name="Wilhelmina", email=EMAIL)
    broken = msgspec.structs.replace(to, **{field: "w@quillfeather.example\n Bcc: all@example.org"})
    mail = Mail(subject="x", text="x", html="x", brief="x")
    assert Smtp(office.url, FROM).send(broken, mail, key=BAKERY) == Outcome("failed", "no address")


def test_after_a_crash_the_mailbox_is_asked_again_and_keeps_it_once(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    with pytest.raises(Killed):
        reminding.send(by_email(Dying(mailbox(reminding))))
    reminding.now += LEASE + timedelta(seconds=1)
    assert reminding.sweep() == [SOMERSET]
    assert reminding.send(by_email(mailbox(reminding))) == 1
    assert reminding.messages() == [("enterprise", "sent", 2, None)]
    ((subject, box),) = reminding.connection.execute("select subject, box from mailbox").fetchall()
    assert isinstance(subject, UUID)
    assert isinstance(box, bytes)
    key = reminding.vault.existing_keys(reminding.keys, [subject])[subject]
    kept = unseal(Sealed[Kept](subject=subject, box=box), key=key, type=Kept)
    assert kept.email == EMAIL
    assert "/due/" in kept.mail.text
    assert EMAIL.encode() not in box


def test_after_a_crash_before_the_attempt_it_is_simply_sent(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured()
    reminding.plan()
    reminding.connection.execute(
        "update message set state = 'claimed', attempt_by = 'gone', lease_until = %s", [reminding.now + LEASE]
    )
    assert reminding.send() == 0
    reminding.now += LEASE + timedelta(seconds=1)
    assert reminding.sweep() == [SOMERSET]
    reminding.send()
    assert len(office.mails()) == 1


def test_a_lease_from_before_the_clock_was_set_back_is_over(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    reminding.connection.execute(
        "update message set state = 'claimed', attempt_by = 'gone', lease_until = %s",
        [reminding.now + timedelta(hours=1)],
    )
    assert reminding.sweep() == [SOMERSET]
    assert reminding.messages() == [("enterprise", "planned", 0, None)]


def test_whoever_lost_the_lease_does_not_send(reminding: Reminding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the claim and the attempt the sweeper took it away, and another sends it."""
    reminding.insured()
    reminding.plan()
    slow, other = Answering(SENT), Answering(SENT)
    sender = reminding.sender(by_email(slow))
    settle = send.digest

    def meanwhile(*args: object, **named: object) -> Mail:
        monkeypatch.setattr(send, "digest", settle)
        reminding.now += LEASE + timedelta(seconds=1)
        reminding.sweep()
        reminding.send(by_email(other))
        return settle(*args, **named)  # pyright: ignore[reportArgumentType, reportCallIssue]

    monkeypatch.setattr(send, "digest", meanwhile)
    sender.batch(SOMERSET)
    assert (slow.calls, other.calls) == (0, 1)
    assert reminding.messages() == [("enterprise", "sent", 1, None)]


def test_losing_all_of_redis_loses_nothing(
    reminding: Reminding, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On today's clock, since a real worker of the queue looks at that; at whatever hour this runs."""
    settings = reminding.settings
    for name, text in (environment(settings) | {"HUB_MAIL_URL": office.url, "HUB_MAIL_FROM": FROM}).items():
        monkeypatch.setenv(name, text)
    for module in (send, sweep):
        monkeypatch.setattr(module, "send_from", lambda day, nation, now: now)
    reminding.insured(ends=today() + timedelta(30))
    reminding.plan(today())
    reminding.connection.execute("update message set send_from = clock_timestamp()")
    reminding.network.project()
    with redis.Redis.from_url(settings.redis_url) as bell:
        bell.flushall()
        assert queue.ring_for_nudges(settings, [SOMERSET]) == 1
        assert queue.ring_for_nudges(settings, [SOMERSET]) == 0, "it is rung for already"
        (job,) = bell.lrange("rq:queue:nudges", 0, -1)
        assert EMAIL.encode() not in b"".join(bell.hgetall(b"rq:job:" + bytes(job)).values())
        bell.flushall()
        queue.worker(settings, queue.NUDGES).work(burst=True, logging_level="WARNING")
        assert office.mails() == []
        areas = Sweeper().sweep(settings, reminding.connection, now=send.server_clock(reminding.connection)())
        assert areas == [SOMERSET]
        assert queue.ring_for_nudges(settings, areas) == 1
        queue.worker(settings, queue.NUDGES).work(burst=True, logging_level="WARNING")
        bell.flushall()
    assert len(office.mails()) == 1


def test_what_waited_for_too_long_is_not_sent_any_more(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured()
    reminding.plan()
    reminding.now = at(TUESDAY + timedelta(15))
    reminding.send()
    assert office.mails() == []
    assert reminding.nudges()[0][2:] == ("suppressed", TUESDAY, "too late")


def test_without_a_mail_server_messages_wait_and_it_is_said_once(
    reminding: Reminding, caplog: pytest.LogCaptureFixture
) -> None:
    reminding.settings = msgspec.structs.replace(
        reminding.settings, mail_url="", mail_from="", url="https://hub.example.org"
    )
    reminding.insured()
    reminding.plan()
    sweeper = Sweeper()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert sweeper.sweep(reminding.settings, reminding.connection, now=reminding.now) == []
    assert [record.getMessage() for record in caplog.records] == [
        "1 messages wait, as there is no mail server: set HUB_MAIL_URL and HUB_MAIL_FROM"
    ]
    assert reminding.messages() == [("enterprise", "planned", 0, None)]


def test_a_demonstration_keeps_its_mail_even_where_there_is_a_mail_server(
    reminding: Reminding, office: PostOffice
) -> None:
    reminding.connection.execute("insert into notice (name, words) values ('demo', 'Invented.')")
    reminding.insured()
    reminding.plan()
    reminding.send()
    assert office.mails() == []
    assert reminding.messages() == [("enterprise", "sent", 1, None)]


def test_no_address_is_in_what_is_logged(
    reminding: Reminding, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **named: object) -> Mail:
        raise ValueError(f"cannot write to {EMAIL}")

    reminding.insured()
    reminding.plan()
    monkeypatch.setattr(send, "digest", broken)
    with caplog.at_level(logging.DEBUG):
        reminding.send()
    assert "could not be sent" in caplog.text
    assert EMAIL not in caplog.text
    assert reminding.messages() == [("enterprise", "planned", 0, "a fault")]


def test_an_address_shows_itself_to_nobody() -> None:
    to = Address(area=SOMERSET, subject=BAKERY, name="Wilhelmina", email=EMAIL)
    assert EMAIL not in repr(to)
    assert "Wilhelmina" not in repr([to])
