"""Marks that nobody would write by chance, put wherever something is sealed: once erased, they are nowhere.

What is looked through is what somebody would have who copied everything: both databases as SQL, with every box opened
that any key in the vault opens, the queue, the logs at their most talkative, and the folders.
"""

import html
import io
import logging
import re
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
import redis
from dumps import pg
from house import House, house_on
from network import SOMERSET, Network, Server, hub, reaching
from one_of_each import project

from events import catalogue, erasing, ledger
from events.base import Sealed, now, today
from events.database import connect
from events.links import token_digest
from events.personal_data import sealed_in, sealed_kinds
from events.settings import Settings
from events.vault import Vault, unseal
from hub.corrections.routes import INPUTS
from hub.edges.limits import Limits
from hub.forms.catalogue import FORMS
from hub.lists.catalogue import LISTINGS
from workers.channels.channel import Address, Mail
from workers.channels.mailbox import Mailbox

OWNER = {"name": "Zebedee-canary-name", "email": "canary-mail@zebedee.example", "phone": "canary-phone-0711"}
NOTE = "canary-note about Zebedee"
CORRECTED_OWNER = {"name": "Zebedee-canary-corrected", "email": "", "phone": ""}
CORRECTED_NOTE = "canary-corrected-note about Zebedee"
PAUSE_NOTE, CLOSING_NOTE, CORRECTION_NOTE = (f"canary-{of}-note about Zebedee" for of in ("pause", "closing", "why"))
SENT_OWNER = "Zebedee-canary-sent"
ENQUIRER = {"name": "Zebedee-canary-idea", "email": "", "phone": ""}
LEARNER, SKILLED = "Zebedee-canary-learner", "Zebedee-canary-skilled"
CHECK_NOTE, ACTION, WAIVER_NOTE, MESSAGE, ANSWER = (
    f"canary-{of} about Zebedee" for of in ("check", "action", "waiver", "message", "answer")
)
CERTIFICATE = "canary-certificate of Zebedee"
TOLD, POLICY = "canary-told by a link: Zebedee moved", "canary-policy of Zebedee"
LACKS, REFERRED = (
    {"name": f"Zebedee-canary-{of}", "contact": f"canary-{of}-0711", "wants": f"canary-{of}-wants"}
    for of in ("lacks", "referred")
)
FEEDBACK, ACKNOWLEDGED = (f"canary-{of} about Zebedee" for of in ("feedback", "acknowledged"))
WHY = "canary-reason: Zebedee phoned"
"""Why somebody looked: not sealed, and on record from the moment they did."""
MARKS = {
    SENT_OWNER,
    WHY,
    *OWNER.values(),
    CORRECTED_OWNER["name"],
    NOTE,
    CORRECTED_NOTE,
    PAUSE_NOTE,
    CLOSING_NOTE,
    CORRECTION_NOTE,
    ENQUIRER["name"],
    LEARNER,
    SKILLED,
    CHECK_NOTE,
    ACTION,
    WAIVER_NOTE,
    MESSAGE,
    ANSWER,
    CERTIFICATE,
    TOLD,
    POLICY,
    FEEDBACK,
    ACKNOWLEDGED,
    *LACKS.values(),
    *REFERRED.values(),
}
WHERE_PUT = {
    ("EnterpriseRegistered", "owner"),
    ("MilestoneRecorded", "note"),
    ("EnterprisePaused", "note"),
    ("EnterpriseClosed", "note"),
    ("EntryCorrected", "note"),
    ("EnquiryReceived", "enquirer"),
    ("TrainingCompleted", "person"),
    ("CompetenceObserved", "person"),
    ("QualityCheckCompleted", "note"),
    ("ActionAgreed", "what"),
    ("RequirementWaived", "note"),
    ("EvidenceSubmitted", "reference"),
    ("NeedRecorded", "person"),
    ("NeedShared", "message"),
    ("NeedResponded", "note"),
    ("ReferralMade", "person"),
    ("NudgeAnswered", "note"),
    ("FeedbackGiven", "verbatim"),
    ("FeedbackAcknowledged", "answer"),
}

