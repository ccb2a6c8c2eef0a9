"""A hub that asks nobody who they are and keeps no areas apart: what access checks cost is measured against it.

Run by the benchmarks alone, in a process of its own, on the databases of a hub that checks: whoever asks counts as the
Catalyst of the area named on the command line, and its connections belong to the owner of all tables, for whom
row-level security does not hold.
"""

import os
import sys
from uuid import UUID

from events import database
from events.access import ROLES, Grant, Principal
from events.settings import read_settings
from hub.access import guard


def main(area: str) -> None:
    someone = Principal(id=f"account:{UUID(int=1)}", name="A Catalyst", grants=(Grant(ROLES["catalyst"], area),))

    async def who(_: object) -> Principal:
        return someone

    guard._who = who
    # The plans that the policies lead to are planned once. Without them some are planned anew at each request, which
    # would pass for a cost of checking less.
    # The limits of time stay: they cost something too, and check nobody.
    limits = database._limits()
    database._options = lambda for_others: (
        f"{database._SESSION} -c trellis.areas=* -c plan_cache_mode=force_generic_plan {limits}"
    )

    # without the pages' own login, which cannot step out of row-level security
    os.environ["HUB_WEB_DATABASE_URL"] = ""
    with database.connect(read_settings().database_url, for_others=True) as connection:
        if database.value(connection, "select row_security_active('event')"):
            sys.exit("Row-level security holds here, so there is nothing to measure its cost against.")

    from hub.cli import serve

    serve.main([])


if __name__ == "__main__":
    main(sys.argv[1])
