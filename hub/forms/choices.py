"""What there is to choose from in a field, where that depends on what was recorded. Read from the work projection."""

from collections.abc import Mapping
from typing import LiteralString
from uuid import UUID

import msgspec

from events.database import Connection
from events.places import places
from events.projections.in_force import catalogue
from events.projections.indicators import INDICATORS
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
    # Those that can help come first, then those that offer something like it: words with the same stem.
    "enterprises for need": """
        select e.enterprise::text,
               e.name || case when a.answer is not null then ' (' || a.answer || ')'
                              when likely.offers then ' (offers such support)' else '' end
        from need n join enterprise e on e.area = n.area
        left join answer a on a.area = n.area and a.need = n.need and a.enterprise = e.enterprise
        cross join lateral (
            select tsvector_to_array(to_tsvector('english', array_to_string(e.services, ' ')))
                   && tsvector_to_array(to_tsvector('english', n.service)) as offers
        ) likely
        where n.area = %(area)s and n.need = %(id)s and e.standing in ('active', 'paused')
        order by a.answer = 'can help' desc nulls last, likely.offers desc, e.name
    """,
    "enterprises to ask": """
        select e.enterprise::text, e.name
        from need n join enterprise e on e.area = n.area
        where n.area = %(area)s and n.need = %(id)s and e.standing = 'active'
        order by tsvector_to_array(to_tsvector('english', array_to_string(e.services, ' ')))
                 && tsvector_to_array(to_tsvector('english', n.service)) desc, e.can_take desc nulls last, e.name
        limit 12
    """,
    "areas that know the lesson": """
        select area, area from lesson where lesson = %(id)s
        union all
        (select area, area from practice where lesson = %(id)s order by coalesce(adopted_on, trialled_on, since), area)
    """,
    "lessons for barrier": """
        select l.lesson::text, l.title from lesson l
        where l.retired_on is null
        order by (select b.topic from barrier b where b.barrier = %(id)s) = any (l.resolves) desc nulls last,
                 l.shared_on desc, l.lesson
        limit 200
    """,
    "areas": "select area, area from area where joined_on is not null and left_on is null and area <> %(area)s",
}
"""Each gives what is sent and what people read. It is given the area and the id of what the form is about."""

EMPTY: Mapping[str, str] = {
    "requirements": "Nothing has to be held so far. Say first what the enterprise does.",
    "enterprises": "No enterprise is registered here so far.",
    "posts": "No Catalyst works here now.",
    "open risks": "No risk is open here.",
    "conditions met": "No condition is met here so far.",
    "open actions": "No action is open.",
    "evidence": "No evidence was submitted that is still to be looked at.",
    "stories": "No story is told.",
    "enterprises for need": "No enterprise is registered here so far.",
    "enterprises to ask": "No enterprise here is active now.",
    "areas that know the lesson": "No area has this lesson any more.",
    "lessons for barrier": "No lesson was shared so far.",
    "areas": "No other area takes part so far.",
}
"""What to say where there is nothing to choose from."""


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
    options = tuple(_choice(str(sent), str(words)) for sent, words in found)
    return msgspec.structs.replace(asked, options=options, empty="" if options else EMPTY[wanted])


def with_choice_of_before(asked: Asked, said: str | list[str] | None) -> Asked:
    """The field with what an entry said that is corrected, which may be no choice any more: an action that is done."""
    if asked.shape != "one" or not isinstance(said, str) or any(sent == said for sent, _ in asked.options):
        return asked
    words = "As it was recorded" if asked.type is UUID else _choice(said, said)[1]
    return msgspec.structs.replace(asked, options=((said, words), *asked.options), empty="")


def _choice(sent: str, words: str) -> Choice:
    place = places().get(sent)
    return sent, place.name if place else sentence(words)
