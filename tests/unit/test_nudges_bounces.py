"""Which of the mails that come back tell what became of a message, and of which."""

import pytest

from events.base import named_id
from hub.nudges.bounces import Told, read_report

MESSAGE = named_id("test", "message")


def report(*parts: str, kind: str = "delivery-status") -> bytes:
    """A report as mail servers write it, with these parts."""
    head = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: hub@trellis.example\nSubject: Undelivered\n"
        f"Message-ID: <20260602.{MESSAGE}@mx.example.org>\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
    )
    return (
        head + "".join(f"--b\n{part}\n" for part in ("Content-Type: text/plain\n\nIt came back.", *parts)) + "--b--\n"
    ).encode()


def status(action: str, code: str) -> str:
    return (
        "Content-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.org\nArrival-Date: Tue, 2 Jun 2026 10:00:00 +0100\n\n"
        f"Final-Recipient: rfc822; w@quillfeather.example\nAction: {action}\nStatus: {code}\n"
        "Diagnostic-Code: smtp; 550 nobody of that name\n"
    )


COMPLAINT = "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Somebody/1.0\nVersion: 1\n"
HEADERS = f"Content-Type: text/rfc822-headers\n\nMessage-ID: <{MESSAGE}@trellis.example>\nSubject: It runs out\n"
WHOLE = (
    f"Content-Type: message/rfc822\n\nMessage-ID: <{MESSAGE}@trellis.example>\nSubject: It runs out\n\nIt runs out.\n"
)
SOMEBODY_ELSES = "Content-Type: text/rfc822-headers\n\nMessage-ID: <CAF1234@mail.example>\n"


@pytest.mark.parametrize("sent", [HEADERS, WHOLE])
@pytest.mark.parametrize(
    ("action", "code", "outcome"),
    [
        ("failed", "5.1.1", "bounced"),
        ("failed", "5.1.10 (null MX)", "bounced"),
        ("Failed", "5.2.2", "undelivered"),
        ("failed", "4.4.7", "undelivered"),
        ("failed", "5.7.1", "undelivered"),
        ("delivered", "2.0.0", "delivered"),
        ("delayed", "4.4.1", None),
        ("relayed", "2.0.0", None),
    ],
)
def test_what_a_report_on_delivery_tells(sent: str, action: str, code: str, outcome: str | None) -> None:
    told = read_report(report(status(action, code), sent))
    assert (told and told.outcome) == outcome
    assert told is None or told.message == MESSAGE


def test_what_a_complaint_tells() -> None:
    assert read_report(report(COMPLAINT, WHOLE, kind="feedback-report")) == Told(message=MESSAGE, outcome="complained")
    wanted = COMPLAINT.replace("abuse", "not-spam")
    assert read_report(report(wanted, WHOLE, kind="feedback-report")) is None


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\xff\x00",
        b"From: w@quillfeather.example\nSubject: I am on holiday\n\nUntil Monday.",
        report(status("failed", "5.1.1")),
        report(status("failed", "5.1.1"), SOMEBODY_ELSES),
        report(WHOLE),
    ],
)
def test_other_mail_tells_nothing(mail: bytes) -> None:
    assert read_report(mail) is None
