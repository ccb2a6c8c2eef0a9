"""The web's edges, for all pages alike."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.robotparser import RobotFileParser

import httpx
import msgspec
import pytest
import redis
from litestar.testing import TestClient
from network import Network, hub
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from events.base import now, today
from events.database import Connection
from events.settings import Settings
from hub.access.keys import make_key
from hub.access.sessions import COOKIE
from hub.app import create_app
from hub.edges import limits
from hub.edges.headers import HEADERS


@pytest.fixture(scope="module")
def client(module_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(module_settings), raise_server_exceptions=False) as client:
        yield client


# ---- HEAD


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/readyz", "/status", "/api/national", "/schema", "/static/favicon.svg", "/nothing-here"]
)
def test_head_answers_as_get_does_without_the_body(client: TestClient, path: str) -> None:
    got, asked = client.get(path), client.head(path)
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert {**asked.headers} == {**got.headers}


def test_head_does_not_open_what_only_takes_posts(client: TestClient) -> None:
    assert client.head("/api/areas/E06000066/join").status_code == 405


# ---- commands


@pytest.mark.parametrize("words", ["serve", "project", "tick", "work", "simulate", "import areas pyproject.toml"])
def test_a_command_that_is_given_no_queue_says_so_in_a_sentence(module_settings: Settings, words: str) -> None:
    wrong = msgspec.structs.replace(module_settings, redis_url="redis://:s3cret@host:notaport")
    done = hub(wrong, *words.split())
    assert done.returncode == 2
    assert "HUB_REDIS_URL is not an address of Redis" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["serve", "work", "simulate"])
def test_a_command_without_a_queue_names_the_setting(module_settings: Settings, words: str) -> None:
    done = hub(msgspec.structs.replace(module_settings, redis_url=""), *words.split())
    assert done.returncode == 2
    assert "There is no queue: set HUB_REDIS_URL" in done.stderr


# ---- headers


@pytest.mark.parametrize("path", ["/", "/static/favicon.svg", "/nothing-here", "/api/national?on=nonsense", "/schema"])
def test_every_answer_is_protected_errors_too(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    for name in HEADERS:
        assert name in headers, name


def test_a_browser_is_told_to_stay_with_tls_only_where_there_is_tls(module_settings: Settings) -> None:
    def told(settings: Settings, base_url: str) -> bool:
        with TestClient(create_app(settings), base_url=base_url) as client:
            return "strict-transport-security" in client.get("/healthz").headers

    assert not told(module_settings, "http://127.0.0.1:8000")
    assert told(module_settings, "https://hub.example.org")
    behind_a_proxy = msgspec.structs.replace(module_settings, url="https://hub.example.org")
    assert told(behind_a_proxy, "http://10.0.0.1:8000")


@pytest.mark.parametrize("headers", [{"cookie": f"{COOKIE}=x"}, {"authorization": "Bearer x"}])
@pytest.mark.parametrize("path", ["/", "/api/national", "/nothing-here", "/account"])
def test_what_was_answered_to_somebody_known_is_kept_by_nobody(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers, follow_redirects=False)
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/").headers.get("cache-control") is None


def test_an_answer_that_sets_a_cookie_is_kept_by_nobody(settings: Settings, network: Network) -> None:
    network.connection.execute("insert into notice (name, words) values ('demo', 'Invented.')")
    with TestClient(create_app(settings), base_url="https://testserver.local") as client:
        own = {"sec-fetch-site": "same-origin"}
        answer = client.post("/sign-in/demo", data={"persona": "lead"}, headers=own, follow_redirects=False)
        assert "set-cookie" in answer.headers
        assert answer.headers["cache-control"] == "no-store"


def test_files_that_are_the_same_for_everybody_are_kept(client: TestClient) -> None:
    kept = client.get("/static/favicon.svg", headers={"cookie": f"{COOKIE}=x"}).headers["cache-control"]
    assert "immutable" in kept


# ---- fixed places


def test_security_txt_says_whom_to_tell_until_when(module_settings: Settings, client: TestClient) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    told = msgspec.structs.replace(
        module_settings, contact="mailto:security@example.org", url="https://hub.example.org"
    )
    with TestClient(create_app(told)) as client:
        answer = client.get("/.well-known/security.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    said = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert said["Contact"] == "mailto:security@example.org"
    assert said["Canonical"] == "https://hub.example.org/.well-known/security.txt"
    assert timedelta(days=100) < datetime.fromisoformat(said["Expires"]) - now() < timedelta(days=365)


def test_crawlers_are_kept_from_the_endless_days(client: TestClient) -> None:
    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").text.splitlines())
    assert robots.can_fetch("anybot", "/")
    assert not robots.can_fetch("anybot", "/api/national")


# ---- how often


@pytest.fixture
def counted(settings: Settings) -> Iterator[Settings]:
    """A hub that others reach, with nothing counted yet."""
    with redis.Redis.from_url(settings.redis_url) as queue:
        queue.flushdb()
        yield msgspec.structs.replace(settings, write_key="s3cret")
        queue.flushdb()


def few(monkeypatch: pytest.MonkeyPatch, name: str, times: int) -> None:
    monkeypatch.setattr(limits, name, msgspec.structs.replace(getattr(limits, name), times=times))


@contextmanager
def asking_from_anywhere(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings)
    app.asgi_handler = ProxyHeadersMiddleware(app.asgi_handler, "*")  # pyright: ignore
    with TestClient(app) as client:
        yield client


def a_429(answer: httpx.Response) -> None:
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 900
    assert answer.headers["content-security-policy"]


def test_pages_are_limited_by_address(counted: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "PAGES", 3)
    with asking_from_anywhere(counted) as client:
        one, other = ({"accept": "text/html", "x-forwarded-for": f"192.0.2.{n}"} for n in (1, 2))
        assert [client.get("/", headers=one).status_code for _ in range(3)] == [200] * 3
        refused = client.get("/", headers=one)
        a_429(refused)
        assert "Too many requests" in refused.text
        assert client.get("/", headers=other).status_code == 200
        for path in ("/healthz", "/static/favicon.svg"):
            assert client.get(path, headers=one).status_code == 200


def test_the_api_is_limited_by_key_and_says_so_in_problem_details(
    counted: Settings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "API", 2)
    one, other = (
        make_key(connection, name="x", actions=["read area"], areas=["UK"], ends_on=today(), created_by="test")
        for _ in range(2)
    )
    with TestClient(create_app(counted)) as client:

        def asked(key: str) -> httpx.Response:
            return client.get("/api/areas/UK/ledger", headers={"authorization": f"Bearer {key}"})

        assert [asked(one).status_code for _ in range(2)] == [200, 200]
        a_429(asked(one))
        assert asked(one).json()["status"] == 429
        assert asked(other).status_code == 200


def test_keys_that_are_made_up_are_counted_together(counted: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "PROGRAMS", 2)
    with TestClient(create_app(counted)) as client:
        answers = [client.get("/api/national", headers={"authorization": f"Bearer {n}"}) for n in range(3)]
    assert [each.status_code for each in answers] == [401, 401, 429]


def test_one_key_is_counted_as_one_however_it_is_written(counted: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "API", 1)
    with TestClient(create_app(counted)) as client:
        answers = [
            client.get("/api/national", headers={"authorization": f"{word} s3cret"}) for word in ("Bearer", "bearer")
        ]
    assert [each.status_code for each in answers] == [200, 429]


@pytest.mark.parametrize(
    ("addresses", "last"),
    [
        (["2001:db8::1", "2001:db8::ffff:1"], 429),
        (["2001:db8::1", "2001:db8:0:1::1"], 200),
        (["192.0.2.1", "192.0.2.2"], 200),
    ],
)
def test_the_addresses_of_one_home_count_as_one(
    counted: Settings, monkeypatch: pytest.MonkeyPatch, addresses: list[str], last: int
) -> None:
    few(monkeypatch, "PAGES", 1)
    with asking_from_anywhere(counted) as client:
        answers = [client.get("/robots.txt", headers={"x-forwarded-for": each}) for each in addresses]
    assert [each.status_code for each in answers] == [200, last]


def test_attempts_to_sign_in_are_limited_and_pages_go_on(counted: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "ATTEMPTS", 2)
    with TestClient(create_app(counted), base_url="https://testserver.local") as client:
        attempts = [client.post("/sign-in/demo", data={"persona": "lead"}) for _ in range(3)]
        assert [each.status_code for each in attempts[:2]] == [403, 403]
        a_429(attempts[2])
        assert client.get("/sign-in").status_code == 200


def test_without_redis_pages_go_on_and_nobody_signs_in(counted: Settings) -> None:
    deaf = msgspec.structs.replace(counted, redis_url="unix:///nowhere/redis")
    with TestClient(create_app(deaf)) as client:
        assert client.get("/").status_code == 200
        refused = client.post("/sign-in/demo", data={"persona": "lead"}, headers={"accept": "text/html"})
        assert refused.status_code == 503
        assert "Nobody can sign in right now." in refused.text


def test_a_redis_that_hangs_makes_one_page_wait_and_not_each(counted: Settings) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hanging = msgspec.structs.replace(counted, redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}")
        with TestClient(create_app(hanging)) as client:
            client.get("/sign-in")
            began = time.monotonic()
            assert [client.get("/sign-in").status_code for _ in range(5)] == [200] * 5
            assert time.monotonic() - began < 1


def test_redis_does_not_show_who_asked(counted: Settings) -> None:
    with asking_from_anywhere(counted) as client:
        client.get("/", headers={"x-forwarded-for": "192.0.2.77"})
    with redis.Redis.from_url(counted.redis_url) as queue:
        names = queue.keys("trellis-limit*")
    assert names
    assert not any(b"192.0.2.77" in name for name in names)


def test_a_hub_for_this_machine_alone_counts_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "PAGES", 1)
    with TestClient(create_app(settings)) as client:
        assert [client.get("/").status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("host", "counts_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("/run/hub.sock", "/run/hub.sock"),
    ],
)
def test_who_counts_as_one(host: str, counts_as: str) -> None:
    assert limits.counted_as(host) == counts_as


@pytest.mark.parametrize("name", ["x" * 5000, "..%2f..%2fpyproject.toml", "%2e%2e%2fapp.py", "a%2fb"])
def test_a_name_that_no_file_has_is_nowhere(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404
