"""The JSON API from outside: what it records, what it refuses and how it says so."""

import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar.testing import TestClient
from network import CORNWALL, SOMERSET, eventually

from events.database import connect, value
from events.projections import ALL, engine
from events.settings import Settings
from hub.app import create_app

AREA = f"/api/areas/{SOMERSET}"
ENTERPRISE = {"name": "Bakery", "origin": "new", "legal_form": "CIC"}
MARKER = "Zebedee Quillfeather"


class Api:
    """A client that gives each write a key of its own, unless told."""

    def __init__(self, client: TestClient, settings: Settings) -> None:
        self.client = client
        self.settings = settings

    def post(
        self, path: str, said: object = None, *, key: str | None = None, body: bytes | None = None
    ) -> httpx.Response:
        content = json.dumps(said if said is not None else {}).encode() if body is None else body
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid4())}
        return self.client.post(path, content=content, headers=headers)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def stored(self) -> object:
        with connect(self.settings.database_url) as connection:
            return value(connection, "select count(*) from event")


@pytest.fixture(scope="module")
def api(module_settings: Settings) -> Iterator[Api]:
    with TestClient(create_app(module_settings), raise_server_exceptions=False) as client:
        api = Api(client, module_settings)
        assert api.post(f"{AREA}/join").status_code == 201
        yield api


@pytest.fixture
def enterprise(api: Api) -> str:
    path = f"{AREA}/enterprises/{uuid4()}"
    assert api.post(path, ENTERPRISE).status_code == 201
    return path


def a_problem(answer: httpx.Response, *, field: str | None = None) -> None:
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    assert said["title"]
    if field is not None:
        assert field in [each["field"] for each in said["errors"]]
        assert all(each["detail"].endswith(".") for each in said["errors"])


def test_a_write_answers_where_it_was_recorded(api: Api) -> None:
    first = api.post(f"{AREA}/enterprises/{uuid4()}", ENTERPRISE).json()
    second = api.post(f"{AREA}/enterprises/{uuid4()}", ENTERPRISE).json()
    assert (first["area"], first["again"]) == (SOMERSET, False)
    # after the first enterprise came what it has to hold
    assert second["position"] == first["position"] + 2


def test_the_feed_gives_every_event_in_order(api: Api, enterprise: str) -> None:
    api.post(f"{enterprise}/milestones", {"kind": "first customer ŵ 🧶"})
    found: list[list[object]] = []
    while page := api.get(f"{AREA}/ledger?after={len(found)}&limit=2").json():
        found.extend(page)
    assert [each[1] for each in found] == list(range(1, len(found) + 1))
    assert found[-1][4] == {"type": "milestone.recorded", "kind": "first customer ŵ 🧶", "note": None}


def test_the_same_key_and_words_record_once(api: Api, enterprise: str) -> None:
    key = str(uuid4())
    first = api.post(f"{enterprise}/milestones", {"kind": "insured"}, key=key).json()
    before = api.stored()
    again = api.post(f"{enterprise}/milestones", body=b' {"note": "", "kind" :\n"insured"}', key=key)
    assert (again.status_code, again.json()) == (201, first | {"again": True})
    assert api.stored() == before


def test_the_same_key_for_something_else_is_refused(api: Api, enterprise: str) -> None:
    key = str(uuid4())
    api.post(f"{enterprise}/milestones", {"kind": "insured"}, key=key)
    before = api.stored()
    assert api.post(f"{enterprise}/milestones", {"kind": "checked"}, key=key).status_code == 422
    assert api.post(f"{enterprise}/pause", {}, key=key).status_code == 422
    assert api.stored() == before


def test_a_registration_with_an_owner_is_the_same_however_often_it_is_sealed(api: Api) -> None:
    path, key = f"{AREA}/enterprises/{uuid4()}", str(uuid4())
    said = ENTERPRISE | {"owner": {"name": "Somebody"}}
    assert api.post(path, said, key=key).json()["again"] is False
    assert api.post(path, said, key=key).json()["again"] is True


