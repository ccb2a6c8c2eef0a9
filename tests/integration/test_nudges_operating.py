"""What became of messages, as providers tell it; what is stuck, and what people do about it; having no more of them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from uuid import UUID, uuid4

import msgspec
import pytest
from click.testing import CliRunner
from litestar.testing import TestClient
from network import SOMERSET, Network, environment, forget_attempts, mutated, reported
from post_office import PostOffice, post_office
from reminding import EMAIL, TUESDAY, Reminding

from events import ledger, messages
from events.base import NotFound, Refused, named_id
from events.links import link_token
from events.nudges import NudgeDelivered, NudgeFailed, NudgePreferenceSet
from events.settings import Settings
from events.sweeping import sweep_links
from hub.app import create_app
from hub.cli import cli
from workers.rules import BY_NAME
from workers.send import LEASE

BAKERY = named_id("test", "Bakery")
FROM = "Trellis <hub@trellis.example>"
KEY = "w" * 40
AUTH = {"Authorization": f"Bearer {KEY}"}
HERE = "https://testserver.local"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    with post_office(tmp_path_factory.mktemp("post")) as found:
        yield found


@pytest.fixture
def reminding(network: Network, settings: Settings, office: PostOffice) -> Iterator[Reminding]:
    for mail in office.folder.glob("*"):
        mail.unlink()
    known = msgspec.structs.replace(settings, mail_url=office.url, mail_from=FROM, write_key=KEY, url=HERE)
    found = Reminding(network, known)
    yield found
    found.close()


@pytest.fixture
def client(reminding: Reminding) -> Iterator[TestClient]:
    forget_attempts(reminding.settings)
    with TestClient(create_app(reminding.settings), base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def sent(reminding: Reminding) -> UUID:
    """A reminder that went out; the id of its message."""
    reminding.insured()
    reminding.plan()
    assert reminding.send() == 1
    return message(reminding)


def message(reminding: Reminding) -> UUID:
    ((found,),) = reminding.connection.execute("select message from message where recipient_kind = 'enterprise'")
    assert isinstance(found, UUID)
    return found


def deliver(reminding: Reminding, which: UUID, outcome: messages.Delivery, module: ModuleType = messages) -> int:
    return module.deliver(reminding.connection, which, outcome, on=TUESDAY, actor="key:test")


def told(reminding: Reminding, kind: type) -> list[object]:
    return [e.event for e in ledger.read_all(reminding.connection, SOMERSET) if isinstance(e.event, kind)]


# ---- what providers tell


def test_that_a_message_arrived_is_recorded_once(reminding: Reminding) -> None:
    which = sent(reminding)
    assert deliver(reminding, which, "delivered") == 1
    assert deliver(reminding, which, "delivered") == 0
    assert told(reminding, NudgeDelivered) == [NudgeDelivered(message=which)]
    assert reminding.nudges()[0][2] == "delivered"


def again_after(reminding: Reminding, outcome: messages.Delivery, module: ModuleType) -> object:
    """How the next message to the same address ends, after this became of the one before."""
    deliver(reminding, sent(reminding), outcome, module)
    reminding.plan(TUESDAY + timedelta(30))
    reminding.send()
    return reminding.messages()[-1][1:]


@pytest.mark.parametrize("outcome", ["bounced", "complained"])
def test_after_a_bounce_or_a_complaint_nothing_more_goes_to_that_address(
    reminding: Reminding, office: PostOffice, outcome: messages.Delivery
) -> None:
    assert again_after(reminding, outcome, messages) == ("failed", 0, "stopped")
    assert len(office.mails()) == 1
    assert [each.why for each in told(reminding, NudgeFailed) if isinstance(each, NudgeFailed)] == [outcome, "stopped"]
    rows = reminding.connection.execute("select digest, why from stopped_address").fetchall()
    assert [why for _, why in rows] == [outcome]
    assert EMAIL.encode() not in bytes(rows[0][0])  # pyright: ignore[reportArgumentType]


def test_mail_would_go_on_to_an_address_that_it_comes_back_from_if_that_were_not_kept(reminding: Reminding) -> None:
    """The mutant."""
    forgets = mutated(messages, "stop_address(connection, found.sent_to, outcome)", "pass")
    assert again_after(reminding, "bounced", forgets) == ("sent", 1, None)


def test_what_became_of_a_message_that_never_went_out_is_refused(reminding: Reminding) -> None:
    reminding.insured()
    reminding.plan()
    with pytest.raises(Refused):
        deliver(reminding, message(reminding), "delivered")
    with pytest.raises(NotFound):
        deliver(reminding, uuid4(), "delivered")


def test_a_provider_tells_by_the_api(reminding: Reminding, client: TestClient) -> None:
    which = sent(reminding)
    body = {"message": str(which), "outcome": "bounced"}
    keyed = AUTH | {"Idempotency-Key": "1"}
    assert client.post("/api/deliveries", json=body).status_code == 401
    assert client.post("/api/deliveries", json=body | {"outcome": "lost"}, headers=keyed).status_code == 400
    answer = client.post("/api/deliveries", json=body, headers=keyed)
    assert (answer.status_code, answer.json()) == (200, {"nudges": 1})
    assert client.post("/api/deliveries", json=body, headers=keyed).json() == {"nudges": 0}
    other = client.post("/api/deliveries", json=body | {"message": str(uuid4())}, headers=keyed)
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("delivered", NudgeDelivered),
        *((f"{how}-failure", NudgeFailed) for how in ("permanent", "temporary", "technical")),
        ("sending", None),
    ],
)
def test_notify_tells_by_its_callback(reminding: Reminding, client: TestClient, status: str, kind: type | None) -> None:
    which = sent(reminding)
    body = {"id": str(uuid4()), "reference": str(which), "to": EMAIL, "status": status, "notification_type": "email"}
    assert client.post("/api/deliveries/notify", json=body).status_code == 401
    answer = client.post("/api/deliveries/notify", json=body, headers=AUTH)
    assert (answer.status_code, answer.json()) == (200, {"nudges": int(kind is not None)})
    if kind:
        assert len(told(reminding, kind)) == 1
    refused = client.post("/api/deliveries/notify", json=body | {"reference": "x", "status": "delivered"}, headers=AUTH)
    assert refused.status_code == 422


# ---- what is stuck


def doubtful(reminding: Reminding) -> UUID:
    reminding.insured(email="w@hangup.example")
    reminding.plan()
    reminding.send()
    assert reminding.messages() == [("enterprise", "doubtful", 1, None)]
    return message(reminding)


def test_a_doubtful_message_is_listed_and_goes_out_once_more_when_somebody_says_so(
    reminding: Reminding, office: PostOffice
) -> None:
    which = doubtful(reminding)
    (listed,) = messages.stuck(reminding.connection)
    assert (listed.message, listed.state) == (which, "doubtful")
    assert messages.retry(reminding.connection, which, now=reminding.now) == SOMERSET
    assert reminding.send() == 1
    assert len(office.mails()) == 2
    reminding.connection.execute("update message set state = 'sent', lease_until = null")
    with pytest.raises(Refused):
        messages.retry(reminding.connection, which, now=reminding.now)


def test_a_doubtful_message_that_is_given_up_never_goes_out(reminding: Reminding, office: PostOffice) -> None:
    which = doubtful(reminding)
    messages.give_up(reminding.connection, which, now=reminding.now, actor="operator")
    assert reminding.messages() == [("enterprise", "failed", 1, "given up")]
    whys = [each.why for each in told(reminding, NudgeFailed) if isinstance(each, NudgeFailed)]
    assert whys == ["doubtful", "gave up"]
    with pytest.raises(Refused):
        messages.give_up(reminding.connection, which, now=reminding.now, actor="operator")
    reminding.now += LEASE * 2
    reminding.sweep()
    assert reminding.send() == 0
    assert len(office.mails()) == 1


def test_the_command_line_shows_what_is_stuck_and_sees_to_it(
    reminding: Reminding, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = doubtful(reminding)
    for name, text in environment(reminding.settings).items():
        monkeypatch.setenv(name, text)
    shown = CliRunner().invoke(cli, ["nudges", "--json"])
    found = json.loads(shown.stdout)
    assert found["counts"]["doubtful"] == 1
    assert [each["message"] for each in found["stuck"]] == [str(which)]
    assert EMAIL not in shown.stdout
    assert "doubtful" in CliRunner().invoke(cli, ["nudges"]).stdout.lower()
    assert CliRunner().invoke(cli, ["nudges", "retry", str(which)]).exit_code == 0
    assert reminding.messages()[0][1] == "planned"
    assert CliRunner().invoke(cli, ["nudges", "give-up", str(which), "--json"]).exit_code == 0
    assert reminding.messages()[0][1] == "failed"


def test_the_page_shows_what_is_stuck_to_whoever_may_read(reminding: Reminding, client: TestClient) -> None:
    which = doubtful(reminding)
    assert client.get("/nudges", follow_redirects=False).status_code == 303
    page = client.get("/nudges", headers=AUTH)
    assert page.status_code == 200
    assert "May have gone out or not" in page.text
    assert EMAIL not in page.text
    assert f"/nudges/{which}/retry" not in page.text, "a key does not see to messages"
    assert client.post(f"/nudges/{which}/retry", headers=AUTH).status_code == 403


def test_monitors_are_told_how_messages_stand(reminding: Reminding, client: TestClient) -> None:
    doubtful(reminding)
    text = client.get("/metrics").text
    assert "trellis_messages_doubtful 1.0" in text
    assert "trellis_messages_due 0.0" in text
    assert 'trellis_messages_total{outcome="sent"} 0.0' in text
    assert 'trellis_queue_jobs{queue="nudges"} 0.0' in text
    assert EMAIL not in text


# ---- having no more of them


@pytest.fixture
def optional(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if one could do without being reminded of insurance."""
    rule = BY_NAME["renewals_expiry"]
    monkeypatch.setitem(BY_NAME, "renewals_expiry", msgspec.structs.replace(rule, optional=True))  # pyright: ignore


