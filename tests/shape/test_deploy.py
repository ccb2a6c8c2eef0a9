"""What runs Trellis apart fits Trellis: no engine is needed to see that images, commands and settings are right."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from events.settings import ADDRESSES, SECRETS, Settings, read_settings
from events.vault import master_key
from hub.cli import cli
from hub.doctor import about_settings, about_way

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("trellis-hub:")}
STAYING = [name for name, service in SERVICES.items() if service["restart"] == "unless-stopped"]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
README = (ROOT / "deploy/README.md").read_text()
LEFT_TO_OPERATORS = {"backup days", "no contact"}
"""What `hub doctor` has to say of the settings here. Nothing of it is unsafe."""


def instructions(word: str) -> list[str]:
    """The arguments of every such instruction of the Dockerfile, lines that go on joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{word} (.+)$", joined, flags=re.MULTILINE)


def settings_of(service: dict[str, Any]) -> dict[str, str]:
    return {name: filled_in(text) for name, text in service["environment"].items() if name.startswith("HUB_")}


def filled_in(text: str) -> str:
    """As compose does it: what is left to the operator has its default, what must be given is given."""
    given = re.sub(r"\$\{\w+:\?[^}]*\}", "https://hub.example.org", text)
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", given)


@pytest.fixture(scope="module")
def made_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    subprocess.run(["sh", ROOT / "deploy/make-secrets.sh", folder], check=True, capture_output=True)
    return folder


# ---- services


def test_the_five_processes_and_the_migration_run_from_one_image() -> None:
    assert {name: service["command"] for name, service in OURS.items()} == {
        name: [name] for name in ("migrate", "serve", "project", "tick", "work")
    } | {"send": ["work", "nudges"]}
    assert len({service["image"] for service in OURS.values()}) == 1


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_one_of_the_hub_s(name: str) -> None:
    command, *_ = OURS[name]["command"]
    with cli.make_context("hub", [], resilient_parsing=True) as context:
        assert cli.get_command(context, command) is not None


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_to_a_full_version(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)?", SERVICES[name]["image"])


def test_the_databases_are_the_versions_that_are_tested() -> None:
    assert SERVICES["database"]["image"] == SERVICES["vault"]["image"]
    assert SERVICES["database"]["image"].startswith("postgres:17.")
    assert SERVICES["queue"]["image"].startswith("valkey/valkey:8.")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_without_root_on_a_read_only_file_system(name: str) -> None:
    service = SERVICES[name]
    assert str(service["user"]).split(":")[0] not in ("", "0", "root")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "/tmp" in service["tmpfs"]
    assert "privileged" not in service
    assert "cap_add" not in service


def test_every_service_that_stays_up_is_checked() -> None:
    assert [name for name in SERVICES if name != "migrate"] == STAYING
    for name in STAYING:
        assert SERVICES[name]["healthcheck"]["test"], name
    assert SERVICES["migrate"]["restart"] == "on-failure"


def test_only_serve_is_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"serve": ["127.0.0.1:8000:8000"]}
    assert {name for name, service in SERVICES.items() if "outside" in service["networks"]} == {"serve", "send"}
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_nothing_starts_before_the_tables_are_there() -> None:
    for name in OURS.keys() - {"migrate"}:
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert OURS["migrate"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "vault": {"condition": "service_healthy"},
    }


def test_what_pages_and_api_hold_opens_nothing_that_an_owner_owns() -> None:
    owners = {"database_url", "vault_url", "database_password", "vault_password"}
    assert owners.isdisjoint(SERVICES["serve"]["secrets"])
    assert {"HUB_DATABASE_URL_FILE", "HUB_VAULT_URL_FILE"}.isdisjoint(settings_of(SERVICES["serve"]))


def test_only_who_needs_people_s_keys_can_reach_them() -> None:
    keys = {"vault_url", "web_vault_url", "vault_key"}
    assert {name for name in OURS if keys & set(SERVICES[name]["secrets"])} == {"migrate", "serve", "tick", "send"}
    assert "vault_key" not in SERVICES["migrate"]["secrets"]


def test_the_vault_shares_neither_server_nor_volume_nor_password_with_the_ledger() -> None:
    ledger, vault = SERVICES["database"], SERVICES["vault"]
    assert set(ledger["volumes"]).isdisjoint(vault["volumes"])
    assert set(ledger["secrets"]).isdisjoint(vault["secrets"])