REPORT = {"period_starts": "2026-01-01"}
DEEP = b"[" * 200_000

BAD: dict[str, tuple[str, bytes, str]] = {
    "an unknown field": ("milestones", b'{"kind": "x", "sort": 1}', "sort"),
    "a wrong type": ("milestones", b'{"kind": 1}', "kind"),
    "a missing field": ("milestones", b"{}", "kind"),
    "nothing in a line": ("milestones", b'{"kind": "  "}', "kind"),
    "too long a line": ("milestones", json.dumps({"kind": "x" * 121}).encode(), "kind"),
    "NUL": ("milestones", b'{"kind": "a\\u0000b"}', "kind"),
    "NUL in a text": ("milestones", b'{"kind": "x", "note": "a\\u0000b"}', "note"),
    "a line break in a line": ("milestones", b'{"kind": "a\\nb"}', "kind"),
    "a lone surrogate": ("milestones", b'{"kind": "a\\ud800b"}', "body"),
    "broken UTF-8": ("milestones", b'{"kind": "a\xff\xfeb"}', "body"),
    "UTF-16": ("milestones", '{"kind": "x"}'.encode("utf-16"), "body"),
    "no body": ("milestones", b"", "body"),
    "null": ("milestones", b"null", "body"),
    "a list": ("milestones", b"[]", "body"),
    "half a body": ("milestones", b'{"kind": "x', "body"),
    "a form": ("milestones", b"kind=x", "body"),
    "deep nesting": ("milestones", DEEP, "body"),
    "deep nesting in a field": ("milestones", b'{"kind": ' + DEEP, "body"),
    "10 MB": ("milestones", b'{"kind": "x", "note": "' + b"x" * 10_000_000 + b'"}', "body"),
    "a day to come": ("milestones", b'{"kind": "x", "on": "2999-01-01"}', "on"),
    "a day long ago": ("milestones", b'{"kind": "x", "on": "1066-10-14"}', "on"),
    "no day": ("milestones", b'{"kind": "x", "on": "2026-02-30"}', "on"),
    "a moment for a day": ("milestones", b'{"kind": "x", "on": 1767225600}', "on"),
    "a huge number": ("activity", b'{"period_starts": "2026-01-01", "jobs": 1' + b"0" * 400 + b"}", "jobs"),
    "a huge exponent": ("activity", b'{"period_starts": "2026-01-01", "hours_per_week": 1e300}', "hours_per_week"),
    "below 0": ("activity", b'{"period_starts": "2026-01-01", "jobs": -1}', "jobs"),
    "half a job": ("activity", b'{"period_starts": "2026-01-01", "jobs": 0.5}', "jobs"),
    "NaN": ("activity", b'{"period_starts": "2026-01-01", "hours_per_week": NaN}', "body"),
    "Infinity": ("activity", b'{"period_starts": "2026-01-01", "hours_per_week": -Infinity}', "body"),
    "nothing reported": ("activity", b'{"period_starts": "2026-01-01"}', "people_supported"),
    "a period that ends before it starts": (
        "activity", b'{"period_starts": "2999-02-01", "jobs": 1}', "period_starts",
    ),
    "a choice that is none": ("stages", b'{"stage": "retired"}', "stage"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_by_its_field_and_nothing_is_stored(api: Api, enterprise: str, what: str) -> None:
    path, body, field = BAD[what]
    before = api.stored()
    a_problem(api.post(f"{enterprise}/{path}", body=body), field=field)
    assert api.stored() == before


@pytest.mark.parametrize("area", ["E99999999", "E10000027", "%00", "%ff%fe", "e06000066", "UK", "x" * 300, CORNWALL])
def test_an_area_that_does_not_take_part_is_refused(api: Api, area: str) -> None:
    before = api.stored()
    for path in ("enterprises/" + str(uuid4()), "leave", "corrections"):
        said = (
            ENTERPRISE
            if "enterprises" in path
            else {"position": 1, "reason": "mistyped"}
            if path == "corrections"
            else {}
        )
        a_problem(api.post(f"/api/areas/{area}/{path}", said))
    if area not in ("UK", CORNWALL):
        a_problem(api.post(f"/api/areas/{area}/join"), field="area")
        a_problem(api.get(f"/api/areas/{area}/ledger"), field="area")
    assert api.stored() == before


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({}, "Idempotency-Key"),
        ({"Idempotency-Key": ""}, "Idempotency-Key"),
        ({"Idempotency-Key": "x" * 101}, "Idempotency-Key"),
        ({"Idempotency-Key": "a\x00b"}, "Idempotency-Key"),
        ({"Idempotency-Key": "clé"}, "Idempotency-Key"),
    ],
)
def test_a_missing_or_silly_key_is_refused_by_name(
    api: Api, enterprise: str, headers: dict[str, str], field: str
) -> None:
    before = api.stored()
    raw = {name: text.encode("latin-1") for name, text in headers.items()}
    answer = api.client.post(f"{enterprise}/milestones", content=b'{"kind": "x"}', headers=raw)  # pyright: ignore[reportArgumentType]
    assert answer.status_code == 400
    a_problem(answer, field=field)
    assert api.stored() == before


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(("after=" + wrong, "after") for wrong in ("-1", "x", "", "9" * 40)),
        *(("limit=" + wrong, "limit") for wrong in ("-5", "0", "1001", "%00", "x")),
    ],
)
def test_a_feed_asked_for_badly_is_refused(api: Api, query: str, field: str) -> None:
    a_problem(api.get(f"{AREA}/ledger?{query}"), field=field)


