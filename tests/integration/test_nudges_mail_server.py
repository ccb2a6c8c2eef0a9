"""What goes over the wire to a mail server, and what its refusals mean: for whom a mail was, or for this hub."""

from collections.abc import Iterator
from email.message import EmailMessage
from types import ModuleType
from uuid import UUID, uuid4

import pytest
from network import mutated
from post_office import PostOffice, post_office

from workers.channels import smtp as smtp_module
from workers.channels.channel import AWAY, LATER, SENT, Address, Mail, Outcome
from workers.channels.smtp import Smtp

FROM = "Trellis <hub@trellis.example>"
MAIL = Mail(subject="It runs out", text="It runs out.\n.\nSoon.\n", html="<p>It runs out — soon.</p>\n", brief="")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    with post_office(tmp_path_factory.mktemp("post")) as found:
        yield found


@pytest.fixture
def office(running: PostOffice) -> PostOffice:
    for file in running.folder.glob("*"):
        file.unlink()
    return running


def to(email: str, name: str = "Wilhelmina Quillfeather") -> Address:
    return Address(area="E06000066", subject=UUID(int=7), name=name, email=email, language="cy")


def parts(mail: EmailMessage) -> tuple[str, str]:
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert rich is not None
    said = (each.get_content().replace("\r\n", "\n").rstrip() for each in (plain, rich))
    return next(said), next(said)


LONG = "Mae eich yswiriant atebolrwydd cyhoeddus ŵyth niwrnod o ddod i ben, a dyma beth y gallwch chi ei wneud"


@pytest.mark.parametrize(
    ("name", "subject", "text"),
    [
        ("Wilhelmina Quillfeather", "It runs out", "It runs out.\n.\nSoon."),
        ('Quillfeather, "Billie"', "Ŵythnos", "Ŵythnos"),
        ("Llŷr ap Gŵyn, Ynys Môn", LONG, "x" * 2000),
        ("", "2 things", ""),
    ],
)
def test_a_mail_arrives_as_it_was_written(office: PostOffice, name: str, subject: str, text: str) -> None:
    key = uuid4()
    channel = Smtp(office.url, FROM)
    mail = Mail(
        subject=subject, text=text, html=f"<p>{text}</p>", brief="", headers={"List-Unsubscribe": "<https://x>"}
    )
    assert channel.send(to("w@quillfeather.example", name), mail, key=key) == SENT
    channel.close()
    (raw,) = [file.read_bytes() for file in office.folder.glob("*.eml")]
    assert b"\n" not in raw.replace(b"\r\n", b""), "each line ends as the standard asks"
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    (found,) = office.mails()
    assert [part.defects for part in found.walk()] == [[], [], []]
    assert found["To"].addresses[0].display_name == name
    assert found["To"].addresses[0].addr_spec == "w@quillfeather.example"
    assert found["Subject"] == subject
    assert found["Message-ID"] == f"<{key}@trellis.example>"
    assert found["List-Unsubscribe"] == "<https://x>"
    assert found["Content-Language"] == "en", "what the words are in, and not what she would rather read"
    assert parts(found) == (text, f"<p>{text}</p>")


def test_a_sender_may_have_letters_beyond_ascii(office: PostOffice) -> None:
    channel = Smtp(office.url, "Trellis Ŵythnos <hub@trellis.example>")
    assert channel.send(to("w@quillfeather.example"), MAIL, key=uuid4()) == SENT
    channel.close()
    (found,) = office.mails()
    (sender,) = found["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Trellis Ŵythnos", "hub@trellis.example")


@pytest.mark.parametrize("email", ["w@quillfeather.example\r\nBcc: all@example.org", "ŵ@quillfeather.example"])
def test_an_address_that_no_header_can_hold_is_none(office: PostOffice, email: str) -> None:
    assert Smtp(office.url, FROM).send(to(email), MAIL, key=uuid4()) == Outcome("failed", "no address")


@pytest.mark.parametrize(
    ("domain", "outcome"),
    [
        ("refuse.example", Outcome("failed", "refused")),
        ("nobody.example", Outcome("failed", "bounced")),
        ("later.example", LATER),
        ("ours.example", LATER),
        ("unstarted.example", LATER),
    ],
)
def test_what_a_refusal_means_for_a_mail_and_the_next_one_gets_theirs(
    office: PostOffice, domain: str, outcome: Outcome
) -> None:
    channel = Smtp(office.url, FROM)
    assert channel.send(to(f"w@{domain}"), MAIL, key=uuid4()) == outcome
    assert channel.send(to("w@quillfeather.example"), MAIL, key=uuid4()) == SENT
    channel.close()
    assert [mail["To"].addresses[0].domain for mail in office.mails()] == ["quillfeather.example"]


def refused_as_a_sender(module: ModuleType, office: PostOffice) -> Outcome:
    (office.folder / "strangers").touch()
    channel = module.Smtp(office.url, FROM)
    found = channel.send(to("w@quillfeather.example"), MAIL, key=uuid4())
    channel.close()
    return found


def test_a_server_that_does_not_take_this_hub_as_a_sender_counts_as_away(office: PostOffice) -> None:
    assert refused_as_a_sender(smtp_module, office) == AWAY
    # the mutant
    rash = mutated(
        smtp_module, "raise smtplib.SMTPSenderRefused(code, answer, self._from)", 'return Outcome("failed", "refused")'
    )
    assert refused_as_a_sender(rash, office) == Outcome("failed", "refused")
    (office.folder / "strangers").unlink()
    assert smtp_module.Smtp(office.url, FROM).send(to("w@quillfeather.example"), MAIL, key=uuid4()) == SENT
