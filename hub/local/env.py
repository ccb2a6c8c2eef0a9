"""What `hub env` prints: how to reach a running local hub."""

from pathlib import Path

from hub.local.folder import running


def env_lines(data: Path) -> list[str]:
    """KEY=VALUE lines for the databases, queue, page and key files of the hub that runs on `data`.

    Raises `CannotStart` when none runs there.
    """
    found = running(data)
    values = {
        "HUB_DATA": str(data.expanduser().resolve()),
        "HUB_DATABASE_URL": found.database_url,
        "HUB_VAULT_URL": found.vault_url,
        "HUB_WEB_DATABASE_URL": found.web_database_url,
        "HUB_WEB_VAULT_URL": found.web_vault_url,
        "HUB_REDIS_URL": found.redis_url,
        "HUB_PORT": str(found.port),
        "HUB_URL": found.url,
        "HUB_VAULT_KEY_FILE": found.vault_key_file,
        "HUB_SIGNING_KEY_FILE": found.signing_key_file,
    }
    return [f"{name}={value}" for name, value in values.items() if value]
