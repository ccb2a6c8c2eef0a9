"""A great many enterprises whose insurance runs out in thirty days, each with an address of its own."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

from events import bulk, ledger
from events.areas import AreaJoined
from events.base import Event, area_stream, today
from events.database import Connection, connect
from events.enterprises import EnterpriseRegistered, Owner
from events.ledger import Command, Happened
from events.projections import ALL, engine
from events.renewals import Applies, RequirementRenewed, RequirementsApplied
from events.settings import Settings
from events.vault import Vault, seal

INSURANCE = "public liability insurance"


def many_due(settings: Settings, connection: Connection, areas: Sequence[str], *, count: int) -> None:
    """So many of them, spread over the areas, taken into the projections."""
    vault = Vault(settings.vault_key, before=settings.vault_key_before)
    ends = today() + timedelta(30)
    ledger.open_ledger(connection, areas)
    commands: list[Command] = [
        _command(area, area_stream(area), date(2025, 1, 1), AreaJoined(gss_code=area, nation="England"))
        for area in areas
    ]
    owners = [uuid4() for _ in range(count)]
    with connect(settings.vault_url) as keys:
        found = vault.keys(keys, owners)
    for number, owner in enumerate(owners):
        enterprise = uuid4()
        details = Owner(name="Wilhelmina Quillfeather", email=f"{number}@quillfeather.example", phone=f"07700 {number}")
        told: tuple[Event, ...] = (
            EnterpriseRegistered(
                enterprise=enterprise,
                name=f"Bakery {number}",
                origin="new",
                legal_form="sole trader",
                owner=seal(details, subject=owner, key=found[owner]),
            ),
            RequirementsApplied(catalogue="test", applies=(Applies(requirement=INSURANCE, because="All do."),)),
            RequirementRenewed(requirement=INSURANCE, valid_from=ends - timedelta(364), valid_to=ends),
        )
        commands.append(_command(areas[number % len(areas)], enterprise, ends - timedelta(364), *told))
    bulk.append_all(connection, commands)
    engine.ensure_builds(connection, ALL)
    engine.catch_up_all(connection, ALL, folds=engine.Folds())


def _command(area: str, stream: UUID, on: date, *events: Event) -> Command:
    id = uuid4()
    happened = tuple(Happened(event, on) for event in events)
    return Command(area=area, id=id, digest=id.bytes, stream=stream, expected=0, events=happened, actor="test:somebody")