_BOX = re.compile(rb'\{"subject":"([0-9a-f-]{36})","box":"([A-Za-z0-9+/=]+)"\}')
_BYTES = re.compile(rb"([0-9a-f-]{36})\t\\\\x([0-9a-f]+)")
"""A box that a table holds as bytes, beside whose it is: a letter that was kept, or a file that was sent."""
_COPIED_KEY = re.compile(rb"^([0-9a-f-]{36})\t\\\\x([0-9a-f]+)\t", re.MULTILINE)


class Canary(House):
    """A house whose every sealed field holds marks."""

    def put_marks(self) -> None:
        self.before = len(list(ledger.read_all(self.connection, SOMERSET)))
        self.enterprise = uuid4()
        registered = self.register(SOMERSET, self.enterprise, OWNER).json()["position"]
        own = f"/api/areas/{SOMERSET}/enterprises/{self.enterprise}"
        position = self.record(f"{own}/milestones", {"kind": "open", "note": NOTE}).json()["position"]
        correct = f"/api/areas/{SOMERSET}/corrections"
        said = {"name": "Bakery", "origin": "new", "legal_form": "CIC", "owner": CORRECTED_OWNER}
        self.record(correct, {"position": registered, "reason": "mistyped", "replacement": said})
        note = {"kind": "open", "note": CORRECTED_NOTE}
        why = {"position": position, "reason": "mistyped", "note": CORRECTION_NOTE}
        self.record(correct, why | {"replacement": note})
        self.record(f"{own}/pause", {"reason": "another reason", "note": PAUSE_NOTE})
        self.record(f"{own}/pause", {"note": PAUSE_NOTE}, status=422)
        self.record(f"{own}/resume", {})
        self.put_newer_marks(own)
        self.put_marks_of_reminders()
        self.record(f"{own}/close", {"reason": "retired", "note": CLOSING_NOTE})
        self.record(f"{own}/milestones", {"kind": "", "note": NOTE}, status=400)
        self.record(f"{own}/milestones", {"kind": "late", "note": NOTE, "on": "1999-01-01"}, status=422)
        self.record(f"{own}", {"name": "Bakery", "owner": OWNER, "no_such": 1}, status=400)
        self.send(f"{SOMERSET},canary,Bakery,new,CIC,2026-05-03,{SENT_OWNER}", status=200)
        self.send(f"{SOMERSET},canary,Bakery,new,empire,{SENT_OWNER},{SENT_OWNER}", status=422)

    def put_newer_marks(self, own: str) -> None:
        area = f"/api/areas/{SOMERSET}"
        self.need, self.referral, self.lesson, self.barrier = (uuid4() for _ in range(4))
        lesson = {"title": "Ask", "tried": "We asked.", "context": "A town.", "result": "Six came."}
        self.record(f"{area}/lessons/{self.lesson}", lesson)
        barrier = {"topic": "insurance", "title": "No insurer", "enterprise": str(self.enterprise)}
        self.record(f"{area}/barriers/{self.barrier}", barrier)
        self.record(f"{area}/enterprises/{uuid4()}/enquiry", {"name": "Pies", "enquirer": ENQUIRER})
        helper = {"who": "somebody who helps"}
        self.record(f"{own}/training", helper | {"course": "first aid", "person": LEARNER})
        self.record(f"{own}/competence", helper | {"skill": "personal care", "person": SKILLED})
        check = {"check": str(uuid4()), "result": "met", "checklist": "2026", "note": CHECK_NOTE}
        self.record(f"{own}/quality-checks", check)
        self.record(f"{own}/actions", {"action": str(uuid4()), "due": today().isoformat(), "what": ACTION})
        held = {"requirement": "public liability insurance"}
        shown = {"evidence": str(uuid4()), "kind": "a letter", "valid_from": "2026-05-03", "reference": CERTIFICATE}
        self.record(f"{own}/evidence", held | shown)
        self.record(f"{own}/requirements/waived", held | {"reason": "another reason", "note": WAIVER_NOTE})
        need, basis = self.need, {"lawful_basis": "public task"}
        waiting = {"service": "company", "waiting_since": "2026-05-03"}
        lacking = {"source": "a conversation", "person": LACKS | basis}
        self.record(f"{area}/needs/{need}", waiting | lacking)
        self.record(f"{area}/needs/{need}/shared", {"message": MESSAGE})
        answered = {"enterprise": str(self.enterprise), "answer": "can help", "note": ANSWER}
        self.record(f"{area}/needs/{need}/responses", answered)
        referred = {"enterprise": str(self.enterprise), "referrer": "the council", "person": REFERRED | basis}
        self.record(f"{area}/referrals/{self.referral}", waiting | referred)
        self.feedback = uuid4()
        given = {"verbatim": FEEDBACK, "owner": "the Catalyst", "enterprise": str(self.enterprise)}
        self.record(f"{area}/feedback/{self.feedback}", given)
        self.record(f"{area}/feedback/{self.feedback}/acknowledged", {"answer": ACKNOWLEDGED})

    def put_marks_of_reminders(self) -> None:
        """A letter to the owner, what the enterprise told by its link, and the file it sent along."""
        owner = next(found.sealed.subject for entry in self.entries() for found in sealed_in(entry.event))
        letter = f"Dear {OWNER['name']}, your insurance runs out."
        mail = Mail(subject=letter, text=letter, html=letter, brief=letter)
        to = Address(area=SOMERSET, subject=owner, name=OWNER["name"], email=OWNER["email"])
        message, token = uuid4(), "canary-link"
        with connect(self.settings.vault_url) as keys:
            Mailbox(self.connection, Vault(self.settings.vault_key), keys).send(to, mail, key=message)
        self.connection.execute(
            "insert into due_link (area, token, purpose, message, recipient_kind, recipient, ends_at)"
            " values (%s, %s, 'due', %s, 'enterprise', %s, %s)",
            [SOMERSET, token_digest(token), message, self.enterprise, now() + timedelta(days=60)],
        )
        project(self)
        self.tell_by_link(token, "/changed", note=TOLD)
        proof = {"valid_from": today().isoformat(), "kind": "a certificate", "reference": CERTIFICATE}
        self.tell_by_link(token, "/renewed?what=public liability insurance", file=POLICY, **proof)

    def tell_by_link(self, token: str, step: str, *, file: str = "", **said: str) -> None:
        shown = self.client.get(f"/due/{token}{step}", headers={"accept": "text/html"}).text
        hidden = re.findall(r'type="hidden" name="(\w+)" value="(.*?)"', shown)
        fields = {name: html.unescape(value) for name, value in hidden} | said
        path, headers = f"/due/{token}{step.partition('?')[0]}", {"accept": "text/html"}
        if file:
            parts = {"file": ("policy.pdf", f"%PDF-1.4\n{file}\n%%EOF\n".encode(), "application/pdf")}
            answer = self.client.post(path, data=fields, files=parts, headers=headers, follow_redirects=False)
        else:
            answer = self.client.post(path, data=fields, headers=headers, follow_redirects=False)
        assert answer.status_code == 303, answer.text

    def entries(self) -> list[ledger.Recorded]:
        """What was recorded since the first mark was put."""
        return list(ledger.read_all(self.connection, SOMERSET))[self.before :]

    def streams(self) -> set[str]:
        """Ids of what data can be sealed for that is no person: an enterprise, a need, a referral, feedback."""
        return {str(each) for each in (self.enterprise, self.need, self.referral, self.feedback)}

    def send(self, row: str, *, status: int) -> None:
        heading = "area,reference,name,origin,legal_form,registered_on,owner_name"
        assert self.catalyst.send("/import", f"{heading}\n{row}", kind="enterprises").status_code == status

    def subjects(self) -> list[UUID]:
        """Everybody and everything that a mark is sealed for."""
        return list(dict.fromkeys(found.sealed.subject for entry in self.entries() for found in sealed_in(entry.event)))

    def use_everything(self) -> str:
        """Every page and file that could say something about the enterprise or its people, as who may see most."""
        shown = []
        for subject in self.subjects():
            shown += [
                self.catalyst.get(f"/people/{subject}"),
                self.catalyst.post(f"/people/{subject}", why=WHY),
                self.person("national").post(f"/people/{subject}/break-glass", why=WHY),
                self.catalyst.post(f"/people/{subject}/export", why=WHY),
            ]
        for path in (
            "/",
            "/national/areas.csv",
            "/national/curves.csv",
            "/growth",
            "/figures/enterprises",
            "/figures/milestones",
            "/api/national",
            f"/api/areas/{SOMERSET}/ledger?after=0&limit=1000",
            f"/areas/{SOMERSET}/enterprises/{self.enterprise}/people",
            "/audit",
            "/audit.csv",
            "/erasures",
            "/data-map",
            "/metrics",
            *self.working_pages(),
        ):
            shown.append(self.opened(path))
        for (id,) in self.connection.execute("select evidence from evidence_file").fetchall():
            shown.append(self.catalyst.get(f"/areas/{SOMERSET}/evidence/{id}"))
        texts = [each.text for each in shown if not each.content.startswith(b"PK")]
        for each in shown:
            if each.content.startswith(b"PK"):
                archive = zipfile.ZipFile(io.BytesIO(each.content))
                texts += [archive.read(name).decode() for name in archive.namelist()]
        return "\n".join(texts)

    def opened(self, path: str) -> httpx.Response:
        """A page, as somebody who may see it; that of a form leads to itself."""
        who = self.catalyst if path.startswith(("/home", "/choose", f"/areas/{SOMERSET}/record")) else self.lead
        answer = who.get(path)
        answer = who.get(answer.headers["location"]) if answer.status_code == 303 else answer
        assert answer.status_code == 200, path
        return answer

    def working_pages(self) -> Iterator[str]:
        """Pages, lists and files of a Catalyst's work, and each entry to be looked at and to be corrected."""
        yield from ("/home", "/choose/milestone", "/lists", "/learning", f"/areas/{SOMERSET}")
        for listing in LISTINGS:
            yield from (f"/{listing.name}", f"/{listing.name}.csv", f"/{listing.name}.xlsx")
        for kind, id in (
            ("enterprises", self.enterprise),
            ("needs", self.need),
            ("referrals", self.referral),
            ("learning", self.lesson),
            ("barriers", self.barrier),
            ("feedback", self.feedback),
        ):
            yield f"/{kind}/{id}"
        abouts = {
            "enterprise": self.enterprise,
            "need": self.need,
            "referral": self.referral,
            "lesson": self.lesson,
            "feedback": self.feedback,
        }
        for form in FORMS.values():
            if form.about in abouts:
                yield f"/areas/{SOMERSET}/record/{form.name}?about={abouts[form.about]}"
        for entry in self.entries():
            if type(entry.event) in INPUTS:
                yield f"/areas/{SOMERSET}/recorded/{entry.position}"
                yield f"/areas/{SOMERSET}/recorded/{entry.position}/correct"