@pytest.mark.parametrize("query", ["on=x", "on=%00", "known=2999-01-01", "on=2999-01-01", "on=" + "9" * 999, "on=%ff"])
def test_a_picture_asked_for_badly_is_refused(api: Api, query: str) -> None:
    a_problem(api.get(f"/api/national?{query}"), field=query.partition("=")[0])


def test_a_map_of_what_is_not_counted_is_refused(api: Api) -> None:
    a_problem(api.get("/?by=nonsense"), field="by")


def test_an_id_that_is_none_is_refused(api: Api) -> None:
    a_problem(api.post(f"{AREA}/enterprises/bakery/milestones", {"kind": "x"}))
    a_problem(api.post(f"{AREA}/enterprises/{uuid4()}/milestones", {"kind": "x"}), field="enterprise")


def test_another_method_is_refused(api: Api, enterprise: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", "GET"):
        assert api.client.request(method, f"{enterprise}/milestones").status_code == 405


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"position": 9999, "reason": "mistyped"}, "position"),
        ({"position": 0, "reason": "mistyped"}, "position"),
        ({"position": 10**30, "reason": "mistyped"}, "position"),
        ({"position": 2, "reason": "She is ill."}, "reason"),
        ({"position": 1, "reason": "mistyped", "replacement": {"focus": 1}}, "replacement.focus"),
        ({"position": 1, "reason": "mistyped", "replacement": {"on": 5}}, "replacement.on"),
        ({"position": 1, "reason": "mistyped", "replacement": {"on": "2999-01-01"}}, "on"),
        ({"position": 1, "reason": "mistyped", "replacement": []}, "replacement"),
        ({"position": 1, "reason": "mistyped", "replacement": {"": {}}}, "replacement"),
        ({"position": 1, "reason": "mistyped", "note": "x"}, "note"),
        ({"position": 1, "reason": "mistyped", "replacement": {"focus": "\0"}}, "replacement.focus"),
    ],
)
def test_a_correction_that_does_not_fit_is_refused(api: Api, enterprise: str, said: object, field: str) -> None:
    before = api.stored()
    a_problem(api.post(f"{AREA}/corrections", said), field=field)
    assert api.stored() == before


