"""What an enterprise told or sent by its link reaches those who work with it, and nobody else."""

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from linked import PDF, REMINDED, Linked, linked_on, words
from network import CORNWALL, SOMERSET, Fact, Network, forget_attempts

from events.base import in_words, today
from events.nudges import NudgeFailed, NudgeSent
from events.settings import Settings
from hub.due import recording


@pytest.fixture
def linked(network: Network, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Linked]:
    monkeypatch.setattr(recording, "SEEN_WITHIN", 0.0)
    forget_attempts(settings)
    with linked_on(network, settings) as found:
        yield found


def evidence(linked: Linked) -> str:
    linked.renew(PDF)
    linked.network.project()
    (row,) = linked.network.connection.execute("select evidence from evidence_file").fetchall()
    return f"/areas/{SOMERSET}/evidence/{row[0]}"


def test_a_catalyst_gets_the_certificate_as_a_file_and_the_look_is_on_record(linked: Linked) -> None:
    path, catalyst = evidence(linked), linked.person("catalyst")
    assert f'href="{path}"' in catalyst.get(f"/enterprises/{linked.enterprise}").text
    answer = catalyst.get(path)
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert "sandbox" in answer.headers["content-security-policy"]
    looks = linked.network.connection.execute(
        "select who_name, subject, why from look where who <> 'hub:nudges'"
    ).fetchall()
    assert looks == [("Bronwen", linked.enterprise, "to look at evidence")]


def test_nobody_else_gets_it(linked: Linked) -> None:
    path = evidence(linked)
    for who in (linked.person("commissioner"), linked.person("national")):
        assert f'href="{path}"' not in who.get(f"/enterprises/{linked.enterprise}").text
        assert who.get(path).status_code == 403
    abroad = linked.person("catalyst", CORNWALL)
    assert abroad.get(path).status_code == 404
    assert abroad.get(path.replace(SOMERSET, CORNWALL)).status_code == 404
    assert linked.client.get(path, follow_redirects=False).status_code in (303, 401)


def test_once_the_enterprise_is_erased_the_certificate_opens_for_nobody(linked: Linked) -> None:
    path, catalyst = evidence(linked), linked.person("catalyst")
    with linked.erased():
        answer = catalyst.get(path)
    assert answer.status_code == 410
    assert b"%PDF" not in answer.content


def test_what_it_told_waits_at_home_until_somebody_saw_to_it(linked: Linked) -> None:
    answer = linked.post("/stopped", **linked.held("/stopped"), note="We are unwell")
    assert answer.headers.get("location", "").endswith("done=stopped"), answer.text
    linked.network.project()
    catalyst = linked.person("catalyst")
    home = words(catalyst.get("/home").text)
    assert "Told us by a link 1 Bakery It has stopped" in home, home
    assert "Bakery" in words(catalyst.get("/told?state=waits").text)
    told = words(catalyst.get(f"/enterprises/{linked.enterprise}").text)
    assert "It says that it has stopped" in told
    assert "unwell" not in told
    assert "the enterprise, by its link" in told
    (row,) = linked.network.connection.execute("select answer from work_1.told_by_link").fetchall()
    seen = f"/areas/{SOMERSET}/enterprises/{linked.enterprise}/told/{row[0]}/seen"
    assert linked.person("lead").post(seen).status_code == 403
    assert linked.person("catalyst", CORNWALL).post(seen).status_code == 404
    assert [catalyst.post(seen).status_code for _ in range(2)] == [303, 303]
    assert linked.told("nudge.answer_seen") == 1
    linked.network.project()
    assert "No enterprise told us anything by a link" in words(catalyst.get("/home").text)
    assert "It says that it has stopped" not in words(catalyst.get(f"/enterprises/{linked.enterprise}").text)
    assert linked.get("/stopped").status_code == 200, "and it may be told again"


def test_nobody_sees_to_what_was_never_told(linked: Linked) -> None:
    catalyst = linked.person("catalyst")
    answer = catalyst.post(f"/areas/{SOMERSET}/enterprises/{linked.enterprise}/told/{linked.message}/seen")
    assert answer.status_code == 422


def test_that_mail_does_not_arrive_is_told_to_the_catalyst_until_it_does(linked: Linked) -> None:
    catalyst, quay = linked.person("catalyst"), linked.reminding.insured("Quay", ends=REMINDED, email="")
    linked.reminding.plan(REMINDED)
    linked.reminding.send()
    linked.network.project()
    waits = words(catalyst.get("/home").text)
    assert "Reminders that do not arrive 1 Quay No address known" in waits, waits
    page = words(catalyst.get(f"/enterprises/{quay}").text)
    assert f"Reminders do not reach it since {in_words(REMINDED)}. The hub knows no address" in page, page
    assert "do not reach it" not in words(catalyst.get(f"/enterprises/{linked.enterprise}").text)
    assert "do not arrive" not in words(linked.person("catalyst", CORNWALL).get("/home").text)
    (nudge,) = [
        each.stream
        for each in linked.network.events(SOMERSET)
        if isinstance(each.event, NudgeFailed) and each.event.why == "no address"
    ]
    sent = NudgeSent(message=linked.message, channel="smtp", attempt=2)
    linked.network.given(Fact(event=sent, on=today(), area=SOMERSET, stream=nudge))
    linked.network.project()
    assert "Reminders reach every enterprise" in words(catalyst.get("/home").text)
    assert "do not reach it" not in words(catalyst.get(f"/enterprises/{quay}").text)


def test_a_copy_of_all_that_is_held_has_what_was_told_and_the_files(linked: Linked) -> None:
    """Also where nothing but a file was sent: who asks for a copy or for erasing finds it."""
    path, catalyst = evidence(linked), linked.person("catalyst")
    page = catalyst.get(f"/people/{linked.enterprise}").text
    assert f'href="{path}"' in page
    assert linked.post("/changed", **linked.held("/changed"), note="We moved to Taunton").status_code == 303
    answer = catalyst.post(f"/people/{linked.enterprise}/export", why="They asked for a copy")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    (named,) = [each for each in archive.namelist() if each.startswith("evidence-")]
    assert archive.read(named) == PDF
    readable = archive.read("read-me.html").decode()
    assert named in readable
    assert "We moved to Taunton" in readable
    assert json.loads(archive.read("data.json"))["files"][0]["name"] == named
    looks = linked.network.connection.execute("select why, exported from look where who <> 'hub:nudges'").fetchall()
    assert looks == [("They asked for a copy", True)]
    with linked.erased():
        assert catalyst.post(f"/people/{linked.enterprise}/export", why="They asked for a copy").status_code == 410
