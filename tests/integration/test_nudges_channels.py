"""What carries messages: GOV.UK Notify and a webhook, at real servers on this machine, and what is never called."""

import hmac
import json
import logging
import socket
from collections.abc import Iterator
from hashlib import sha256
from types import ModuleType
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import msgspec
import pytest
from network import Network, mutated
from receiving import Answer, Asked, Receiver, receiver
from reminding import EMAIL, TUESDAY, Reminding

from events import outbound as outbound_module
from events.settings import Settings
from workers import send as send_module
from workers.channels import channels
from workers.channels import notify as notify_module
from workers.channels import webhook as webhook_module
from workers.channels.channel import AWAY, LATER, SENT, Address, Mail, Outcome
from workers.channels.mailbox import Mailbox
from workers.channels.notify import Notify
from workers.channels.pages import Pages
from workers.channels.smtp import Smtp
from workers.channels.webhook import Webhook
from workers.send import LEASE

KEY = "0123456789abcdef0123456789abcdef"
NOTIFY_KEY = f"trellis-{UUID(int=1)}-{UUID(int=2)}"
TO = Address(area="E06000066", subject=UUID(int=7), name="Wilhelmina", email=EMAIL, phone="07700 900123")
MAIL = Mail(subject="Your insurance", text="It runs out.", html="<p>It runs out.</p>", brief="It runs out. link")
REFUSED = Outcome("failed", "refused")


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def sent(channel: Webhook | Notify, *, key: UUID | None = None, again: bool = False) -> Outcome:
    return channel.send(TO, MAIL, key=key or uuid4(), again=again)


def answering(there: Receiver, status: int, body: object = None, **headers: str) -> None:
    there.answers = lambda _: (status, headers, json.dumps(body or {}).encode())


# ---- the webhook


def test_a_webhook_gets_each_message_signed_and_under_its_key(there: Receiver) -> None:
    key = uuid4()
    channel = Webhook(f"{there.url}/in?for=us", KEY, "email", own=there.url, clock=lambda: 1_780_000_000.5)
    assert sent(channel, key=key) == SENT
    (asked,) = there.asked
    assert (asked.method, asked.path) == ("POST", "/in?for=us")
    assert asked.headers["Idempotency-Key"] == str(key)
    right = hmac.new(KEY.encode(), b"1780000000." + asked.body, sha256).hexdigest()
    assert asked.headers["Trellis-Signature"] == f"t=1780000000,v1={right}"
    assert asked.json == {
        **{"message": str(key), "way": "email", "name": "Wilhelmina", "to": EMAIL, "language": "en"},
        **{"subject": MAIL.subject, "text": MAIL.text, "html": MAIL.html, "headers": {}},
    }


def test_a_webhook_gets_a_text_message_in_brief_for_a_telephone(there: Receiver) -> None:
    sent(Webhook(there.url, KEY, "sms", own=there.url))
    assert (there.asked[0].json["to"], there.asked[0].json["text"]) == (TO.phone, MAIL.brief)
    assert EMAIL not in there.asked[0].body.decode()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, SENT), (202, SENT), (204, SENT)),
        *((400, REFUSED), (410, REFUSED), (422, REFUSED)),
        *((401, LATER), (404, LATER), (409, LATER), (429, LATER), (500, LATER), (503, LATER)),
    ],
)
def test_what_a_webhook_answers(there: Receiver, status: int, outcome: Outcome) -> None:
    answering(there, status)
    assert sent(Webhook(there.url, KEY, "email", own=there.url)) == outcome


def test_a_webhook_that_is_away_is_waited_for(there: Receiver) -> None:
    assert sent(Webhook("http://127.0.0.1:1/", KEY, "email", own="http://127.0.0.1:1")) == AWAY


# ---- a webhook that leads into the network that the hub stands in


def resolving(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[list[str]]]) -> None:
    """Let these names have these addresses, the next ones each time they are looked up."""
    real = socket.getaddrinfo

    def answered(host: str, port: object, *rest: object, **more: object) -> object:
        if host not in names:
            return real(host, port, *rest, **more)  # pyright: ignore
        found = names[host].pop(0) if len(names[host]) > 1 else names[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answered)