def test_a_correction_is_recorded_and_cannot_itself_be_corrected(api: Api, enterprise: str) -> None:
    position = api.post(f"{enterprise}/milestones", {"kind": "insured"}).json()["position"]
    corrected = api.post(
        f"{AREA}/corrections", {"position": position, "reason": "mistyped", "replacement": {"kind": "checked"}}
    )
    assert corrected.status_code == 201
    a_problem(
        api.post(f"{AREA}/corrections", {"position": corrected.json()["position"], "reason": "mistyped"}),
        field="position",
    )


def test_without_the_write_key_nothing_is_recorded(module_settings: Settings) -> None:
    with TestClient(create_app(msgspec.structs.replace(module_settings, write_key="s3cret"))) as client:
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        assert client.post(f"/api/areas/{CORNWALL}/join", content=b"{}", headers=headers).status_code == 401
        for wrong in ("Bearer wrong", "s3cre", "Basic s3cret", "", "Bearer sécret"):
            given = headers | {"Authorization": wrong}
            raw = {name: text.encode("latin-1") for name, text in given.items()}
            assert client.post(f"/api/areas/{CORNWALL}/join", content=b"{}", headers=raw).status_code == 401  # pyright: ignore[reportArgumentType]
        given = headers | {"Authorization": "Bearer s3cret"}
        assert client.post(f"/api/areas/{CORNWALL}/leave", content=b"{}", headers=given).status_code in (404, 422)


def test_what_was_posted_shows_in_the_picture(api: Api, enterprise: str) -> None:
    with connect(api.settings.database_url) as connection:
        before = api.get("/api/national").json()["figures"]["enterprises"]["value"] or 0
        api.post(f"{AREA}/enterprises/{uuid4()}", ENTERPRISE)
        engine.catch_up_all(connection, ALL, folds=engine.Folds())
    eventually(lambda: api.get("/api/national").json()["figures"]["enterprises"]["value"] > before)


def test_nothing_personal_is_in_errors_logs_or_the_ledger(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    path = f"{AREA}/enterprises/{uuid4()}"
    owner = {"name": MARKER, "email": f"{MARKER}@example.org", "phone": MARKER}
    said = ENTERPRISE | {"owner": owner}
    answers = [
        api.post(path, said),
        api.post(path, said),  # registered already
        api.post(f"{path}/milestones", {"kind": "x", "note": MARKER}),
        api.post(f"{path}/milestones", {"kind": "x", "note": MARKER, "on": "2999-01-01"}),
        api.post(path, said | {"owner": owner | {"name": MARKER * 10}}),
        api.post(path, said | {"owner": MARKER}),
        api.post(path, said | {"services": [MARKER] * 30}),
        api.post(
            f"{AREA}/corrections", {"position": 1, "reason": "mistyped", "replacement": {"focus": 1, MARKER: MARKER}}
        ),
        api.post(f"{path}/pause", {"reason": MARKER}),
        api.post(f"{path}/pause", {"reason": "moving", "note": MARKER}),
        api.post(f"{path}/close", {"note": MARKER}),
        api.post(f"{AREA}/corrections", {"position": 1, "reason": MARKER}),
        api.post(f"{AREA}/corrections", {"position": 1, "reason": "mistyped", "note": MARKER}),
    ]

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError(f"a bug that quotes {MARKER}")

    monkeypatch.setattr("hub.db.seal", break_down)
    answers.append(api.post(f"{AREA}/enterprises/{uuid4()}", said))
    assert [answer.status_code for answer in answers][:3] == [201, 422, 201]
    assert answers[-1].status_code == 500
    told = [json.dumps(each.get("detail", "")) for answer in answers for each in [answer.json()]]
    assert MARKER not in "".join(told)
    assert MARKER not in caplog.text
    assert "a bug answered" in caplog.text
    with connect(api.settings.database_url) as connection:
        kept = value(connection, "select string_agg(e::text, '') from event e")
    assert MARKER not in str(kept)
