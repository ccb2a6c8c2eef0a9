"""A provider whose published addresses lead into the network that the hub stands in, and what is called at all."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler
from types import ModuleType

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from identity import CLIENT, SECRET, MadeUpProvider, made_up_provider
from litestar.testing import TestClient
from network import forget_attempts, mutated

from events import outbound as module
from events.base import now
from events.outbound import MOST_ANSWER, NotCalled, NotRead, check_outbound, is_public, outbound
from events.settings import Settings
from hub.access import provider as provider_module
from hub.access.attempts import NotSignedIn
from hub.access.provider import Provider
from hub.app import create_app

HERE = "https://testserver.local"
BACK = f"{HERE}/sign-in/provider/back"
OWN = "https://login.example.org"


class Trap:
    """Something on this machine that is not to be asked: whoever connects is counted, and given a key set."""

    def __init__(self) -> None:
        trap = self
        self.asked: list[str] = []
        self.hosts: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                trap.asked.append(self.path)
                trap.hosts.append(self.headers["host"])
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    thread = threading.Thread(target=trap.server.serve_forever, daemon=True)
    thread.start()
    yield trap
    trap.server.shutdown()
    trap.server.server_close()
    thread.join()


@pytest.fixture
def liar() -> Iterator[MadeUpProvider]:
    with made_up_provider() as provider:
        yield provider


@pytest.fixture
def client(settings: Settings, liar: MadeUpProvider) -> Iterator[TestClient]:
    forget_attempts(settings)
    known = msgspec.structs.replace(
        settings, url=HERE, oidc_issuer=liar.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET
    )
    with TestClient(create_app(known), base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def resolving(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]]) -> None:
    """Let these names have these addresses, as whoever owns a name may decide."""
    real = socket.getaddrinfo

    def answered(host: str, port: object, *rest: object, **more: object) -> object:
        if host not in names:
            return real(host, port, *rest, **more)  # pyright: ignore
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in names[host]]

    monkeypatch.setattr(socket, "getaddrinfo", answered)


# ---- what a provider publishes


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address",
    [
        "TRAP/keys",
        "https://127.0.0.1:1/keys",
        "https://localhost:5432/",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://inside.example/keys",
        "https://half.example/keys",
        "https://[::1]/keys",
        "https://[::ffff:10.0.0.1]/keys",
        "https://0x7f.1/keys",
        "https://2130706433/keys",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "https://login.example.org@127.0.0.1/keys",
        "https://user@public.example/keys",
        "https://login.example.org\\@127.0.0.1/keys",
        "//127.0.0.1/keys",
        "https:///keys",
        "",
    ],
)
def test_an_address_that_leads_inside_is_refused_before_anybody_is_sent_anywhere(
    client: TestClient, liar: MadeUpProvider, trap: Trap, monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    resolving(
        monkeypatch,
        {
            "inside.example": ["10.1.2.3"],
            "half.example": ["93.184.215.14", "192.168.0.1"],
            "public.example": ["93.184.215.14"],
        },
    )
    liar.configuration[name] = address.replace("TRAP", trap.url)
    answer = client.get("/sign-in/provider", follow_redirects=False)
    assert answer.status_code == 403
    assert "sign-in service did not say who you are" in answer.text
    assert trap.asked == []


def exchange(module: ModuleType, liar: MadeUpProvider) -> None:
    """Send somebody to the provider and fetch a token for whoever is back."""
    which = Provider(issuer=liar.issuer, client_id=CLIENT, client_secret=SECRET)
    _, attempt = module.ask(which, redirect=BACK, to="/account")
    liar.claims = liar.good_claims(nonce=attempt.nonce)
    module.answered(which, attempt, redirect=BACK, code="c", state=attempt.state, issuer=None)


def test_this_machine_would_be_asked_without_the_check(liar: MadeUpProvider, trap: Trap) -> None:
    """The mutants: each of the two places that check keeps the trap from being asked by itself."""
    exchange(provider_module, liar)
    liar.configuration["jwks_uri"] = f"{trap.url}/keys"
    unchecked = mutated(provider_module, "check_outbound(each, own=provider.issuer)", "pass")
    with pytest.raises(NotSignedIn):
        exchange(unchecked, liar)
    assert trap.asked == []
    unchecked.__dict__["outbound"] = lambda _: httpx.Client()
    with pytest.raises(NotSignedIn):
        exchange(unchecked, liar)
    assert trap.asked == ["/keys"]


@pytest.mark.parametrize("which", ["token_endpoint", "jwks_uri"])
def test_no_redirect_is_followed(liar: MadeUpProvider, which: str, trap: Trap) -> None:
    liar.redirects = {liar.configuration[which].removeprefix(liar.issuer): f"{liar.issuer}/elsewhere"}
    with pytest.raises(NotSignedIn):
        exchange(provider_module, liar)
    assert "/elsewhere" not in liar.paths
    following = mutated(module, "follow_redirects=False", "follow_redirects=True")
    without = mutated(provider_module, "import secrets", "import secrets")
    without.__dict__["outbound"] = following.outbound
    with pytest.raises(NotSignedIn):
        exchange(without, liar)
    assert "/elsewhere" in liar.paths, "the mutant follows"
    liar.redirects = dict.fromkeys(liar.redirects, f"{trap.url}/keys")
    with pytest.raises(NotSignedIn):
        exchange(without, liar)
    assert trap.asked == [], "each step is checked, even then"


# ---- what is called at all


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("192.0.2.1", False),
        ("192.0.0.8", False),
        ("192.0.0.9", False),
        ("192.0.0.10", False),
        ("192.0.0.170", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("240.0.0.1", False),
        ("::ffff:93.184.215.14", False),
        ("::93.184.215.14", False),
        ("::7f00:1", False),
        ("::ffff:0:7f00:1", False),
        ("64:ff9b:1::a9fe:a9fe", False),
        ("64:ff9b::c000:9", False),
        ("2001:db8::1", False),
        ("2001::1", False),
        ("2002:5db8:d70e::1", False),
        ("4000::1", False),
        ("5f00::1", False),
        ("fec0::1", False),
        ("100::1", False),
        ("ff0e::1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:a00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) == public


def test_a_name_is_called_over_https_where_all_its_addresses_are_public(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"public.example": ["93.184.215.14", "93.184.215.15"], "half.example": ["93.184.215.14", "10.0.0.1"]}
    resolving(monkeypatch, names)
    assert check_outbound("https://public.example/x") == names["public.example"]
    for refused in ("http://public.example/x", "https://half.example/x", "https://no-such-name.invalid/x"):
        with pytest.raises(NotCalled):
            check_outbound(refused)


@pytest.mark.parametrize(
    ("address", "same"),
    [
        (f"{OWN}/token", True),
        ("https://LOGIN.example.org:443/token", True),
        ("http://login.example.org/token", False),
        ("https://login.example.org:8443/token", False),
        ("https://login.example.org.evil.example/token", False),
        ("https://evil.example/https://login.example.org", False),
    ],
)
def test_at_the_origin_that_the_operator_chose_anything_is_called(
    monkeypatch: pytest.MonkeyPatch, address: str, same: bool
) -> None:
    inside = ["login.example.org", "login.example.org.evil.example", "evil.example"]
    resolving(monkeypatch, {name: ["10.0.0.1"] for name in inside})
    if same:
        assert check_outbound(address, own=OWN) == []
    else:
        with pytest.raises(NotCalled):
            check_outbound(address, own=OWN)


def test_the_address_that_was_checked_is_the_one_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is looked at and private when it is called."""
    called: list[tuple[object, object]] = []
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    resolving(monkeypatch, {})
    real = socket.getaddrinfo

    def rebinding(host: str, port: object, *rest: object, **more: object) -> object:
        if host != "rebinds.example":
            return real(host, port, *rest, **more)  # pyright: ignore
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answers.pop(0)]

    def connect(address: tuple[object, object], *_: object, **__: object) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    with outbound() as client, pytest.raises(httpx.ConnectError):
        client.get("https://rebinds.example/hook")
    assert called == [("93.184.215.14", 443)]
    assert len(answers) == 1, "the name was looked up once"