def test_every_volume_that_is_used_is_kept() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


# ---- settings and secrets


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_the_hub_reads(name: str) -> None:
    for setting in settings_of(OURS[name]):
        field = setting.removeprefix("HUB_").removesuffix("_FILE").lower()
        assert field in Settings.__struct_fields__, setting
        if setting.endswith("_FILE"):
            assert field in (*ADDRESSES, *SECRETS), setting
        else:
            assert field not in (*ADDRESSES, *SECRETS), f"{setting} belongs in a file"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_just_the_secrets_it_names(name: str) -> None:
    service = SERVICES[name]
    told = yaml.safe_dump([service.get(key) for key in ("environment", "command", "healthcheck")])
    assert set(re.findall(r"/run/secrets/([\w.]+)", told)) == set(service["secrets"])


def test_every_secret_that_is_declared_is_used_and_made(made_secrets: Path) -> None:
    used = {secret for service in SERVICES.values() for secret in service["secrets"]}
    assert used == set(COMPOSE["secrets"])
    assert {path.name for path in made_secrets.iterdir()} - {".gitignore"} == used
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"deploy/secrets/{name}"}
    assert "deploy/make-secrets.sh" in README


def test_made_secrets_are_what_the_hub_and_the_servers_expect(made_secrets: Path) -> None:
    named = settings_of(SERVICES["tick"]) | settings_of(SERVICES["serve"])
    settings = read_settings({name: text.replace("/run/secrets", str(made_secrets)) for name, text in named.items()})
    for login, start in (("hub", ""), ("trellis_web", "web_")):
        for server in ("database", "vault"):
            password = (made_secrets / f"{start}{server}_password").read_text()
            expected = f"postgresql://{login}:{password}@{server}/{database_of(server)}?sslmode=disable"
            assert getattr(settings, f"{start}{server}_url") == expected
            assert [each.unsafe for each in about_way("ledger", expected)] == [False]
    password = (made_secrets / "queue.conf").read_text().removeprefix("requirepass ").strip()
    assert settings.redis_url == f"redis://:{password}@queue:6379/0"
    assert master_key(settings.vault_key) != master_key(settings.signing_key)
    assert settings.url == "https://hub.example.org"
    assert {each.name for each in about_settings(settings)} == LEFT_TO_OPERATORS


def database_of(service: str) -> str:
    return SERVICES[service]["environment"]["POSTGRES_DB"]


def test_secrets_are_made_once_and_for_this_user_only(made_secrets: Path) -> None:
    assert made_secrets.stat().st_mode & 0o777 == 0o700
    before = (made_secrets / "vault_key").read_bytes()
    again = subprocess.run(["sh", ROOT / "deploy/make-secrets.sh", made_secrets], capture_output=True, text=True)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert (made_secrets / "vault_key").read_bytes() == before
    assert (made_secrets / ".gitignore").read_text() == "*\n"


# ---- the image


def test_the_image_runs_the_hub_without_root() -> None:
    assert instructions("USER") == ["10001"] == [OURS["serve"]["user"]]
    assert "--uid 10001" in DOCKERFILE
    assert instructions("ENTRYPOINT") == ['["hub"]']


def test_the_image_is_built_in_two_stages_on_one_pinned_base() -> None:
    build, final = instructions("FROM")
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+ AS build", build)
    assert build.removesuffix(" AS build") == final


def test_everything_is_installed_by_hash_and_nothing_needs_a_compiler() -> None:
    installs = re.findall(r"pip install ([^&\n]+)", DOCKERFILE.replace("\\\n", " "))
    assert len(installs) == 3
    for arguments in installs:
        assert "--require-hashes --only-binary :all:" in arguments or "--no-deps --no-index" in arguments
    assert "apt-get" not in DOCKERFILE


def test_what_the_image_copies_is_there_and_is_not_left_out() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    sources = [word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source in kept, source


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
def test_compose_itself_reads_the_file() -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker's compose plugin is not installed")
    read = subprocess.run(
        ["docker", "compose", "-f", ROOT / "docker-compose.yml", "config", "--quiet"], capture_output=True, text=True
    )
    assert read.returncode == 0, read.stderr
