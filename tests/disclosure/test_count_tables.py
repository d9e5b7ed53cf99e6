"""Known counts of invented people, what is pooled, and what is said of one-sided groups."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipelines.attack.bounds import Limit, bounds, exposed
from pipelines.disclosure import kin
from pipelines.disclosure.family import Family
from pipelines.disclosure.groups import Group
from pipelines.disclosure.layout import Place
from pipelines.disclosure.suppress import protect
from pipelines.disclosure.tables import (
    CountTables,
    Person,
    PublishedRow,
    count_tables,
    published_rows,
)
from tests.disclosure.readers import NEARLY

RACES = ("asian", "black", "unknown", "white")


def people(*groups: tuple[int, str, str, str]) -> list[Person]:
    """So many people of a race, in a district, with an outcome."""
    return [
        Person(f"{at}", {"race": race}, {"district": district, "resolution_class": outcome})
        for count, race, district, outcome in groups
        for at in range(count)
    ]


EVERYONE = people(
    (40, "black", "1", "sustained"),
    (30, "black", "2", "unresolved"),
    (3, "white", "1", "sustained"),
    (25, "white", "2", "unresolved"),
    (20, "white", "1", "unresolved"),
    (30, "unknown", "1", "unresolved"),
    (16, "unknown", "2", "sustained"),
)


def count(tables: CountTables, *place: str) -> int:
    return tables.family.counts[tables.places.index(Place(*place))]


def row(rows: Sequence[PublishedRow], *place: str) -> PublishedRow:
    return next(
        one
        for one in rows
        if (one.attribute, one.attribute_value, one.dimension, one.dimension_value) == place
    )


def test_every_person_is_counted_once_in_each_table_and_in_each_total() -> None:
    tables = count_tables(EVERYONE, 11)
    assert tables.people == count(tables, "all", "all", "all", "all") == 164
    assert count(tables, "race", "black", "district", "1") == 40
    assert count(tables, "race", "white", "district", "1") == 23
    assert count(tables, "race", "white", "all", "all") == 48
    assert count(tables, "all", "all", "district", "2") == 71
    assert count(tables, "race", "white", "resolution_class", "sustained") == 3


def test_a_value_that_nobody_has_is_a_row_like_any_other() -> None:
    places = count_tables(EVERYONE, 11, {"race": RACES}).places
    rows = published_rows(count_tables(EVERYONE, 11, {"race": RACES}))
    assert Place("race", "asian", "district", "1") in places
    assert row(rows, "race", "asian", "all", "all").people_count in (0, None)


def test_too_few_people_have_no_cut() -> None:
    tables = count_tables(EVERYONE[:10], 11, {"race": RACES})
    assert tables.people == 10
    assert published_rows(tables) == ()


def test_what_needs_no_attribute_is_always_shown() -> None:
    rows = published_rows(count_tables(EVERYONE, 11, {"race": RACES}))
    known = [one for one in rows if one.attribute == "all"]
    assert len(known) == 5
    assert all(one.value_state == "shown" and one.people_count is not None for one in known)


def test_one_symbol_stands_for_every_hidden_count() -> None:
    rows = published_rows(count_tables(EVERYONE, 11))
    hidden = [one for one in rows if one.people_count is None]
    assert row(rows, "race", "white", "resolution_class", "sustained") in hidden
    assert {one.value_state for one in hidden} == {"suppressed"}
    assert {one.value_state for one in rows if one not in hidden} == {"shown"}


def test_values_with_too_few_people_are_pooled_until_the_pool_is_large_enough() -> None:
    few = people((4, "black", "3", "sustained"), (5, "white", "4", "sustained"))
    tables = count_tables(EVERYONE + few, 11)
    districts = {place.dimension_value for place in tables.places if place.dimension == "district"}
    assert districts == {"1", "all_others"}
    assert tables.pooled_values == 2
    assert count(tables, "all", "all", "district", "all_others") == 80


def test_a_dimension_of_which_only_the_pool_is_left_says_nothing_and_is_left_out() -> None:
    scattered = [
        Person(str(at), {"race": "black"}, {"district": str(at), "category": "force"})
        for at in range(20)
    ]
    tables = count_tables(scattered, 11)
    assert {place.dimension for place in tables.places} == {"all"}


def test_a_feed_s_own_all_is_not_taken_for_the_total() -> None:
    tables = count_tables(EVERYONE + people((50, "black", "all", "sustained")), 11)
    assert count(tables, "race", "black", "all", "all") == 120
    assert Place("race", "black", "district", "all") not in tables.places


def test_a_missing_value_has_a_name_of_its_own() -> None:
    lost = [Person(str(at), {"sex": "male"}, {"district": None}) for at in range(60)]
    tables = count_tables(EVERYONE + lost, 11)
    assert count(tables, "all", "all", "district", "not_stated") == 60
    assert count(tables, "race", "unknown", "district", "not_stated") == 60
    assert count(tables, "sex", "unknown", "all", "all") == 164


def test_of_a_group_with_one_outcome_no_count_by_outcome_is_shown() -> None:
    one_sided = people((30, "asian", "1", "unresolved"), (30, "asian", "2", "unresolved"))
    rows = published_rows(count_tables(EVERYONE + one_sided, 11))
    of_group = [
        one
        for one in rows
        if one.attribute_value == "asian" and one.dimension == "resolution_class"
    ]
    assert len(of_group) == 2
    assert {(one.value_state, one.group_share_code) for one in of_group} == {("suppressed", None)}
    assert row(rows, "race", "asian", "district", "1").people_count == 30


def test_a_large_group_gets_a_code_instead() -> None:
    one_sided = people((240, "asian", "1", "unresolved"), (4, "asian", "2", "sustained"))
    rows = published_rows(count_tables(EVERYONE + one_sided, 11))
    top = row(rows, "race", "asian", "resolution_class", "unresolved")
    rest = row(rows, "race", "asian", "resolution_class", "sustained")
    assert (top.people_count, top.group_share_code) == (None, ">= 95 %")
    assert (rest.people_count, rest.group_share_code) == (None, "<= 5 %")
    assert {one.group_share_code for one in rows if one not in (top, rest)} == {None}


def test_codes_are_not_said_where_no_table_could_agree_with_them() -> None:
    """Three groups of 220 and 30 known others: two groups cannot hold them all at 5 %."""
    counts = (*(220, 210, 10) * 3, 630, 30)
    sums = (*((at, (at + 1, at + 2)) for at in (0, 3, 6)), (9, (1, 4, 7)), (10, (2, 5, 8)))
    family = Family(counts, frozenset({0, 3, 6, 9, 10}), sums)
    places = tuple(Place("race", str(cell), "all", "all") for cell in range(11))
    groups = tuple(Group(at, (at + 1, at + 2), at + 1, 220) for at in (0, 3, 6))
    rows = published_rows(CountTables(11, 660, 0, places, family, family, groups))
    assert {one.group_share_code for one in rows} == {None}
    assert [one.people_count for one in rows] == [*(220, None, None) * 3, 630, 30]


def test_no_small_count_can_be_told_even_beside_the_public_rows() -> None:
    for seed in range(6):
        tables = count_tables(crowd(random.Random(seed), 600), 11, {"race": RACES})
        rows = published_rows(tables)
        assert any(one.value_state == "suppressed" for one in rows)
        assert told(tables, rows, 11) == []
        assert known_small(tables, rows) == []


def test_the_quick_way_for_many_rows_is_as_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kin, "MANY", 0)
    for seed in range(6):
        tables = count_tables(crowd(random.Random(seed), 600), 11, {"race": RACES})
        rows = published_rows(tables)
        assert any(one.value_state == "suppressed" for one in rows)
        assert told(tables, rows, 11) == []
        assert known_small(tables, rows) == []


def test_tables_protected_without_the_rows_behind_them_are_broken_by_these() -> None:
    broken = 0
    for seed in range(12):
        tables = count_tables(crowd(random.Random(seed), 600), 11, {"race": RACES})
        hidden = protect(tables.family, 11)
        values = [None if cell in hidden else n for cell, n in enumerate(tables.family.counts)]
        small = tables.family.small(11)
        assert exposed(values, tables.family.equations, 11, small=small) == []
        unseen = [None if cell in tables.behind.unseen else n for cell, n in _behind(tables)]
        broken += bool(exposed(values + unseen, tables.behind.equations, 11, small=small))
    print(f"\n{broken} of 12 were broken by the rows")
    assert broken > 0


def test_cuts_are_made_alike_whatever_the_order_of_the_people() -> None:
    crowded = crowd(random.Random(3), 600)
    mixed = random.Random(4).sample(crowded, len(crowded))
    assert published_rows(count_tables(crowded, 11)) == published_rows(count_tables(mixed, 11))


def crowd(lot: random.Random, size: int) -> list[Person]:
    """People of whom category and district go together, as they do in life."""

    def one(at: int) -> Person:
        district = lot.choice("1112234")
        category = lot.choice({"1": "ab", "2": "bc", "3": "c", "4": "d"}[district])
        outcome = lot.choice(("sustained", "unresolved", "unresolved"))
        race = lot.choices(RACES, (1, 30, 6, 12))[0]
        dimensions = {"district": district, "category": category, "resolution_class": outcome}
        return Person(str(at), {"race": race}, dimensions)

    return [one(at) for at in range(size)]


def told(tables: CountTables, rows: Sequence[PublishedRow], threshold: int) -> list[Place]:
    """The small counts that a reader of rows, tables and codes knows too much about."""
    values = [one.people_count for one in rows]
    values += [None if cell in tables.behind.unseen else n for cell, n in _behind(tables)]
    limits = [
        Limit(group.limit(), 0.0) for group in tables.one_sided if rows[group.top].group_share_code
    ]
    known = bounds(values, tables.behind.equations, limits)
    return [
        tables.places[cell]
        for cell in sorted(tables.family.small(threshold))
        if known[cell][0] > NEARLY or known[cell][1] < threshold - NEARLY
    ]


def known_small(tables: CountTables, rows: Sequence[PublishedRow]) -> list[Place]:
    """The hidden counts, small or not, that are known to be under the threshold."""
    behind = replace(tables.behind, limits=())
    values = [one.people_count for one in rows]
    values += [None if cell in behind.unseen else n for cell, n in _behind(tables)]
    known = bounds(values, behind.equations)
    return [
        tables.places[cell]
        for cell, one in enumerate(rows)
        if one.people_count is None and known[cell][1] < tables.threshold - NEARLY
    ]


def _behind(tables: CountTables) -> list[tuple[int, int]]:
    return list(enumerate(tables.behind.counts))[len(tables.places) :]