class Secure:
    """A TLS server at this machine whose certificate is for one name."""

    def __init__(self, folder: Path, name: str) -> None:
        key, subject = (
            ec.generate_private_key(ec.SECP256R1()),
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        )
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now() - timedelta(days=1))
            .not_valid_after(now() + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, SHA256())
        )
        self.certificate = folder / "certificate.pem"
        self.certificate.write_bytes(
            certificate.public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        self.trap = Trap()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        self.trap.server.socket = context.wrap_socket(self.trap.server.socket, server_side=True)
        self.port = self.trap.server.server_address[1]


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    secure = Secure(tmp_path, "public.example")
    thread = threading.Thread(target=secure.trap.server.serve_forever, daemon=True)
    thread.start()
    yield secure
    secure.trap.server.shutdown()
    secure.trap.server.server_close()
    thread.join()


def test_the_certificate_is_to_be_that_of_the_name_though_an_address_is_called(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of this test stands for one on the public internet."""
    names = {"public.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    resolving(monkeypatch, names)
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
    monkeypatch.setattr(module, "is_public", lambda _: True)
    with outbound() as client:
        answer = client.post(f"https://public.example:{secure.port}/hook", json={"a": 1})
        assert answer.status_code == 200
        assert secure.trap.asked == ["/hook"]
        assert secure.trap.hosts == [f"public.example:{secure.port}"]
        with pytest.raises(httpx.ConnectError, match="certificate"):
            client.get(f"https://other.example:{secure.port}/hook")
    assert secure.trap.asked == ["/hook"]


# ---- answers without end


class Answering(Trap):
    """One at this machine that answers in a way of its own."""

    def __init__(self, answer: bytes, then_forever: bytes = b"", pause: float = 0.0) -> None:
        super().__init__()
        trap = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                trap.asked.append(str(self.rfile.readline()))
                with suppress(OSError):
                    self.wfile.write(answer)
                    while then_forever:
                        self.wfile.write(then_forever)
                        time.sleep(pause)

        self.server.RequestHandlerClass = Handler  # pyright: ignore[reportAttributeAccessIssue]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> str:
        return self.url

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


OK = b"HTTP/1.1 200 OK\r\n"


def test_an_answer_is_read_up_to_a_size() -> None:
    for length, read in ((MOST_ANSWER, True), (MOST_ANSWER + 1, False)):
        with Answering(OK + b"connection: close\r\n\r\n" + b"x" * length) as own, outbound(own) as client:
            if read:
                assert len(client.get(own).content) == length
            else:
                with pytest.raises(NotRead, match="too large"):
                    client.get(own)


def test_an_answer_without_end_is_not_read_to_the_end() -> None:
    part = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    with Answering(OK + b"transfer-encoding: chunked\r\n\r\n", then_forever=part) as own:
        with outbound(own) as client, pytest.raises(NotRead, match="too large"):
            client.get(own)
        unbounded = mutated(module, "if read > MOST_ANSWER:", "if read > 2 * MOST_ANSWER:")
        with unbounded.outbound(own) as client, client.stream("GET", own) as answer:
            read = 0
            with suppress(httpx.RequestError):
                for part in answer.iter_raw():
                    read += len(part)
        assert read > MOST_ANSWER, "the mutant reads on"


def test_a_little_that_would_unpack_to_a_lot_is_not_read() -> None:
    bomb = gzip.compress(bytes(50 * MOST_ANSWER))
    assert len(bomb) < MOST_ANSWER
    packed = OK + b"content-encoding: gzip\r\nconnection: close\r\n\r\n" + bomb
    with Answering(packed) as own, outbound(own) as client, pytest.raises(NotRead, match="packed"):
        client.get(own)


def asked_of(client: httpx.Client, address: str) -> None:
    with suppress(httpx.HTTPError):
        client.get(address)


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        pytest.param(OK, b"x: y\r\n", id="headers without end"),
        pytest.param(OK + b"content-length: 5000\r\n\r\n", b"x", id="a body a byte at a time"),
    ],
)
def test_a_server_that_dribbles_is_left(monkeypatch: pytest.MonkeyPatch, begins: bytes, goes_on: bytes) -> None:
    """Each byte is in time for itself; the mutant waits for as long as they come."""
    monkeypatch.setattr(module, "WHOLE_WITHIN", 0.5)
    patient = mutated(module, "max_bytes, _left(self._ends, timeout)", "max_bytes, timeout")
    for used, leaves in ((module, True), (patient, False)):
        with Answering(begins, goes_on, pause=0.1) as own, used.outbound(own) as client:
            began = time.monotonic()
            asking = threading.Thread(target=asked_of, args=(client, own), daemon=True)
            asking.start()
            asking.join(2)
            assert asking.is_alive() != leaves
            assert time.monotonic() - began > 0.4


# ---- signing out at the provider too


def where_to_sign_out(liar: MadeUpProvider) -> str | None:
    which = Provider(issuer=liar.issuer, client_id=CLIENT, client_secret=SECRET)
    return provider_module.sign_out_address(which, back=f"{HERE}/")


def test_where_to_sign_out_is_given_only_at_an_address_that_may_be(liar: MadeUpProvider, trap: Trap) -> None:
    assert where_to_sign_out(liar) is None
    liar.configuration["end_session_endpoint"] = f"{liar.issuer}/end?tenant=1"
    found = where_to_sign_out(liar)
    assert found == (
        f"{liar.issuer}/end?tenant=1&client_id={CLIENT}&post_logout_redirect_uri=https%3A%2F%2Ftestserver.local%2F"
    )
    for address in (f"{trap.url}/end", "https://10.0.0.1/end", "javascript:alert(1)", "http://evil.example/end", ""):
        liar.configuration["end_session_endpoint"] = address
        assert where_to_sign_out(liar) is None
