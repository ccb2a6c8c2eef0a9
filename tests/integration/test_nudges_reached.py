"""When a message does not arrive: what is tried again, what people can do, what it costs while nothing carries it."""

from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from uuid import UUID, uuid4

import msgspec
import pytest
from click.testing import CliRunner
from house import Person
from litestar.testing import TestClient
from network import SOMERSET, Network, environment, mutated
from post_office import PostOffice, post_office
from reminding import EMAIL, TUESDAY, Reminding, at

from events import ledger, messages
from events.base import Event, Refused
from events.nudges import NudgeAddressReopened, NudgeDelivered, NudgeFailed, NudgeSent, Way
from events.settings import Settings
from hub.app import create_app
from hub.cli import cli
from workers import send as send_module
from workers.channels.channel import AWAY, LATER, SENT, Address, Channel, Mail, Outcome
from workers.send import LEASE
from workers.settling import MOST_ATTEMPTS, pause_back

FROM = "Trellis <hub@trellis.example>"
AWAY_URL = "smtp://127.0.0.1:1"


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


class Carrier:
    """A channel that does as it is told."""

    name = "smtp"
    disturbs = True

    def __init__(self, outcome: Outcome = SENT, *, idempotent: bool = False) -> None:
        self.outcome = outcome
        self.idempotent = idempotent
        self.calls = 0

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        self.calls += 1
        return self.outcome

    def close(self) -> None:
        pass


class Broken(Carrier):
    """A channel that raises what nobody expects."""

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        self.calls += 1
        raise RuntimeError(f"cannot write to {to.email}")


def by_email(channel: Channel) -> dict[Way, Channel]:
    return {"email": channel}


def message(reminding: Reminding) -> UUID:
    ((found,),) = reminding.connection.execute("select message from message where recipient_kind = 'enterprise'")
    assert isinstance(found, UUID)
    return found


def told(reminding: Reminding, kind: type[Event]) -> list[Event]:
    return [each.event for each in ledger.read_all(reminding.connection, SOMERSET) if isinstance(each.event, kind)]


def deliver(reminding: Reminding, which: UUID, outcome: messages.Delivery) -> int:
    return messages.deliver(reminding.connection, which, outcome, on=TUESDAY, actor="key:test")


def failed(reminding: Reminding, domain: str = "refuse.example") -> UUID:
    reminding.insured(email=f"w@{domain}")
    reminding.plan()
    reminding.send()
    assert reminding.messages()[0][1] == "failed"
    return message(reminding)


# ---- while nothing carries it