INSIDE = [
    "http://127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/",
    "https://localhost:PORT/",
    "https://[::1]:PORT/",
    "https://[::ffff:127.0.0.1]:PORT/",
    "https://0x7f.1:PORT/",
    "https://2130706433:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/",
    "https://10.0.0.5/",
    "https://inside.example:PORT/",
    "https://half.example:PORT/",
    "https://user@public.example/",
    "https://hooks.example.org@127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_FLUSHALL",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("address", INSIDE)
def test_a_webhook_inside_is_not_called(
    there: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    resolving(
        monkeypatch,
        {"inside.example": [["127.0.0.1"]], "half.example": [["93.184.215.14", "127.0.0.1"]]},
    )
    url = address.replace("PORT", str(there.port))
    with caplog.at_level(logging.DEBUG):
        assert sent(Webhook(url, KEY, "email")) == AWAY
    assert there.asked == []
    assert EMAIL not in caplog.text
    assert url not in caplog.text, "an address may hold a secret"
    assert "HUB_WEBHOOK_URL is not called" in caplog.text


def test_a_webhook_inside_would_be_called_without_the_check(there: Receiver) -> None:
    """The mutant."""
    unchecked = mutated(webhook_module, "outbound(own)", "httpx.Client()")
    assert unchecked.Webhook(there.url, KEY, "email").send(TO, MAIL, key=uuid4()) == SENT
    assert len(there.asked) == 1


def test_a_name_that_leads_inside_once_it_was_checked_is_not_followed(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    resolving(monkeypatch, {"rebinds.example": [["93.184.215.14"], ["127.0.0.1"]]})

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        called.append(address[0])
        raise OSError("nobody")

    monkeypatch.setattr(socket, "create_connection", connect)
    assert sent(Webhook(f"https://rebinds.example:{there.port}/", KEY, "email")) == AWAY
    assert called == ["93.184.215.14"]
    assert there.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_of_a_webhook_is_followed(there: Receiver, status: int) -> None:
    with receiver() as elsewhere:
        answering(there, status, Location=f"{elsewhere.url}/")
        assert sent(Webhook(there.url, KEY, "email", own=there.url)) == LATER
        assert (len(there.asked), len(elsewhere.asked)) == (1, 0)


def following() -> ModuleType:
    return mutated(outbound_module, "follow_redirects=False", "follow_redirects=True")


def test_redirects_would_be_followed_and_each_step_is_checked_even_then(there: Receiver) -> None:
    """The mutant."""
    follows = mutated(webhook_module, "import httpx\n", "import httpx\n")
    follows.__dict__["outbound"] = following().outbound
    there.answers = lambda asked: None if asked.path == "/on" else (307, {"Location": f"{there.url}/on"}, b"")
    assert follows.Webhook(there.url, KEY, "email", own=there.url).send(TO, MAIL, key=uuid4()) == SENT
    assert [asked.path for asked in there.asked] == ["/", "/on"]
    with receiver() as elsewhere:
        answering(there, 307, Location=f"{elsewhere.url}/")
        channel = follows.Webhook(there.url, KEY, "email", own=there.url)
        assert channel.send(TO, MAIL, key=uuid4()).kind == "later"
        assert elsewhere.asked == []


def test_only_the_place_that_the_operator_named_may_be_inside(there: Receiver) -> None:
    with receiver() as other:
        assert sent(Webhook(f"{there.url}/x", KEY, "email", own=there.url)) == SENT
        assert sent(Webhook(f"{other.url}/x", KEY, "email", own=there.url)) == AWAY
        assert other.asked == []


# ---- GOV.UK Notify


class Taking:
    """Notify, as far as the hub asks it: it takes messages and finds them again by their reference."""

    def __init__(self, there: Receiver) -> None:
        self.taken: list[Asked] = []
        self.status = "delivered"
        there.answers = self.answer

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            self.taken.append(asked)
            return 201, {}, b'{"id": "1"}'
        (reference,) = parse_qs(urlsplit(asked.path).query)["reference"]
        found = [{"status": self.status} for each in self.taken if each.json["reference"] == reference]
        return 200, {}, json.dumps({"notifications": found, "links": {}}).encode()


def test_notify_gets_each_message_by_its_template_and_with_its_key_as_reference(there: Receiver) -> None:
    notify, key = Taking(there), uuid4()
    assert sent(Notify(NOTIFY_KEY, "t1", "email", url=there.url), key=key) == SENT
    assert sent(Notify(NOTIFY_KEY, "t2", "sms", url=there.url), key=key) == SENT
    mail, text = notify.taken
    assert mail.path == "/v2/notifications/email"
    assert mail.headers["Authorization"].startswith("Bearer ")
    assert mail.json == {
        **{"email_address": EMAIL, "template_id": "t1", "reference": str(key)},
        "personalisation": {"subject": MAIL.subject, "body": MAIL.text},
    }
    assert text.path == "/v2/notifications/sms"
    assert (text.json["phone_number"], text.json["personalisation"]) == (TO.phone, {"body": MAIL.brief})
    assert [asked.method for asked in there.asked] == ["POST", "POST"]


def twice(module: ModuleType, there: Receiver) -> int:
    """How many messages Notify has of one that was tried a second time."""
    notify, key = Taking(there), uuid4()
    channel = module.Notify(NOTIFY_KEY, "t1", "email", url=there.url)
    for again in (False, True):
        assert channel.send(TO, MAIL, key=key, again=again) == SENT
    return len(notify.taken)


def test_notify_is_asked_whether_it_has_a_message_before_it_gets_it_again(there: Receiver) -> None:
    assert twice(notify_module, there) == 1
    assert twice(mutated(notify_module, "if again and", "if not again and"), there) == 2


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_what_notify_has_and_could_not_deliver_goes_again_once_it_is_asked_for(there: Receiver, status: str) -> None:
    notify, key = Taking(there), uuid4()
    channel = Notify(NOTIFY_KEY, "t1", "email", url=there.url)
    sent(channel, key=key)
    notify.status = status
    assert sent(channel, key=key, again=True) == SENT
    assert len(notify.taken) == 2


@pytest.mark.parametrize(
    ("status", "words", "outcome"),
    [
        (400, f"email_address Not a valid email address: {EMAIL}", REFUSED),
        (400, f"phone_number {TO.phone} is not possible", REFUSED),
        (400, f"Can't send to {EMAIL} using a team-only API key", LATER),
        (400, "Template not found", LATER),
        *((403, EMAIL, LATER), (429, EMAIL, LATER), (500, EMAIL, AWAY), (503, EMAIL, AWAY)),
    ],
)
def test_what_notify_answers(
    there: Receiver, caplog: pytest.LogCaptureFixture, status: int, words: str, outcome: Outcome
) -> None:
    answering(there, status, {"errors": [{"error": "BadRequestError", "message": words}]})
    with caplog.at_level(logging.DEBUG):
        assert sent(Notify(NOTIFY_KEY, "t1", "email", url=there.url)) == outcome
    assert EMAIL not in caplog.text


def test_notify_offers_to_stop_by_one_click_what_one_can_do_without(there: Receiver) -> None:
    notify = Taking(there)
    mail = msgspec.structs.replace(MAIL, headers={"List-Unsubscribe": "<https://hub.example/stop/x>"})
    assert Notify(NOTIFY_KEY, "t1", "email", url=there.url).send(TO, mail, key=uuid4()) == SENT
    assert notify.taken[0].json["one_click_unsubscribe_url"] == "https://hub.example/stop/x"


def test_a_notify_that_is_away_is_waited_for() -> None:
    assert sent(Notify(NOTIFY_KEY, "t1", "email", url="http://127.0.0.1:1")) == AWAY


# ---- which of them carries what


NOTIFIED = {"notify_key": NOTIFY_KEY, "notify_email": "t1", "notify_sms": "t2"}
HOOKED = {"webhook_url": "https://hooks.example.org/", "webhook_key": KEY}
MAILED = {"mail_url": "smtp://127.0.0.1:25", "mail_from": "hub@trellis.example"}
HERE = {"url": "https://hub.example.org"}


@pytest.mark.parametrize(
    ("said", "email", "sms"),
    [
        (MAILED | NOTIFIED | HOOKED, Smtp, Notify),
        (MAILED | HOOKED, Smtp, Webhook),
        (MAILED, Smtp, None),
        (NOTIFIED | HOOKED, Notify, Notify),
        (HOOKED, Webhook, Webhook),
        (HERE, None, None),
        ({}, Mailbox, Mailbox),
    ],
)
def test_which_channel_serves_which_way(
    network: Network, settings: Settings, said: dict[str, str], email: type | None, sms: type | None
) -> None:
    reminding = Reminding(network, msgspec.structs.replace(settings, **said))
    found = channels(reminding.settings, reminding.connection, reminding.vault, reminding.keys)
    reminding.close()
    expected = {"email": email, "sms": sms, "hub": Pages}
    assert {way: type(channel) for way, channel in found.items()} == {w: c for w, c in expected.items() if c}


# ---- the whole way


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def reminding(network: Network, settings: Settings, there: Receiver) -> Iterator[Reminding]:
    hooked = msgspec.structs.replace(settings, webhook_url=f"{there.url}/", webhook_key=KEY, webhook_own=there.url)
    found = Reminding(network, hooked)
    yield found
    found.close()


def test_after_a_crash_the_webhook_gets_the_same_key_again(
    reminding: Reminding, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminding.insured()
    reminding.plan()
    with monkeypatch.context() as patch:

        def dies(*_: object) -> None:
            raise Killed

        patch.setattr(Webhook, "_answered", dies)
        with pytest.raises(Killed):
            reminding.send()
    reminding.now += LEASE * 2
    reminding.sweep()
    assert reminding.send() == 1
    assert reminding.messages() == [("enterprise", "sent", 2, None)]
    first, second = there.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.json == second.json, "the same link as well"


def test_while_the_webhook_is_away_one_message_is_tried_and_the_rest_waits(
    reminding: Reminding, there: Receiver
) -> None:
    for name in ("Bakery", "Garden", "Shed"):
        reminding.insured(name, email=f"{name}@quillfeather.example")
    reminding.plan()
    reminding.settings = msgspec.structs.replace(
        reminding.settings, webhook_url="http://127.0.0.1:1/", webhook_own="http://127.0.0.1:1"
    )
    assert reminding.send() == 1
    assert sorted(reminding.messages(), key=str) == [
        ("enterprise", "planned", 0, "the channel is away"),
        ("enterprise", "planned", 0, "the channel is away"),
        ("enterprise", "planned", 1, "tried"),
    ]


def test_a_text_message_goes_to_the_telephone(reminding: Reminding, there: Receiver) -> None:
    reminding.insured(phone=TO.phone)
    reminding.prefers("Bakery", "sms")
    reminding.plan()
    assert reminding.send() == 1
    assert (there.asked[0].json["way"], there.asked[0].json["to"]) == ("sms", TO.phone)


def test_whoever_has_no_telephone_gets_mail_and_no_text_message(reminding: Reminding, there: Receiver) -> None:
    reminding.insured()
    reminding.prefers("Bakery", "sms")
    reminding.plan()
    reminding.send()
    assert reminding.messages() == [("enterprise", "sent", 1, None)]
    assert [(each.json["way"], each.json["to"]) for each in there.asked] == [("email", EMAIL)]


def test_what_is_for_the_hub_s_own_pages_is_carried_nowhere(reminding: Reminding, there: Receiver) -> None:
    account = reminding.staff("catalyst")
    reminding.connection.execute("insert into nudge_preference (account, way) values (%s, 'hub')", [account])
    reminding.insured(ends=TUESDAY, email="")
    reminding.plan(TUESDAY)
    reminding.send()
    assert ("catalyst", "sent", 1, None) in reminding.messages()
    assert there.asked == []


class Phones:
    """What carries text messages: it counts those it got."""

    name = "webhook"
    idempotent = True
    disturbs = True

    def __init__(self) -> None:
        self.got: list[str] = []

    def send(self, to: Address, mail: Mail, *, key: UUID, again: bool = False) -> Outcome:
        self.got.append(mail.brief)
        return SENT

    def close(self) -> None:
        pass


def to_a_phone_after(reminding: Reminding, module: ModuleType) -> int:
    """How many text messages go to somebody who wanted them when it was planned, and not any more."""
    reminding.insured(phone=TO.phone)
    reminding.prefers("Bakery", "sms")
    reminding.plan()
    reminding.prefers("Bakery", "email")
    phones, mail = Phones(), Smtp("smtp://127.0.0.1:1", "hub@trellis.example")
    reminding.network.project()
    module.Sender(
        *(reminding.settings, reminding.connection, reminding.vault, reminding.keys),
        {"sms": phones, "email": mail},
        clock=lambda: reminding.now,
    ).batch("E06000066")
    return len(phones.got)


def test_no_text_message_goes_to_whoever_wants_none_any_more(reminding: Reminding) -> None:
    assert to_a_phone_after(reminding, send_module) == 0
    ((way, tried),) = reminding.connection.execute("select way, tried_way from message").fetchall()
    assert (way, tried) == ("sms", "email")


def test_a_text_message_would_go_where_the_way_was_not_asked_anew(reminding: Reminding) -> None:
    """The mutant."""
    sure = mutated(send_module, "message.tried_way or reasons.way(message)", "message.way")
    assert to_a_phone_after(reminding, sure) == 1


def test_text_messages_go_while_the_mail_server_is_away_and_say_who_writes(reminding: Reminding) -> None:
    for name in ("Bakery", "Garden", "Shed"):
        reminding.insured(name, email=f"{name}@quillfeather.example", phone=TO.phone)
    reminding.prefers("Shed", "sms")
    reminding.plan()
    phones, mail = Phones(), Smtp("smtp://127.0.0.1:1", "hub@trellis.example")
    while reminding.send({"email": mail, "sms": phones}):
        pass
    assert [said.startswith("Trellis: Your public liability insurance") for said in phones.got] == [True]
    assert sorted(reminding.messages(), key=str) == [
        ("enterprise", "planned", 0, "the channel is away"),
        ("enterprise", "planned", 1, "tried"),
        ("enterprise", "sent", 1, None),
    ]


def test_the_webhook_of_a_demonstration_is_not_called(reminding: Reminding, there: Receiver) -> None:
    reminding.connection.execute("insert into notice (name, words) values ('demo', 'Invented.')")
    reminding.insured()
    reminding.plan()
    reminding.send()
    assert there.asked == []
