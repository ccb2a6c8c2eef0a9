"""`hub rotate`: let a new key take over from one that may have become known, while the hub runs."""

from rich.console import Console

from events.base import CannotStart
from events.database import connect, value
from events.heads import Sealer, signing_key
from events.settings import Settings
from events.vault import Vault
from hub.progress import progress_bar

err = Console(stderr=True, highlight=False)


def rotate_vault(settings: Settings) -> int:
    """Wrap every person's key under HUB_VAULT_KEY; returns how many were wrapped under the one before.

    Raises `CannotStart` when none before is given, `VaultDamaged` for a key that is wrapped under neither.
    """
    if not settings.vault_key_before:
        raise CannotStart("Set HUB_VAULT_KEY to the new key and HUB_VAULT_KEY_BEFORE to the one that takes its leave.")
    vault = Vault(settings.vault_key, before=settings.vault_key_before)
    with connect(settings.vault_url) as connection, progress_bar(err) as tell:
        total = int(str(value(connection, "select count(*) from subject_key where wrapped is not null")))
        done = 0

        def progress(keys: int) -> None:
            nonlocal done
            done += keys
            tell("Wrapping", done, total)

        return vault.rewrap(connection, progress=progress)


def rotate_signing(settings: Settings) -> bool:
    """Let HUB_SIGNING_KEY sign heads from now on; False if it does already. What was signed before still verifies."""
    if not settings.signing_key_before:
        raise CannotStart(
            "Set HUB_SIGNING_KEY to the new key and HUB_SIGNING_KEY_BEFORE to the one that takes its leave."
        )
    before = signing_key(settings.signing_key_before)
    return Sealer(settings.heads, signing_key(settings.signing_key)).hand_over_from(before)
