"""The table of areas: its order, what it leaves out, and addresses that show the same again."""

from datetime import date

import pytest

from hub.disclosure import FEWER, WITHHELD
from hub.errors import BadField
from hub.national.table import COLUMNS, FIRST, AreaRow, Asked, areas_table, read_table


def row(name, *, enterprises=1, change=0, people=None, nation="England", joined=date(2020, 1, 1)):
    return AreaRow(
        area=f"E{name}",
        name=name,
        nation=nation,
        joined_on=joined,
        enterprises=enterprises,
        change=change,
        reported=[people, None, None, None],
    )


def names(rows, **asked):
    return [each.name for each in areas_table(rows, Asked(**asked)).rows]


ROWS = [
    row("Devon", enterprises=9, change=-2, people=243, joined=date(2018, 1, 1)),
    row("Kent", enterprises=5, change=4, people=FEWER, joined=date(2019, 1, 1)),
    row("Bath", enterprises=5, change=1, people=None, joined=date(2017, 1, 1)),
    row("Powys", enterprises=2, change=0, people=0, nation="Wales", joined=date(2021, 1, 1)),
    row("Ards", enterprises=1, change=0, people=WITHHELD, joined=date(2022, 1, 1)),
]


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ({}, "Devon Bath Kent Powys Ards"),
        ({"order": "asc"}, "Ards Powys Bath Kent Devon"),
        ({"sort": "area"}, "Ards Bath Devon Kent Powys"),
        ({"sort": "area", "order": "desc"}, "Powys Kent Devon Bath Ards"),
        ({"sort": "change"}, "Kent Bath Ards Powys Devon"),
        ({"sort": "joined", "order": "asc"}, "Bath Devon Kent Powys Ards"),
        ({"nation": "Wales"}, "Powys"),
        ({"q": "a", "sort": "area"}, "Ards Bath"),
        ({"q": "KEN"}, "Kent"),
        ({"q": "nowhere"}, ""),
    ],
)
def test_rows_come_as_asked(asked, order):
    assert " ".join(names(ROWS, **asked)) == order


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_what_is_not_shown_stands_last_by_name_so_that_its_place_tells_nothing(order):
    found = names(ROWS, sort="people", order=order)
    assert found[2:] == ["Ards", "Bath", "Kent"]
    assert sorted(found[:2]) == ["Devon", "Powys"]


def test_twenty_areas_are_shown_and_a_link_to_all_of_them():
    many = [row(f"{n:03}") for n in range(500)]
    cut, whole = areas_table(many, Asked(sort="area")), areas_table(many, Asked(sort="area", all="1"))
    assert (len(cut.rows), cut.is_cut, cut.matching_words) == (FIRST, True, "500 areas")
    assert (len(whole.rows), whole.is_cut, whole.beyond) == (500, False, "")
    assert cut.beyond == "/?sort=area&all=1"


def test_a_heading_says_the_order_and_leads_to_the_other_one():
    found = {each.name: each for each in areas_table(ROWS, Asked(on="2024-03-31", q="e")).headings}
    assert [each.sorted for each in found.values() if each.sorted] == ["descending"]
    assert found["enterprises"].href == "/?on=2024-03-31&order=asc&q=e#areas"
    assert found["area"].href == "/?on=2024-03-31&sort=area&q=e#areas"
    turned = {each.name: each for each in areas_table(ROWS, Asked(sort="people", order="asc")).headings}
    assert turned["people"].sorted == "ascending"
    assert turned["people"].href == "/?sort=people#areas"
    assert set(found) == set(COLUMNS)


@pytest.mark.parametrize(
    "wrong", [{"sort": "x"}, {"order": "up"}, {"nation": "Narnia"}, {"q": "a" * 101}], ids=lambda each: next(iter(each))
)
def test_what_no_link_asks_is_refused(wrong):
    with pytest.raises(BadField):
        read_table(**({"sort": None, "order": None, "q": None, "nation": None, "all": None} | wrong))


def test_the_title_says_the_order():
    assert areas_table(ROWS, Asked()).title == "Areas, most enterprises first"
    assert areas_table(ROWS, Asked(sort="area")).title == "Areas, A to Z"
