"""Settings come from the environment, and what is secret may come from files."""

from pathlib import Path

import pytest
import redis

from events import settings
from events.base import CannotStart
from events.settings import ADDRESSES, SECRETS, Settings, read_settings

GIVEN = "redis://:secret@queue:6379/0"
MAIL = {"HUB_MAIL_FROM": "hub@example.org", "HUB_WEBHOOK_KEY": "k" * 32}


def given(name: str) -> str:
    other = {"mail_url": "smtp://hub:secret@mail:587", "webhook_url": "https://hooks.example.org/secret"}
    return other.get(name, GIVEN)


@pytest.mark.parametrize("name", [*ADDRESSES, *SECRETS])
def test_a_secret_or_an_address_is_read_from_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_text(f"{given(name)}\n")
    assert getattr(read_settings(MAIL | {f"HUB_{name.upper()}_FILE": str(file)}), name) == given(name)


@pytest.mark.parametrize("name", [*ADDRESSES, *SECRETS])
def test_a_secret_or_an_address_is_read_by_value(name: str) -> None:
    assert getattr(read_settings(MAIL | {f"HUB_{name.upper()}": given(name)}), name) == given(name)


@pytest.mark.parametrize("name", [*ADDRESSES, *SECRETS])
def test_a_secret_or_an_address_is_printed_by_a_program(name: str) -> None:
    assert getattr(
        read_settings(MAIL | {f"HUB_{name.upper()}_COMMAND": f"printf '%s\\n' {given(name)}"}), name
    ) == given(name)


def test_a_program_that_prints_a_secret_runs_without_a_shell(tmp_path: Path) -> None:
    printed = read_settings({"HUB_VAULT_KEY_COMMAND": f"echo $(touch {tmp_path}/ran); touch {tmp_path}/ran"}).vault_key
    assert printed.startswith("$(touch")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("/nowhere/at/all", "cannot be run"),
        ("echo 'no end", "cannot be run"),
        (r"printf \\377", "cannot be run"),
        ("true", "printed nothing"),
        ("sh -c 'echo swordfish; exit 3'", "ended with 3 instead of 0"),
    ],
)
def test_a_program_that_prints_no_secret_is_named_in_a_sentence(command: str, sentence: str) -> None:
    with pytest.raises(CannotStart, match=f"^HUB_VAULT_KEY_COMMAND {sentence}") as raised:
        read_settings({"HUB_VAULT_KEY_COMMAND": command})
    assert raised.value.__cause__ is None


def test_a_program_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "COMMAND_SECONDS", 0.05)
    with pytest.raises(CannotStart, match=r"HUB_VAULT_KEY_COMMAND did not end within 0.05 seconds"):
        read_settings({"HUB_VAULT_KEY_COMMAND": "sleep 5"})


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


@pytest.mark.parametrize(
    "url", ["foo", "redis://", "redis://:s3cret@host:notaport", "redis://:s3cret@host/?db=x", "http://:s3cret@host"]
)
def test_a_queue_that_cannot_be_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(CannotStart, match=r"HUB_REDIS_URL is not an address of Redis or Valkey\.") as refused:
        read_settings({"HUB_REDIS_URL": url})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("url", ["redis://host", "rediss://:a%2Fb@[::1]:6380/2?socket_timeout=1.5", "unix:///run/q"])
def test_a_queue_that_can_be_is_taken_as_it_is(url: str) -> None:
    assert read_settings({"HUB_REDIS_URL": url}).redis_url == url
    redis.Redis.from_url(url)


def test_what_is_not_given_has_a_default(tmp_path: Path) -> None:
    assert read_settings({"HUB_DATA": str(tmp_path)}) == Settings(data=tmp_path, heads=tmp_path / "heads")


@pytest.mark.parametrize("url", ["box.example", "http://u:s3cret@box.example", "smtp:///box", "smtp://box.example:x"])
def test_an_address_of_a_mail_server_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(CannotStart, match="HUB_MAIL_URL") as refusal:
        read_settings({"HUB_MAIL_URL": url, "HUB_MAIL_FROM": "hub@example.org"})
    assert url not in str(refusal.value)


def test_a_mail_server_takes_an_address_to_send_from(tmp_path: Path) -> None:
    file = tmp_path / "mail"
    file.write_text("smtps://hub:s3cret@mail.example.org\n")
    found = read_settings({"HUB_MAIL_URL_FILE": str(file), "HUB_MAIL_FROM": "Trellis <hub@example.org>"})
    assert (found.mail_url, found.mail_from) == ("smtps://hub:s3cret@mail.example.org", "Trellis <hub@example.org>")
    for sender in ("", "Trellis"):
        with pytest.raises(CannotStart, match="HUB_MAIL_FROM"):
            read_settings({"HUB_MAIL_URL_FILE": str(file), "HUB_MAIL_FROM": sender})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"HUB_WEBHOOK_URL": "http://hooks.example.org/s3cret"}, "HUB_WEBHOOK_URL"),
        ({"HUB_WEBHOOK_URL": "http://10.0.0.5/s3cret", "HUB_WEBHOOK_OWN": "http://10.0.0.6"}, "HUB_WEBHOOK_OWN"),
        ({"HUB_WEBHOOK_URL": "https://[s3cret"}, "HUB_WEBHOOK_URL"),
        ({"HUB_WEBHOOK_URL": "https://hooks.example.org/s3cret", "HUB_WEBHOOK_KEY": "short"}, "HUB_WEBHOOK_KEY"),
        ({"HUB_NOTIFY_EMAIL": "t1"}, "HUB_NOTIFY_KEY"),
        ({"HUB_NOTIFY_EMAIL": "t1", "HUB_NOTIFY_KEY": "k" * 80, "HUB_NOTIFY_URL": "http://s3cret"}, "HUB_NOTIFY_URL"),
    ],
)
def test_a_channel_that_cannot_be_is_refused_without_repeating_it(said: dict[str, str], words: str) -> None:
    with pytest.raises(CannotStart, match=words) as refusal:
        read_settings(MAIL | said)
    assert "s3cret" not in str(refusal.value)


def test_a_webhook_in_the_operator_s_own_network_is_named_as_such() -> None:
    said = {"HUB_WEBHOOK_URL": "http://10.0.0.5:8080/in", "HUB_WEBHOOK_OWN": "http://10.0.0.5:8080"}
    assert read_settings(MAIL | said).webhook_own == "http://10.0.0.5:8080"
