"""The national projection: what each event adds up to, by the day it happened and the day the hub knew.

Every entry of the ledger says something about a facet of its stream (`says`). Some facets add up for good; of the
others an entry holds until the next one says otherwise, a report of activity for at most 180 days. So each entry adds
its amounts from one day to another, and as entries and corrections come in, the hub changes its mind about which. What
it believed is kept (`beliefs`): a belief has the days it is about, and the days on which it was held. That lets the
national view answer for any day as known on any day, and open every figure to the very rows it is the sum of. `cube`
keeps sums of the same, so that an answer does not take longer as the ledgers grow.
"""

from importlib.resources import files

from events.database import Connection
from events.projections.engine import Projection
from events.projections.national.fold import NationalFold

_FINGERPRINTS = """
select area, md5(string_agg(sum, '' order by part)) from (
    select area, 1 as part,
           md5(string_agg(belief::text, ' ' order by position, facet, key, occurred_on, known_at)) as sum
    from belief group by area
    union all
    select area, 2, md5(string_agg(published::text, ' ' order by position, said_at)) from published group by area
    union all
    select area, 3, md5(string_agg(md5(changed::text), ' ' order by quarter, learned_in)) from changed group by area
    union all
    select area, 4, md5(string_agg(md5(learned::text), ' ' order by block)) from learned group by area
    union all
    select area, 5, md5(string_agg(md5(snapshot::text), ' ' order by known_on, block)) from snapshot group by area
    union all
    select area, 6, md5(string_agg(wait::text, ' ' order by stream)) from wait group by area
) parts group by area
"""


def _fingerprints(connection: Connection) -> dict[str, str]:
    return {str(area): str(sum) for area, sum in connection.execute(_FINGERPRINTS)}


NATIONAL = Projection(
    name="national",
    version=7,
    tables=files("events").joinpath("projections", "national", "national.sql").read_text(encoding="utf-8"),
    fold=NationalFold,
    fingerprints=_fingerprints,
)
