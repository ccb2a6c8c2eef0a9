"""Every address that changes something asks who is there."""

from pathlib import Path

import pytest
import yaml
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from events.base import CannotStart
from events.settings import Settings, read_settings
from hub.access.guard import PUBLIC, Needs, Public, SignedIn, authorise
from hub.app import create_app

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def app() -> Litestar:
    return create_app(Settings(data=Path("/nowhere"), heads=Path("/nowhere")))


def handlers(app: Litestar) -> list[tuple[str, HTTPRouteHandler]]:
    found = [
        (route.path, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        # what the framework answers to OPTIONS by itself says which methods there are, and no more
        if isinstance(handler, HTTPRouteHandler) and handler.http_methods != {"OPTIONS"}
    ]
    assert len(found) > 20
    return found


def test_every_address_declares_who_may_use_it(app: Litestar) -> None:
    for path, handler in handlers(app):
        assert isinstance(handler.opt.get("access"), Public | SignedIn | Needs), f"{path} declares no access"
        assert authorise in handler.resolve_guards(), path


def test_what_changes_something_is_public_only_to_sign_in_and_out_and_by_the_link_in_a_reminder(app: Litestar) -> None:
    public = {
        path
        for path, handler in handlers(app)
        if handler.http_methods - {"GET", "HEAD", "OPTIONS"} and handler.opt["access"] == PUBLIC
    }
    assert public == {
        "/sign-in/demo",
        "/sign-in/passkey",
        "/sign-in/code",
        "/sign-out",
        "/invitations/{token:str}",
        *(f"/due/{{token:str}}/{step}" for step in ("renewed", "stopped", "changed", "reminders", "calendar")),
        *(f"/due/{{token:str}}/{step}" for step in ("referral", "need", "report")),
        "/stop/{token:str}",
    }


def test_every_write_is_asked_for_with_a_key(app: Litestar) -> None:
    spec = app.openapi_schema.to_schema()
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "head"):
                names = {each["name"]: each for each in operation.get("parameters", [])}
                assert names["Idempotency-Key"]["required"], path


def test_every_address_of_the_api_is_described_in_a_sentence(app: Litestar) -> None:
    spec = app.openapi_schema.to_schema()
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if path.startswith("/api"):
                assert operation.get("description") or operation.get("summary"), f"{method} {path}"


def is_read(name: str, folder: Path) -> bool:
    """Whether a variable of the environment makes any difference to the settings."""
    file = folder / "value"
    file.write_text("8123", encoding="utf-8")
    given = str(file) if name.endswith("_FILE") else "8123"
    try:
        return read_settings({name: given}) != read_settings({})
    except CannotStart:
        return True


COMPOSE = ROOT / "docker-compose.yml"


def test_every_setting_that_compose_names_is_read(tmp_path: Path) -> None:
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    named: set[str] = set()
    for described in services.values():
        given = described.get("environment") or {}
        named |= set(given) if isinstance(given, dict) else {each.partition("=")[0] for each in given}
    ours = {name for name in named if name.startswith("HUB_")}
    assert ours
    assert {name for name in ours if not is_read(name, tmp_path)} == set()


@pytest.mark.parametrize("folder", ["hub", "workers", "events", "deploy", "tests"])
def test_every_top_folder_says_what_lives_there(folder: str) -> None:
    readme = ROOT / folder / "README.md"
    assert len(readme.read_text(encoding="utf-8").splitlines()) >= 3
