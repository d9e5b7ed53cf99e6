"""CKAN datastores: limits that are clipped, links that never end, refusals of several kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines import ingest, warehouse
from pipelines.failures import Misconfigured
from tests.wire import claims, fetching
from tests.wire.ckan import CKAN, SEARCH
from tests.wire.claims import Case, asked
from tests.wire.invented import COLUMNS, complaints
from tests.wire.server import Request, serving
from tests.wire.tables import Field, Table

Resource = Callable[..., Case]


@pytest.fixture
def resource(tmp_path: Path) -> Iterator[Resource]:
    """Makes a served resource of ten rows, three a page, and the feed that reads it."""
    with ExitStack() as stack:

        def made(
            table: Table | None = None, columns: Any = COLUMNS, meta: Any = None, **behaves: Any
        ) -> Case:
            service = CKAN(table or complaints(10), **{"most": 3, **behaves})
            wire = stack.enter_context(serving(service))
            told = {"query": {"resource_id": service.table.id}, **(meta or {})}
            contract = fetching.contract_for(tmp_path, "ckan", wire.url(SEARCH), columns, **told)
            return Case(service, wire, contract, fetching.settings_for(tmp_path), is_page)

        yield made


def is_page(request: Request) -> bool:
    return request.path == SEARCH and str(asked(request).get("limit")) != "0"


def offsets(case: Case) -> list[int]:
    return [int(asked(page).get("offset", 0)) for page in case.pages]


@pytest.mark.behaviour(16)
def test_offsets_move_by_the_rows_received_in_the_order_of_the_row_numbers(
    resource: Resource,
) -> None:
    case = resource()
    case.comes_whole()
    assert offsets(case) == [0, 3, 6, 9]
    assert all(str(asked(page)["sort"]).startswith("_id") for page in case.pages)
    assert all("limit" in asked(page) for page in case.pages)


@pytest.mark.behaviour(16)
@pytest.mark.parametrize("rows", [1, 2, 3, 6, 9])
def test_the_total_ends_the_paging_though_there_is_always_a_next_link(
    resource: Resource, rows: int
) -> None:
    case = resource(complaints(rows))
    case.comes_whole()
    assert len(case.pages) <= rows // 3 + 1


@pytest.mark.behaviour(16)
def test_a_table_larger_than_the_portals_limit_comes_whole(resource: Resource) -> None:
    case = resource(complaints(33_000), most=32_000)
    case.comes_whole()
    assert offsets(case)[-1] == 32_000 or max(int(asked(p)["limit"]) for p in case.pages) < 32_000


@pytest.mark.behaviour(16)
@pytest.mark.parametrize("empty_from", [0, 3, 9])
def test_records_that_end_before_the_total_never_land(resource: Resource, empty_from: int) -> None:
    resource(empty_from=empty_from).fails()


@pytest.mark.behaviour(16)
def test_an_empty_resource_is_empty_and_not_broken(resource: Resource) -> None:
    case = resource(complaints(0))
    parts = fetching.fetch(case.contract, case.settings)
    assert sum(part.records or 0 for part in parts) == 0
    assert len(case.wire.asked) < 10


@pytest.mark.behaviour(17)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "Integrity Error"),
        (403, "Authorization Error"),
        (404, "Not Found Error"),
        (409, "Validation Error"),
        (409, "Search Error"),
        (500, "Internal Server Error"),
    ],
)
def test_a_refusal_fails_the_feed_by_its_status_and_quotes_no_values(
    resource: Resource, status: int, kind: str
) -> None:
    case = resource(refusal=(status, {"__type": kind, "message": "Ann Example of Elm St"}))
    assert "Ann" not in case.fails(str(status)).told()


@pytest.mark.behaviour(17)
def test_success_false_in_status_200_is_a_failure(resource: Resource) -> None:
    resource(refusal=(200, {"__type": "Search Error", "message": "no"})).fails()


@pytest.mark.behaviour(17)
@pytest.mark.parametrize("status", [200, 404, 409])
def test_a_refusal_after_good_pages_lets_none_of_them_land(resource: Resource, status: int) -> None:
    case = resource()

    def refuses(page: int) -> None:
        if page == 2:
            case.service.refusal = (status, {"__type": "Search Error"})

    case.service.after_page = refuses
    case.fails()


@pytest.mark.behaviour(17)
def test_a_resource_that_does_not_exist_fails_with_404(resource: Resource) -> None:
    resource(meta={"query": {"resource_id": "00000000-gone"}}).fails("404")


@pytest.mark.behaviour(17)
def test_a_passing_failure_of_the_server_is_waited_out(resource: Resource) -> None:
    resource(refusal=(500, {"__type": "Internal"}), refusals=1).comes_whole()


@pytest.mark.behaviour(17)
def test_a_web_page_with_status_200_is_never_taken_for_records(resource: Resource) -> None:
    case = resource(web_pages=1_000)
    case.fails("web page")
    (kept,) = (case.settings.snapshots / "refused").iterdir()
    assert kept.read_bytes().startswith(b"<!DOCTYPE html>")


@pytest.mark.behaviour(17)
def test_a_private_resource_needs_the_token_of_its_contract(resource: Resource) -> None:
    resource(token="sesame-7f").fails("403")
    case = resource(token="sesame-7f", meta={"token": "larkhaven_data"})
    with pytest.raises(Misconfigured, match="OVERSIGHT_TOKEN_LARKHAVEN_DATA"):
        case.rows()
    case.settings = replace(case.settings, tokens={"larkhaven_data": "sesame-7f"})
    case.comes_whole()
    assert not [request for request in case.wire.asked if "sesame-7f" in str(request.query)]


@pytest.mark.behaviour(16)
def test_values_of_every_type_land_as_the_portal_writes_them(resource: Resource) -> None:
    kinds = {"Days": "integer", "Share": "number", "Is Open": "checkbox", "Date Received": "date"}
    fields = [Field("Id", "Id"), *(Field(name, name, kind) for name, kind in kinds.items())]
    received = datetime(2020, 2, 29, 13, 5, tzinfo=UTC)
    rows = [
        {"Id": "K-1", "Days": -7, "Share": 0.25, "Is Open": True, "Date Received": received},
        {"Id": "K-2", "Days": 0, "Share": 100, "Is Open": False, "Date Received": None},
        {"Id": "Élan \u2028 \U0001f600", **dict.fromkeys(kinds)},
    ]
    columns = ("id", "days", "share", "is_open", "date_received")
    assert resource(Table("kinds", fields, rows), columns).rows() == [
        ("K-1", "-7", "0.25", "true", "2020-02-29T13:05:00"),
        ("K-2", "0", "100", "false", ""),
        ("Élan \u2028 \U0001f600", "", "", "", ""),
    ]


@pytest.mark.behaviour(16)
def test_the_row_numbers_of_the_datastore_are_not_taken_for_a_new_column(
    resource: Resource,
) -> None:
    case = resource()
    warehouse.create(case.settings)
    fetched = ingest.fetch_snapshot(case.contract, case.settings)
    accounting = ingest.load_raw(case.contract, fetched.snapshot, case.settings)
    assert (accounting.loaded, accounting.unknown_columns) == (10, ())


@pytest.mark.behaviour(16)
def test_a_row_added_while_pages_are_fetched_lands_too(resource: Resource) -> None:
    claims.reads_again_when_a_row_is_added(resource())


@pytest.mark.behaviour(16)
def test_a_resource_that_grows_with_every_page_is_given_up(resource: Resource) -> None:
    claims.gives_up_on_a_table_that_never_rests(resource())


@pytest.mark.behaviour(16)
def test_a_row_swapped_for_another_while_pages_are_fetched_is_noticed(resource: Resource) -> None:
    claims.notices_a_swap(resource())


@pytest.mark.behaviour(16)
def test_a_table_that_is_loaded_anew_while_pages_are_fetched_is_never_mixed(
    resource: Resource,
) -> None:
    case = resource()

    def loads_anew(page: int) -> None:
        if page == 2:
            case.service.table.rows.reverse()
            case.service.renumber()
            case.service.table.stamp += 60

    case.service.after_page = loads_anew
    case.is_never_partial()


@pytest.mark.behaviour(16)
def test_an_interrupted_fetch_asks_only_for_what_is_missing(resource: Resource) -> None:
    claims.goes_on_where_it_broke_off(resource())


@pytest.mark.behaviour(16)
def test_pages_from_before_an_upload_are_not_used_after_it(resource: Resource) -> None:
    claims.forgets_pages_of_an_earlier_state(resource())


@pytest.mark.behaviour(16)
def test_a_resource_that_was_not_modified_is_not_read_again(resource: Resource) -> None:
    claims.skips_what_has_not_changed(resource())


@pytest.mark.behaviour(16)
@pytest.mark.parametrize("digest", ["", "9f2c"])
def test_a_resource_without_a_date_is_skipped_only_by_its_hash(
    resource: Resource, digest: str
) -> None:
    case = resource(tells_change=False, hash=digest)
    case.comes_whole()
    before = len(case.pages)
    fetching.fetch(case.contract, case.settings, known=claims.known_parts(case))
    assert (len(case.pages) == before) is bool(digest)
    case.service.hash = digest and "77aa"
    fetching.fetch(case.contract, case.settings, known=claims.known_parts(case))
    assert len(case.pages) > before


@pytest.mark.behaviour(26)
@pytest.mark.parametrize("fault", claims.FAULTS)
def test_a_page_broken_on_its_way_is_fetched_again(resource: Resource, fault: claims.Fault) -> None:
    claims.survives_a_broken_page(resource(), fault)


@pytest.mark.behaviour(26)
@pytest.mark.parametrize("fault", claims.FAULTS)
def test_a_page_that_never_comes_whole_fails_the_feed(
    resource: Resource, fault: claims.Fault
) -> None:
    claims.refuses_a_page_that_stays_broken(resource(), fault)


@pytest.mark.behaviour(26)
def test_a_redirect_to_another_host_is_not_followed(resource: Resource) -> None:
    claims.stays_with_its_host(resource())


def test_a_look_is_one_request_and_brings_the_columns(resource: Resource) -> None:
    claims.looks_once(resource())


def test_a_sample_is_one_page_of_the_first_rows(resource: Resource) -> None:
    claims.samples_a_page(resource())