def stop_link(reminding: Reminding) -> str:
    key = reminding.vault.digest_key(reminding.keys)
    return f"/stop/{link_token(key, 'stop', message(reminding))}"


def preference(reminding: Reminding) -> list[bool]:
    found = told(reminding, NudgePreferenceSet)
    return [each.optional for each in found if isinstance(each, NudgePreferenceSet)]


def test_what_everybody_has_to_get_has_no_way_to_stop_it(reminding: Reminding, office: PostOffice) -> None:
    sent(reminding)
    (mail,) = office.mails()
    assert mail["List-Unsubscribe"] is None
    assert "/stop/" not in mail.as_string()
    rows = reminding.connection.execute("select purpose from due_link").fetchall()
    assert rows == [("due",)]


@pytest.mark.usefixtures("optional")
def test_a_mail_that_one_can_do_without_is_stopped_by_one_click(
    reminding: Reminding, office: PostOffice, client: TestClient
) -> None:
    sent(reminding)
    (mail,) = office.mails()
    link = stop_link(reminding)
    assert mail["List-Unsubscribe"] == f"<{HERE}{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for method in ("GET", "HEAD"):
        answer = client.request(method, link)
        assert answer.status_code == 200
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert preference(reminding) == []
    client.cookies.clear()
    clicked = client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert clicked.status_code == 200
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert preference(reminding) == [False], "twice is once"
    assert "You get no more reminders" in client.get(link).text