def test_a_mail_server_that_is_away_for_long_uses_up_no_attempts(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    away = Carrier(AWAY)
    for _ in range(MOST_ATTEMPTS + 5):
        reminding.send(by_email(away))
        reminding.now += timedelta(minutes=1)
    assert away.calls == MOST_ATTEMPTS + 5
    assert reminding.messages() == [("enterprise", "planned", MOST_ATTEMPTS + 5, "tried")]
    assert reminding.send(by_email(Carrier(LATER))) == 1
    assert reminding.messages()[0][1] == "planned", "one answer of not now is one"
    reminding.now += timedelta(minutes=1)
    assert reminding.send() == 1
    assert reminding.messages()[0][1] == "sent"


def test_what_waits_for_a_channel_is_tried_again_within_a_minute(reminding: Reminding) -> None:
    pauses = [pause_back(times, tried=tried) for times in range(40) for tried in (False, True)]
    assert pauses[:2] == [timedelta(seconds=5), timedelta(seconds=7.5)]
    assert max(pauses) == timedelta(seconds=60)


def looks(reminding: Reminding) -> int:
    ((count,),) = reminding.connection.execute("select count(*) from look").fetchall()
    assert isinstance(count, int)
    return count


def looks_in_an_outage(reminding: Reminding, module: ModuleType) -> int:
    """How often addresses are opened in ten minutes in which the mail server is away, with 12 messages due."""
    for number in range(12):
        reminding.insured(f"Bakery {number}", email=f"{number}@quillfeather.example")
    reminding.plan()
    reminding.network.project()
    carriers = by_email(Carrier(AWAY))
    for _ in range(120):
        sender = module.Sender(
            *(reminding.settings, reminding.connection, reminding.vault, reminding.keys),
            carriers,
            clock=lambda: reminding.now,
        )
        while sender.batch(SOMERSET):
            pass
        reminding.now += timedelta(seconds=5)
    return looks(reminding)


def test_while_the_mail_server_is_away_hardly_an_address_is_opened(reminding: Reminding) -> None:
    assert looks_in_an_outage(reminding, send_module) < 25
    reminding.now += timedelta(minutes=1)
    sender = reminding.sender()
    sent = [sender.batch(SOMERSET), sender.batch(SOMERSET)]
    assert sum(sent) == 12, "and once it carries one, all go"
    assert looks(reminding) < 25 + 12


def test_addresses_would_be_opened_again_and_again(reminding: Reminding) -> None:
    """The mutant: it opens the whole batch at once, and lets what is due be."""
    open_all = mutated(send_module, "self._carried if way in self._carried else ()", "list(self._channels)")
    assert looks_in_an_outage(reminding, open_all) > 100


def test_of_what_waits_for_the_projection_no_address_is_opened(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    reminding.network.project()
    reminding.renewed("Bakery", TUESDAY, TUESDAY + timedelta(400))
    assert reminding.sender().batch(SOMERSET) == 1
    assert reminding.messages() == [("enterprise", "planned", 0, "waits for the projection")]
    assert looks(reminding) == 0


def test_what_was_claimed_by_day_does_not_go_out_in_the_evening(reminding: Reminding, office: PostOffice) -> None:
    for name in ("Bakery", "Garden"):
        reminding.insured(name, email=f"{name}@quillfeather.example")
    reminding.plan()
    reminding.now = at(TUESDAY, 18, 59)

    class Slow(Carrier):
        def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
            reminding.now = at(TUESDAY, 19)
            return super().send(to, mail, key=key, again=again)

    slow = Slow()
    reminding.send(by_email(slow))
    assert slow.calls == 1
    assert sorted(reminding.messages(), key=str)[0] == ("enterprise", "planned", 0, "waits for the day")
    reminding.now = at(TUESDAY + timedelta(1), 8)
    reminding.send(by_email(slow))
    assert slow.calls == 2


@pytest.mark.parametrize(("idempotent", "state"), [(True, "planned"), (False, "doubtful")])
def test_a_channel_that_raises_is_asked_ever_later_or_not_at_all(
    reminding: Reminding, caplog: pytest.LogCaptureFixture, idempotent: bool, state: str
) -> None:
    reminding.insured()
    reminding.plan()
    broken = Broken(idempotent=idempotent)
    reminding.send(by_email(broken))
    assert reminding.messages()[0][1:3] == (state, 1)
    assert EMAIL not in caplog.text
    for _ in range(2 * MOST_ATTEMPTS):
        reminding.now = at((reminding.now + timedelta(days=1)).date()) if broken.calls > 8 else reminding.now
        reminding.now += timedelta(minutes=30)
        reminding.send(by_email(broken))
    assert broken.calls <= MOST_ATTEMPTS


def test_what_brings_its_sender_down_each_time_waits_ever_longer(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    begun = (
        "update message set state = 'sending', channel = 'mailbox', attempt = %s, attempt_by = 'gone', lease_until = %s"
    )
    for attempt, waits in ((1, 0), (3, 0), (5, 15), (2000, 86_400)):
        reminding.connection.execute(begun, [attempt, reminding.now])
        reminding.now += LEASE
        reminding.sweep()
        ((from_,),) = reminding.connection.execute("select send_from from message").fetchall()
        assert max(timedelta(), from_ - reminding.now) == timedelta(seconds=waits)  # pyright: ignore


def test_a_link_that_is_sent_once_more_works_for_as_long_again(reminding: Reminding) -> None:
    which = failed(reminding)
    ((first,),) = reminding.connection.execute("select ends_at from due_link").fetchall()
    reminding.insured()
    reminding.now = at(TUESDAY + timedelta(30))
    messages.retry(reminding.connection, which, now=reminding.now)
    reminding.send()
    ((second,),) = reminding.connection.execute("select ends_at from due_link").fetchall()
    assert second - first == timedelta(30)  # pyright: ignore[reportOperatorIssue]


def test_a_mail_says_which_network_it_comes_from_and_whom_to_ask(reminding: Reminding, office: PostOffice) -> None:
    reminding.settings = msgspec.structs.replace(
        reminding.settings, contact="mailto:help@trellis.example", mail_from="Bro Trellis <hub@trellis.example>"
    )
    reminding.insured()
    reminding.plan()
    reminding.send()
    (mail,) = office.mails()
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert "Bro Trellis" in part.get_content()
        assert "the network of community enterprises" in part.get_content()
        assert "Questions? Ask" in part.get_content()
        assert "help@trellis.example" in part.get_content()
    assert f'lang="{mail["Content-Language"]}"' in mail.as_string()


# ---- what people do


def test_a_message_that_failed_goes_out_once_somebody_says_so(reminding: Reminding, office: PostOffice) -> None:
    which = failed(reminding)
    (listed,) = messages.stuck(reminding.connection)
    assert (listed.state, listed.note, listed.stopped) == ("failed", "refused", False)
    reminding.insured()  # the address was put right
    reminding.now = at(TUESDAY + timedelta(20))
    messages.retry(reminding.connection, which, now=reminding.now)
    assert reminding.send() == 1
    assert reminding.messages() == [("enterprise", "sent", 2, None)], "though its day was long ago"
    assert len(office.mails()) == 1
    assert reminding.nudges()[0][2] == "sent"
    with pytest.raises(Refused):
        messages.retry(reminding.connection, which, now=reminding.now)


def test_a_message_that_failed_is_left_and_not_listed_any_more(reminding: Reminding) -> None:
    which = failed(reminding)
    messages.give_up(reminding.connection, which, now=reminding.now, actor="operator")
    assert messages.stuck(reminding.connection) == []
    assert len(told(reminding, NudgeFailed)) == 1, "it had failed before"
    with pytest.raises(Refused):
        messages.give_up(reminding.connection, which, now=reminding.now, actor="operator")


@pytest.mark.parametrize("outcome", ["bounced", "complained", "undelivered"])
def test_a_message_that_came_back_is_listed(reminding: Reminding, outcome: messages.Delivery) -> None:
    reminding.insured()
    reminding.plan()
    reminding.send()
    assert messages.stuck(reminding.connection) == []
    deliver(reminding, message(reminding), outcome)
    (listed,) = messages.stuck(reminding.connection)
    assert (listed.state, listed.note, listed.stopped) == ("failed", outcome, outcome != "undelivered")


def test_an_address_that_the_mail_server_does_not_know_is_written_to_no_more(reminding: Reminding) -> None:
    failed(reminding, "nobody.example")
    assert reminding.messages() == [("enterprise", "failed", 1, "bounced")]
    reminding.plan(TUESDAY + timedelta(30))
    reminding.send()
    assert reminding.messages()[-1][1:] == ("failed", 0, "stopped")


def test_a_stopped_address_is_written_to_again_once_somebody_says_so_and_that_is_on_record(
    reminding: Reminding, office: PostOffice
) -> None:
    reminding.insured()
    reminding.plan()
    reminding.send()
    deliver(reminding, message(reminding), "bounced")
    reminding.plan(TUESDAY + timedelta(30))
    reminding.send()
    (stopped,) = [each for each in messages.stuck(reminding.connection) if each.note == "stopped"]
    assert stopped.stopped, "it can be lifted from a message that was never handed over, too"
    messages.write_again(reminding.connection, stopped.message, now=reminding.now, actor="account:1")
    assert [each.actor for each in ledger.read_all(reminding.connection, SOMERSET)][-1] == "account:1"
    assert told(reminding, NudgeAddressReopened) == [NudgeAddressReopened(message=stopped.message)]
    reminding.send()
    assert len(office.mails()) == 2
    assert reminding.messages()[-1][1:] == ("sent", 1, None)
    with pytest.raises(Refused):
        messages.write_again(reminding.connection, stopped.message, now=reminding.now, actor="account:1")


def test_a_telephone_number_that_takes_none_is_stopped_by_itself(reminding: Reminding, office: PostOffice) -> None:
    reminding.insured(phone="07700 900123")
    reminding.prefers("Bakery", "sms")
    reminding.plan()
    phone = Carrier()
    reminding.send({"sms": phone})
    deliver(reminding, message(reminding), "bounced")
    reminding.prefers("Bakery", "email")
    reminding.plan(TUESDAY + timedelta(30))
    assert reminding.send() == 1
    assert len(office.mails()) == 1, "the mail address is another"
    reminding.prefers("Bakery", "sms")
    reminding.plan(TUESDAY + timedelta(52))
    reminding.send({"sms": phone})
    assert reminding.messages()[-1][1:] == ("failed", 0, "stopped")
    assert phone.calls == 1


# ---- what providers tell of what nobody knew


def doubtful(reminding: Reminding) -> UUID:
    reminding.insured(email="w@hangup.example")
    reminding.plan()
    reminding.send()
    assert reminding.messages() == [("enterprise", "doubtful", 1, None)]
    return message(reminding)


@pytest.mark.parametrize("asked_for", [False, True], ids=["while it is doubtful", "after it was asked for again"])
def test_a_doubtful_message_that_arrived_is_sent_and_never_again(
    reminding: Reminding, office: PostOffice, asked_for: bool
) -> None:
    which = doubtful(reminding)
    if asked_for:
        messages.retry(reminding.connection, which, now=reminding.now)
    assert deliver(reminding, which, "delivered") == 1
    assert reminding.messages() == [("enterprise", "sent", 1, None)]
    assert reminding.nudges()[0][2] == "delivered"
    assert told(reminding, NudgeSent) == [NudgeSent(message=which, channel="smtp", attempt=1)]
    assert told(reminding, NudgeDelivered) == [NudgeDelivered(message=which)]
    assert messages.stuck(reminding.connection) == []
    assert reminding.send() == 0
    with pytest.raises(Refused):
        messages.retry(reminding.connection, which, now=reminding.now)
    assert len(office.mails()) == 1


def test_a_bounce_that_comes_after_it_was_asked_for_again_stops_the_address(
    reminding: Reminding, office: PostOffice
) -> None:
    which = doubtful(reminding)
    messages.retry(reminding.connection, which, now=reminding.now)
    deliver(reminding, which, "bounced")
    assert reminding.messages() == [("enterprise", "failed", 1, "bounced")]
    assert reminding.send() == 0
    assert len(office.mails()) == 1


def test_what_is_told_before_the_batch_is_over_is_not_told_twice(reminding: Reminding) -> None:
    """A provider may be quicker than the sender, who tells the ledger of a whole batch at its end."""
    reminding.insured()
    reminding.plan()
    reminding.network.project()
    sender = reminding.sender()
    settle = sender._settling.sent  # pyright: ignore[reportPrivateUsage]

    def later(*args: object) -> None:
        deliver(reminding, message(reminding), "delivered")
        settle(*args)  # pyright: ignore

    sender._settling.sent = later  # pyright: ignore
    sender.batch(SOMERSET)
    assert reminding.messages() == [("enterprise", "sent", 1, None)]
    assert len(told(reminding, NudgeSent)) == len(told(reminding, NudgeDelivered)) == 1


# ---- by mail, by command and by page


def test_a_mail_that_came_back_is_read_by_command(reminding: Reminding, monkeypatch: pytest.MonkeyPatch) -> None:
    reminding.insured()
    reminding.plan()
    reminding.send()
    which = message(reminding)
    for name, text in environment(reminding.settings).items():
        monkeypatch.setenv(name, text)
    mail = (
        'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/delivery-status\n\n'
        "Reporting-MTA: dns; mx.example.org\n\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{which}@trellis.example>\n\n--b--\n"
    )
    for _ in range(2):
        done = CliRunner().invoke(cli, ["nudges", "bounce", "--json"], input=mail.encode())
        assert (done.exit_code, str(which) in done.stdout) == (0, True)
    assert reminding.messages() == [("enterprise", "failed", 1, "bounced")]
    assert len(told(reminding, NudgeFailed)) == 1
    holiday = CliRunner().invoke(cli, ["nudges", "bounce"], input=b"Subject: On holiday\n\nUntil Monday.")
    assert (holiday.exit_code, "does not tell" in holiday.stdout) == (0, True)
    unknown = CliRunner().invoke(cli, ["nudges", "bounce"], input=mail.replace(str(which), str(uuid4())).encode())
    assert unknown.exit_code == 1
    lifted = CliRunner().invoke(cli, ["nudges", "write-again", str(which)])
    assert lifted.exit_code == 0
    assert reminding.messages()[0][1] == "planned"


def test_on_the_page_the_lead_lets_an_address_be_written_to_again(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    reminding.send()
    which = message(reminding)
    deliver(reminding, which, "bounced")
    with TestClient(create_app(reminding.settings), base_url="https://testserver.local") as client:
        catalyst = Person(client, reminding.connection, "catalyst", [SOMERSET], "Bronwen")
        lead = Person(client, reminding.connection, "lead", [SOMERSET], "Imran")
        path = f"/nudges/{which}/write-again"
        assert "Failed: it came back" in catalyst.get("/nudges").text
        assert path not in catalyst.get("/nudges").text
        assert catalyst.post(path).status_code == 403
        assert "Write there again" in lead.get("/nudges").text
        assert lead.post(path).status_code == 303
    assert reminding.messages() == [("enterprise", "planned", 1, "asked for again")]
    assert len(told(reminding, NudgeAddressReopened)) == 1
