"""Settings come from the environment, and what is secret may come from files."""

from pathlib import Path

import pytest

from events.base import CannotStart
from events.settings import ADDRESSES, SECRETS, Settings, read_settings


@pytest.mark.parametrize("name", [*ADDRESSES, *SECRETS])
def test_a_secret_or_an_address_is_read_from_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_text("postgresql://hub:secret@database/trellis\n")
    settings = read_settings({f"HUB_{name.upper()}_FILE": str(file)})
    assert getattr(settings, name) == "postgresql://hub:secret@database/trellis"


@pytest.mark.parametrize("name", [*ADDRESSES, *SECRETS])
def test_a_secret_or_an_address_is_read_by_value(name: str) -> None:
    assert getattr(read_settings({f"HUB_{name.upper()}": "given"}), name) == "given"


def test_a_file_that_cannot_be_read_is_named_in_a_sentence() -> None:
    with pytest.raises(CannotStart, match=r"HUB_DATABASE_URL_FILE names /nowhere/at/all, which cannot be read: No"):
        read_settings({"HUB_DATABASE_URL_FILE": "/nowhere/at/all"})


def test_a_file_that_is_no_text_is_named_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CannotStart, match=r"HUB_VAULT_KEY_FILE names \S+, which does not hold plain text"):
        read_settings({"HUB_VAULT_KEY_FILE": str(file)})


@pytest.mark.parametrize("port", ["0", "65536", "web", "-1", "80 "])
def test_a_port_that_is_none_is_refused_in_a_sentence(port: str) -> None:
    with pytest.raises(CannotStart, match=r"HUB_PORT is .*; give a port number between 1 and 65535"):
        read_settings({"HUB_PORT": port})


def test_what_is_not_given_has_a_default(tmp_path: Path) -> None:
    assert read_settings({"HUB_DATA": str(tmp_path)}) == Settings(data=tmp_path, heads=tmp_path / "heads")
