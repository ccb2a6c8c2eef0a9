"""What there is to choose from in a field, where that depends on what was recorded. Read from the work projection."""

from collections.abc import Mapping
from typing import LiteralString

import msgspec

from events.database import Connection
from events.places import places
from events.projections.picture import INDICATORS
from events.projections.work.requirements import catalogue
from hub.forms.form import Asked, Choice, sentence
from hub.found import Found

CHOICES: Mapping[str, LiteralString] = {
    "requirements": """
        select requirement, requirement from requirement where area = %(area)s and enterprise = %(id)s
        order by requirement
    """,
    "enterprises": """
        select enterprise::text, name from enterprise where area = %(area)s and standing in ('active', 'paused')
        order by name
    """,
    "posts": "select post, post from post where area = %(area)s and left_on is null order by post",
    "open risks": "select risk, risk from risk where area = %(area)s and closed_on is null order by risk",
    "conditions met": "select condition, condition from condition where area = %(area)s and met order by condition",
    "open actions": """
        select action::text, 'Due on ' || to_char(due, 'FMDD FMMonth YYYY') from action
        where area = %(area)s and enterprise = %(id)s and done_on is null order by due
    """,
    "evidence": """
        select evidence::text, requirement from requirement
        where area = %(area)s and enterprise = %(id)s and evidence is not null order by evidence_on
    """,
    "stories": "select story::text, title from story where area = %(area)s and enterprise = %(id)s order by shared_on",
    "areas": "select area, area from area where joined_on is not null and left_on is null and area <> %(area)s",
}
"""Each gives what is sent and what people read. It is given the area and the id of what the form is about."""


def with_choices(connection: Connection, asked: Asked, about: Found) -> Asked:
    """The field with what there is to choose from now."""
    wanted = asked.field.choices
    if not wanted:
        return asked
    if wanted == "courses":
        names = sorted(
            {rules.met_by.course for rules in catalogue().requirements if rules.met_by and rules.met_by.course}
        )
        return msgspec.structs.replace(asked, options=tuple((name, sentence(name)) for name in names), shape="line")
    if wanted == "indicators":
        return msgspec.structs.replace(asked, options=tuple((each.name, each.label) for each in INDICATORS.values()))
    found = connection.execute(CHOICES[wanted], {"area": about.area, "id": about.id}).fetchall()
    return msgspec.structs.replace(asked, options=tuple(_choice(str(sent), str(words)) for sent, words in found))


def _choice(sent: str, words: str) -> Choice:
    place = places().get(sent)
    return sent, place.name if place else sentence(words)
