"""CARTO tables: no limit of rows but one of time, and errors as lists of sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines import ingest, warehouse
from tests.wire import claims, fetching
from tests.wire.carto import PATH, Carto
from tests.wire.claims import Case, asked
from tests.wire.invented import COLUMNS, complaints
from tests.wire.server import Request, serving
from tests.wire.tables import Field, Table

MANY, SLOW = 2_000, 600
User = Callable[..., Case]


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    """Makes a user with one served table, and the feed that reads it."""
    with ExitStack() as stack:

        def made(
            table: Table | None = None, columns: Any = COLUMNS, meta: Any = None, **behaves: Any
        ) -> Case:
            service = Carto(table or _lower(complaints(10)), **behaves)
            wire = stack.enter_context(serving(service))
            told = {"query": {"table": service.table.id}, **(meta or {})}
            contract = fetching.contract_for(tmp_path, "carto", wire.url(PATH), columns, **told)
            return Case(service, wire, contract, fetching.settings_for(tmp_path), is_page)

        yield made


@pytest.fixture
def slow(user: User) -> Case:
    """A table of which only pages of some hundred rows can be had in time."""
    return user(_lower(complaints(MANY)), slow_above=SLOW, slow_status=400)


def _lower(table: Table) -> Table:
    """The same table with the names that a database gives its columns."""
    fields = [Field(column.name.lower(), column.title, column.type) for column in table.fields]
    rows = [{name.lower(): value for name, value in row.items()} for row in table.rows]
    return Table(table.id, fields, rows)


def is_page(request: Request) -> bool:
    return not re.search(r"\b(count|max|min)\s*\(", asked(request).get("q", ""), re.IGNORECASE)


def limits(case: Case) -> list[int]:
    found = [re.search(r"LIMIT\s+(\d+)", asked(page)["q"], re.IGNORECASE) for page in case.pages]
    return [int(limit[1]) for limit in found if limit]


@pytest.mark.behaviour(18)
def test_all_rows_come_in_an_order_that_was_asked_for(user: User) -> None:
    case = user()
    case.comes_whole()
    statements = [asked(page)["q"] for page in case.pages]
    assert all(re.search(r"ORDER BY cartodb_id", q, re.IGNORECASE) for q in statements)
    assert len(limits(case)) == len(case.pages)


@pytest.mark.behaviour(18)
@pytest.mark.parametrize("status", [400, 429])
def test_a_page_that_takes_too_long_is_asked_for_smaller(user: User, status: int) -> None:
    case = user(_lower(complaints(MANY)), slow_above=SLOW, slow_status=status)
    case.comes_whole()
    assert limits(case) == sorted(limits(case), reverse=True) or limits(case)[0] > limits(case)[-1]
    assert min(limits(case)) > SLOW // 4, "smaller than it had to be"


@pytest.mark.behaviour(18)
def test_pages_start_after_the_last_row_received(slow: Case) -> None:
    slow.comes_whole()
    starts = [re.search(r"cartodb_id\s*>\s*(\d+)", asked(page)["q"]) for page in slow.answered]
    numbers = [int(start[1]) if start else 0 for start in starts]
    assert len(numbers) >= 4
    assert numbers == sorted(set(numbers))


@pytest.mark.behaviour(18)
def test_row_numbers_with_gaps_are_all_read(user: User) -> None:
    table = _lower(complaints(MANY))
    for number, row in enumerate(table.rows):
        row["cartodb_id"] = 7_000_001 * (number + 1)
    user(table, slow_above=SLOW, slow_status=400).comes_whole()


@pytest.mark.behaviour(18)
@pytest.mark.parametrize("status", [400, 429])
def test_a_table_that_is_always_too_slow_is_given_up(user: User, status: int) -> None:
    user(slow_above=0, slow_status=status).fails(str(status))


@pytest.mark.behaviour(18)
def test_a_table_that_does_not_exist_fails_with_400_and_at_once(user: User) -> None:
    case = user(meta={"query": {"table": "gone"}})
    case.fails("400")
    assert len(case.wire.asked) <= 3


@pytest.mark.behaviour(18)
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_fails_the_feed_by_its_status_and_quotes_no_values(
    user: User, status: int
) -> None:
    case = user(refusal=(status, "invalid input: Ann Example"), refusals=1_000)
    assert "Ann" not in case.fails(str(status)).told()


@pytest.mark.behaviour(18)
def test_an_error_list_with_status_200_is_never_taken_for_rows(user: User) -> None:
    user(refusal=(200, "syntax error"), refusals=1_000).fails()


@pytest.mark.behaviour(18)
@pytest.mark.parametrize("status", [200, 400, 403])
def test_a_refusal_after_good_pages_lets_none_of_them_land(slow: Case, status: int) -> None:
    def refuses(page: int) -> None:
        if page == 2:
            slow.service.refusal, slow.service.refusals = (status, "permission denied"), 1_000

    slow.service.after_page = refuses
    slow.fails()


@pytest.mark.behaviour(18)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again(user: User, status: int) -> None:
    user(refusal=(status, "over platform's limits"), refusals=2).comes_whole()


@pytest.mark.behaviour(18)
def test_a_web_page_with_status_200_is_never_taken_for_rows(user: User) -> None:
    case = user(web_pages=1_000)
    case.fails("web page")
    (kept,) = (case.settings.snapshots / "refused").iterdir()
    assert kept.read_bytes().startswith(b"<html>")


@pytest.mark.behaviour(18)
def test_a_table_without_rows_is_empty_and_not_broken(user: User) -> None:
    case = user(_lower(complaints(0)))
    parts = fetching.fetch(case.contract, case.settings)
    assert sum(part.records or 0 for part in parts) == 0
    assert len(case.wire.asked) < 10


@pytest.mark.behaviour(18)
def test_values_of_every_type_land_as_the_service_writes_them(user: User) -> None:
    kinds = {"days": "integer", "share": "number", "is_open": "checkbox", "received": "date"}
    fields = [Field("id", "id"), *(Field(name, name, kind) for name, kind in kinds.items())]
    received = datetime(2020, 2, 29, tzinfo=UTC)
    rows = [
        {"id": "K-1", "days": -7, "share": 0.25, "is_open": True, "received": received},
        {"id": "K-2", **dict.fromkeys(kinds)},
    ]
    columns = ("id", "days", "share", "is_open", "received")
    assert user(Table("kinds", fields, rows), columns).rows() == [
        ("K-1", "-7", "0.25", "true", "2020-02-29T00:00:00Z"),
        ("K-2", "", "", "", ""),
    ]


@pytest.mark.behaviour(18)
def test_row_numbers_and_geometries_are_not_taken_for_new_columns(user: User) -> None:
    case = user()
    warehouse.create(case.settings)
    fetched = ingest.fetch_snapshot(case.contract, case.settings)
    accounting = ingest.load_raw(case.contract, fetched.snapshot, case.settings)
    assert (accounting.loaded, accounting.unknown_columns) == (10, ())


@pytest.mark.behaviour(18)
def test_a_row_added_while_pages_are_fetched_lands_too(slow: Case) -> None:
    claims.reads_again_when_a_row_is_added(slow)


@pytest.mark.behaviour(18)
def test_a_table_that_grows_with_every_page_is_given_up(slow: Case) -> None:
    claims.gives_up_on_a_table_that_never_rests(slow)


@pytest.mark.behaviour(18)
def test_an_interrupted_fetch_asks_only_for_what_is_missing(slow: Case) -> None:
    claims.goes_on_where_it_broke_off(slow)


@pytest.mark.behaviour(18)
def test_a_table_without_any_stamp_is_read_every_time(user: User) -> None:
    case = user()
    case.comes_whole()
    before = len(case.pages)
    fetching.fetch(case.contract, case.settings, known=claims.known_parts(case))
    assert len(case.pages) == 2 * before


@pytest.mark.behaviour(26)
@pytest.mark.parametrize("fault", claims.FAULTS)
def test_a_page_broken_on_its_way_is_fetched_again(slow: Case, fault: claims.Fault) -> None:
    claims.survives_a_broken_page(slow, fault)


@pytest.mark.behaviour(26)
@pytest.mark.parametrize("fault", claims.FAULTS)
def test_a_page_that_never_comes_whole_fails_the_feed(slow: Case, fault: claims.Fault) -> None:
    claims.refuses_a_page_that_stays_broken(slow, fault)


@pytest.mark.behaviour(26)
def test_a_redirect_to_another_host_is_not_followed(user: User) -> None:
    claims.stays_with_its_host(user())


@pytest.mark.behaviour(18)
def test_a_row_swapped_for_another_while_pages_are_fetched_is_noticed(slow: Case) -> None:
    claims.notices_a_swap(slow)


@pytest.mark.behaviour(18)
def test_a_row_taken_away_while_pages_are_fetched_does_not_land(slow: Case) -> None:
    slow.service.after_page = lambda page: slow.service.table.rows.pop(0) if page == 1 else None
    slow.comes_whole()


@pytest.mark.behaviour(18)
def test_pages_from_before_an_edit_are_not_used_after_it(slow: Case) -> None:
    claims.forgets_pages_of_an_earlier_state(slow)


def test_a_look_is_one_request_and_brings_the_columns(user: User) -> None:
    claims.looks_once(user())


def test_a_sample_is_one_page_of_the_first_rows(user: User) -> None:
    claims.samples_a_page(user())