def test_a_reminder_that_an_enterprise_can_do_without_is_stopped_by_one_click_in_its_mail(
    reminding: Reminding, office: PostOffice, client: TestClient
) -> None:
    """By a rule as it is: to report what it does."""
    reminding.insured(ends=TUESDAY + timedelta(150))
    network = reminding.network
    network.given(reported(of="Bakery", people=3, on=TUESDAY - timedelta(180)))
    reminding.plan()
    assert reminding.send() == 1
    (mail,) = office.mails()
    assert str(mail["Subject"]).startswith("It is time to tell again what you do")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(HERE)
    client.cookies.clear()
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert preference(reminding) == [False]


def test_programs_of_a_mail_provider_may_stop_for_many_readers(
    reminding: Reminding, office: PostOffice, client: TestClient
) -> None:
    assert {client.post("/stop/nothing").status_code for _ in range(200)} == {404}


@pytest.mark.usefixtures("optional")
def test_one_that_ended_still_stops(reminding: Reminding, office: PostOffice, client: TestClient) -> None:
    """Whoever finds a mail of two years ago is not to look for a newer one first."""
    sent(reminding)
    reminding.connection.execute("update due_link set ends_at = clock_timestamp() - interval '2 years'")
    sweep_links(reminding.connection)
    assert client.get(stop_link(reminding)).status_code == 200
    assert client.post(stop_link(reminding), data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert preference(reminding) == [False]
    assert reminding.connection.execute("select purpose from due_link").fetchall() == [("stop",)]


@pytest.mark.usefixtures("optional")
def test_a_link_that_was_never_sent_stops_nothing(reminding: Reminding, client: TestClient) -> None:
    sent(reminding)
    due = link_token(reminding.vault.digest_key(reminding.keys), "due", message(reminding))
    assert client.post("/stop/nothing").status_code == 404
    assert client.post(f"/stop/{due}").status_code == 404, "it opens what is due, and no more"
    assert preference(reminding) == []


@pytest.mark.usefixtures("optional")
def test_whoever_works_with_the_hub_stops_them_by_one_click_too(
    reminding: Reminding, office: PostOffice, client: TestClient
) -> None:
    account = reminding.staff("catalyst", email="bronwen@council.example")
    reminding.insured(ends=TUESDAY, email="")
    reminding.plan(TUESDAY)
    reminding.send()
    (mail,) = office.mails()
    link = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(HERE)
    assert client.post(link).status_code == 200
    rows = reminding.connection.execute("select account, optional from nudge_preference").fetchall()
    assert rows == [(account, False)]
    assert "/account/reminders" in client.get(link).text


# ---- the clock


def test_a_clock_set_back_an_hour_sends_nothing_twice_and_leaves_nothing_out(
    reminding: Reminding, office: PostOffice
) -> None:
    for name in ("Bakery", "Garden", "Shed"):
        reminding.insured(name, email=f"{name}@quillfeather.example")
    reminding.plan()
    later = reminding.now
    reminding.connection.execute(
        "update message set state = 'claimed', attempt_by = 'gone', lease_until = %s "
        "where message = (select min(message::text)::uuid from message)",
        [later + LEASE],
    )
    assert reminding.send() == 2
    reminding.now = later - timedelta(hours=1)
    reminding.plan()
    reminding.sweep()
    reminding.send()
    reminding.now = later + timedelta(minutes=1)
    reminding.plan()
    reminding.sweep()
    reminding.send()
    assert sorted(str(mail["To"]) for mail in office.mails()) == [
        f"Wilhelmina Quillfeather <{name}@quillfeather.example>" for name in ("Bakery", "Garden", "Shed")
    ]
    assert {row[1] for row in reminding.messages()} == {"sent"}