@pytest.fixture
def settings(server: Server, settings: Settings) -> Settings:
    return reaching(settings, vault=server.database("vault"))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A file of everything that any logger says."""
    file = tmp_path / "debug.log"
    handler = logging.FileHandler(file)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield file
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def canary(settings: Settings, network: Network, log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Canary]:
    monkeypatch.setattr(Limits, "count", lambda *_: None)
    with house_on(settings, network) as house:
        found = Canary(house.settings, house.connection, house.client)
        found.put_marks()
        network.project()
        yield found


def copied(settings: Settings, log: Path) -> bytes:
    """Everything that is kept anywhere, as somebody would have it who also has the master key."""
    ledger, vault = pg("pg_dump", settings.database_url), pg("pg_dump", settings.vault_url)
    with redis.Redis.from_url(settings.redis_url) as queue:
        queued = b"\n".join(key + (queue.dump(key) or b"") for key in queue.scan_iter())
    files = b"\n".join(each.read_bytes() for each in settings.data.rglob("*") if each.is_file())
    return b"\n".join([ledger, vault, queued, log.read_bytes(), files, *opened(settings, ledger, vault)])


def opened(settings: Settings, ledger: bytes, vault: bytes) -> Iterator[bytes]:
    """What every box in the one dump says, as far as any key in the other opens it."""
    keys = dict(_COPIED_KEY.findall(vault))
    master = Vault(settings.vault_key)
    boxes = [(subject, b64decode(box)) for subject, box in _BOX.findall(ledger)]
    boxes += [(subject, bytes.fromhex(box.decode())) for subject, box in _BYTES.findall(ledger)]
    for subject, box in boxes:
        wrapped = keys.get(subject)
        if wrapped is None:
            continue
        sealed: Sealed[msgspec.Raw] = Sealed(subject=UUID(subject.decode()), box=box)
        key = master._unwrap(sealed.subject, bytes.fromhex(wrapped.decode()))
        plain = bytes(unseal(sealed, key=key, type=msgspec.Raw))
        yield plain
        with suppress(ValueError):  # a file is kept as the text of its bytes
            yield b64decode(plain.strip(b'"'), validate=True)


def seen(text: bytes | str) -> set[str]:
    found = text if isinstance(text, bytes) else text.encode()
    return {mark for mark in MARKS if mark.encode() in found}


def erase(canary: Canary) -> None:
    for subject in canary.subjects():
        asked = canary.catalyst.post(f"/areas/{SOMERSET}/people/{subject}/erasure", basis="asked by the person")
        assert asked.status_code == 303
        row = canary.connection.execute("select id from erasure where subject = %s", [subject]).fetchone()
        assert row is not None
        assert canary.lead.post(f"/areas/{SOMERSET}/erasures/{row[0]}/approve").status_code == 303
    canary.tick()


def test_marks_are_put_wherever_something_can_be_sealed() -> None:
    kinds = {kind for type in catalogue.TYPES for kind in sealed_kinds(type)}
    assert {(struct.__name__, field) for struct, field in kinds} == WHERE_PUT, "put a mark into the new field too"


def test_once_a_person_is_erased_no_mark_is_left_anywhere(
    canary: Canary, settings: Settings, network: Network, log: Path
) -> None:
    network.project()
    before = network.national().picture
    assert seen(canary.use_everything()) == MARKS, "while the keys are there, the marks are seen"
    closed = pg("pg_dump", settings.database_url) + log.read_bytes()
    assert seen(closed) == {WHY}, "the rest is sealed even then"
    assert seen(log.read_bytes()) == set(), "and no log says any of it"
    assert seen(copied(settings, log)) == MARKS, "whoever has both databases reads everything"

    erase(canary)

    assert seen(canary.use_everything()) == set()
    assert seen(copied(settings, log)) == set()
    assert network.national().picture == before
    for check in (["verify"], ["rebuild", "national"]):
        done = hub(settings, *check)
        assert done.returncode == 0, done.stdout + done.stderr
    assert seen(copied(settings, log)) == set()


def test_what_stands_now_holds_nothing_of_anybody_sealed_or_not(
    canary: Canary, settings: Settings, network: Network
) -> None:
    """So there is nothing to erase in it, and nothing in it changes when somebody is erased."""
    network.project()
    before = standing(settings)
    assert "Bakery" in before.decode(), "it is the right dump"
    assert seen(before) == set()
    assert not _BOX.search(before)
    subjects = canary.subjects()
    assert not {str(each) for each in subjects if str(each).encode() in before} - canary.streams()
    erase(canary)
    network.project()
    assert standing(settings) == before
    network.connection.execute("update work_1.enterprise set milestone = %s", [OWNER["name"]])
    assert seen(standing(settings)) == {OWNER["name"]}, "and it would be seen"


def standing(settings: Settings) -> bytes:
    """The tables of what stands now, as SQL."""
    dump = pg("pg_dump", settings.database_url, "--schema=work_1", "--data-only", "--inserts")
    return b"\n".join(sorted(line for line in dump.splitlines() if line.startswith(b"INSERT")))


def test_a_key_that_is_not_destroyed_is_noticed(
    canary: Canary, settings: Settings, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: erasing says that it is done, and leaves the key where it was."""
    monkeypatch.setattr(erasing, "destroy_keys", lambda vault, subjects: None)
    erase(canary)
    assert seen(copied(settings, log)) == MARKS - {WHY}
    assert seen(canary.use_everything()) == set(), "pages go by the order, and show nothing even so"


def test_a_reason_that_is_left_is_noticed(
    canary: Canary, settings: Settings, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: erasing leaves why somebody looked, until the next sweep takes it out."""
    canary.use_everything()
    with monkeypatch.context() as mutant:
        mutant.setattr(erasing, "take_out_why", lambda connection, subjects: None)
        erase(canary)
    assert seen(copied(settings, log)) == {WHY}
    with connect(settings.vault_url) as vault:
        assert erasing.erase_again(canary.connection, vault, folder=settings.heads) == 0
    assert seen(copied(settings, log)) == set()


def test_a_log_that_says_too_much_is_noticed(canary: Canary, settings: Settings, log: Path) -> None:
    erase(canary)
    logging.getLogger("hub").debug("somebody typed %s", OWNER["name"])
    assert seen(copied(settings, log)) == {OWNER["name"]}
