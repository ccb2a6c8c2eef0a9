"""Identity providers for tests: a real one, run by Node, and one that gives whatever token a test made up."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from events.base import now

ROOT = Path(__file__).parents[1]
CLIENT = "trellis"
SECRET = "a secret: with % signs"


def installed() -> Path:
    """Where the real provider is installed; installs it the first time.

    Skips where there is no Node, unless all must run (`HUB_TEST_ALL`).
    """
    npm = shutil.which("npm")
    if npm is None:
        assert not os.environ.get("HUB_TEST_ALL"), "The sign-in tests need Node: apt-get install nodejs npm"
        pytest.skip("a real identity provider needs Node: apt-get install nodejs npm")
    folder = ROOT / "build" / "oidc"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (ROOT / "tests" / "oidc" / "package-lock.json").read_bytes()
    done = folder / "installed.json"
    if not done.exists() or done.read_bytes() != wanted:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / "tests" / "oidc" / name, folder / name)
        subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=300)
        done.write_bytes(wanted)
    shutil.copy(ROOT / "tests" / "oidc" / "provider.mjs", folder / "provider.mjs")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def real_provider(redirect: str, *, port: int | None = None) -> Generator[str]:
    """The issuer of a running provider that sends people back to `redirect`."""
    folder = installed()
    port = port or free_port()
    process = subprocess.Popen(
        ["node", "provider.mjs", str(port), redirect],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert any("ready" in line for line in process.stdout), "the identity provider did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def sign_in_at(address: str, name: str, *, until: str) -> str:
    """Go to a real provider as somebody, and give the address it sends them back to."""
    with httpx.Client() as browser:
        answer = browser.get(address)
        for _ in range(12):
            if answer.is_redirect:
                to = urljoin(str(answer.request.url), answer.headers["location"])
                if to.startswith(until):
                    return to
                answer = browser.get(to)
                continue
            assert answer.status_code == 200, answer.text
            action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert action, answer.text
            assert prompt, answer.text
            form = {"prompt": prompt[1], "login": name, "password": "any"}
            answer = browser.post(urljoin(str(answer.request.url), action[1]), data=form)
    raise AssertionError(f"the provider did not send anybody back: {answer.text}")


class MadeUpProvider:
    """Speaks as a provider does, and gives the token that `claims`, `header`, `key` and `algorithm` make."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.published = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.key: Any = self.published
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {}
        self.token: str | None = None
        """The whole token, where a test makes one no library would."""
        self.asked: list[dict[str, str]] = []
        """Forms that the token endpoint got."""
        self.status = 200
        self.paths: list[str] = []
        """All that was asked for."""
        self.redirects: dict[str, str] = {}
        """Paths that lead elsewhere."""
        self.configuration = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }

    def good_claims(self, *, nonce: str, subject: str = "ann") -> dict[str, Any]:
        at = int(now().timestamp())
        return {"iss": self.issuer, "aud": CLIENT, "sub": subject, "nonce": nonce, "iat": at, "exp": at + 300}

    def made(self) -> str:
        return self.token or jwt.encode(self.header, self.claims, self.key, algorithms=["RS256", "HS256", "none"])


@contextmanager
def made_up_provider() -> Generator[MadeUpProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.paths.append(self.path)
            if self.path in provider.redirects:
                self.lead_elsewhere()
            elif self.path.startswith("/.well-known/"):
                self.say(provider.configuration)
            elif self.path.startswith("/keys"):
                self.say({"keys": [provider.published.as_dict(private=False)]})

        def do_POST(self) -> None:
            provider.paths.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if self.path in provider.redirects:
                self.lead_elsewhere()
                return
            form = {name: values[0] for name, values in parse_qs(body).items()}
            provider.asked.append(form | {"authorization": self.headers.get("authorization", "")})
            self.say({"access_token": "unused", "token_type": "Bearer", "id_token": provider.made()}, provider.status)

        def lead_elsewhere(self) -> None:
            self.send_response(302)
            self.send_header("location", provider.redirects[self.path])
            self.send_header("content-length", "0")
            self.end_headers()

        def say(self, what: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(what).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = MadeUpProvider(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
