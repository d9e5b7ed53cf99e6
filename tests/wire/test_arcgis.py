"""ArcGIS layers: errors in disguise, flags instead of page lengths, dates in milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.failures import Misconfigured
from pipelines.settings import Settings
from tests.wire import claims, fetching, invented
from tests.wire.arcgis import ArcGIS, Trouble
from tests.wire.claims import Case, asked
from tests.wire.invented import complaints, moments
from tests.wire.server import Request, serving
from tests.wire.tables import Field, Table

COLUMNS = ("objectid", *invented.COLUMNS)
Layer = Callable[..., Case]


@pytest.fixture
def layer(tmp_path: Path) -> Iterator[Layer]:
    """Makes a served layer of ten rows, three a page, and the feed that reads it."""
    with ExitStack() as stack:

        def made(
            table: Table | None = None, columns: Any = COLUMNS, meta: Any = None, **behaves: Any
        ) -> Case:
            service = ArcGIS(table or complaints(10), **{"most": 3, **behaves})
            wire = stack.enter_context(serving(service))
            place = wire.url(service.path)
            contract = fetching.contract_for(tmp_path, "arcgis", place, columns, **(meta or {}))
            return Case(service, wire, contract, fetching.settings_for(tmp_path), is_page)

        yield made


def is_page(request: Request) -> bool:
    given = asked(request)
    only = ("returnCountOnly", "returnIdsOnly")
    return request.path.endswith("/query") and not any(given.get(o) == "true" for o in only)


def offsets(case: Case) -> list[int]:
    return [int(asked(page).get("resultOffset", 0)) for page in case.pages]


def sizes(case: Case) -> list[int]:
    return [int(asked(page)["resultRecordCount"]) for page in case.pages]


@pytest.mark.behaviour(13)
def test_all_rows_come_in_pages_in_an_order_that_was_asked_for(layer: Layer) -> None:
    case = layer()
    case.comes_whole()
    assert offsets(case) == [0, 3, 6, 9]
    assert all("OBJECTID" in asked(page)["orderByFields"] for page in case.pages)
    assert all(asked(page)["returnGeometry"] == "false" for page in case.pages)


@pytest.mark.behaviour(13)
@pytest.mark.parametrize("rows", [1, 3, 6, 7])
@pytest.mark.parametrize("keyless_end", [False, True])
def test_the_flag_ends_the_paging_and_nothing_is_asked_after_it(
    layer: Layer, rows: int, keyless_end: bool
) -> None:
    case = layer(complaints(rows), keyless_end=keyless_end)
    case.comes_whole()
    assert len(case.pages) == -(-rows // 3)


@pytest.mark.behaviour(13)
@pytest.mark.parametrize("short_by", [1, 2, 3])
def test_after_a_short_page_the_offset_moves_by_the_rows_received(
    layer: Layer, short_by: int
) -> None:
    case = layer(most=4, short_by=short_by, keyless_end=True)
    case.comes_whole()
    received = 4 - short_by
    assert offsets(case)[:3] == [0, received, 2 * received]
    assert len(set(offsets(case))) == len(offsets(case))


@pytest.mark.behaviour(13)
@pytest.mark.parametrize("empty_from", [0, 3, 9])
@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("times", [1, 1_000_000])
def test_an_empty_page_that_promises_more_is_not_the_end(
    layer: Layer, empty_from: int, bare: bool, times: int
) -> None:
    case = layer(empty_from=empty_from, empty_times=times, bare_when_empty=bare)
    case.comes_whole()


@pytest.mark.behaviour(13)
def test_rows_that_do_not_keep_to_the_order_never_land_in_part(layer: Layer) -> None:
    for _ in range(4):
        layer(restless=True).is_never_partial()


@pytest.mark.behaviour(12)
@pytest.mark.parametrize("kind", ["layer", "page"])
@pytest.mark.parametrize("code", [400, 403, 404, 498, 499])
def test_an_error_inside_status_200_fails_the_feed_by_its_code(
    layer: Layer, code: int, kind: str
) -> None:
    layer(errors={code: Trouble(kind)}).fails(str(code))


@pytest.mark.behaviour(12)
@pytest.mark.parametrize("kind", ["layer", "page", "count"])
@pytest.mark.parametrize("code", [500, 504])
def test_a_layer_that_stays_broken_is_given_up(layer: Layer, code: int, kind: str) -> None:
    case = layer(errors={code: Trouble(kind)})
    if kind == "count":
        case.is_never_partial()
    else:
        case.fails(str(code))


@pytest.mark.behaviour(12)
@pytest.mark.parametrize("code", [400, 499, 500])
def test_an_error_after_good_pages_lets_none_of_them_land(layer: Layer, code: int) -> None:
    case = layer()

    def breaks(page: int) -> None:
        if page == 2:
            case.service.errors[code] = Trouble("page")

    case.service.after_page = breaks
    case.fails(str(code))


@pytest.mark.behaviour(12)
def test_a_page_too_large_for_the_server_is_asked_for_by_halves(layer: Layer) -> None:
    case = layer(complaints(20), most=8, too_big=3)
    case.comes_whole()
    assert sizes(case)[:3] == [8, 4, 2]
    assert max(sizes(case)[2:]) <= 3
    assert len(case.pages) <= 2 + 10


@pytest.mark.behaviour(12, 14)
def test_a_batch_of_ids_too_large_for_the_server_is_halved_too(layer: Layer) -> None:
    layer(complaints(20), most=8, too_big=3, paginates=False).comes_whole()


@pytest.mark.behaviour(12)
def test_a_server_that_fails_once_is_asked_again(layer: Layer) -> None:
    layer(complaints(8), errors={500: Trouble("page", times=1)}).comes_whole()


@pytest.mark.behaviour(12)
@pytest.mark.parametrize("kind", ["layer", "page"])
def test_a_web_page_with_status_200_is_never_taken_for_rows(layer: Layer, kind: str) -> None:
    case = layer(web_page=Trouble(kind))
    case.fails("web page")
    (kept,) = (case.settings.snapshots / "refused").iterdir()
    assert kept.read_bytes().startswith(b"<!DOCTYPE html>")


@pytest.mark.behaviour(12)
def test_a_protected_layer_without_a_token_fails_with_its_code(layer: Layer) -> None:
    layer(token="sesame-7f").fails("499")


@pytest.mark.behaviour(12)
def test_a_token_that_is_not_set_is_asked_for_by_the_name_of_its_setting(layer: Layer) -> None:
    case = layer(token="sesame-7f", meta={"token": "larkhaven_gis"})
    with pytest.raises(Misconfigured, match="OVERSIGHT_TOKEN_LARKHAVEN_GIS"):
        case.rows()
    assert case.wire.asked == []


@pytest.mark.behaviour(12)
def test_a_token_opens_the_layer_and_is_in_no_address_that_is_kept(layer: Layer) -> None:
    case = layer(token="sesame-7f", meta={"token": "larkhaven_gis"})
    case.settings = _with_token(case, "sesame-7f")
    parts = fetching.fetch(case.contract, case.settings)
    assert not [part for part in parts if "sesame" in f"{part.url}{part.place}{part.name}"]
    case.comes_whole()
    written = [p for p in case.settings.data.rglob("*") if p.is_file() and p.suffix != ".duckdb"]
    assert not [path.name for path in written if b"sesame-7f" in path.read_bytes()]


@pytest.mark.behaviour(12)
def test_a_wrong_token_fails_with_its_code_and_is_not_told(layer: Layer) -> None:
    case = layer(token="sesame-7f", meta={"token": "larkhaven_gis"})
    case.settings = _with_token(case, "simsim-3a")
    assert "simsim-3a" not in case.fails("498").told()


def _with_token(case: Case, token: str) -> Settings:
    return replace(case.settings, tokens={"larkhaven_gis": token})


@pytest.mark.behaviour(14)
def test_a_layer_that_cannot_page_is_read_by_its_ids(layer: Layer) -> None:
    case = layer(paginates=False)
    case.comes_whole()
    paging = {"resultOffset", "resultRecordCount"}
    assert not [page for page in case.pages if paging & set(asked(page))]
    assert len(case.pages) == 4


@pytest.mark.behaviour(14)
def test_ids_with_gaps_and_of_many_digits_fit_into_the_requests(layer: Layer) -> None:
    table = complaints(700)
    table.fields.insert(0, Field("OBJECTID", "OBJECTID", "integer"))
    for number, row in enumerate(table.rows):
        row["OBJECTID"] = 1_900_000_000 + 37 * number
    case = layer(table, most=500, paginates=False)
    case.comes_whole()
    assert 414 not in case.wire.statuses


@pytest.mark.behaviour(14)
def test_a_row_that_goes_between_the_ids_and_the_batches_is_noticed(layer: Layer) -> None:
    case = layer(paginates=False)
    case.service.after_page = lambda page: case.service.table.rows.pop() if page == 1 else None
    case.comes_whole()


@pytest.mark.behaviour(14)
def test_a_layer_without_rows_and_without_paging_is_empty(layer: Layer) -> None:
    case = layer(complaints(0), paginates=False, bare_when_empty=True)
    assert sum(part.records or 0 for part in fetching.fetch(case.contract, case.settings)) == 0


DATES = {
    0: "1970/01/01 00:00:00+00",
    -1_000: "1969/12/31 23:59:59+00",
    -2_208_902_400_000: "1900/01/02 00:00:00+00",
    33_134_659_200_000: "3019/12/31 00:00:00+00",
    1_577_836_800_000: "2020/01/01 00:00:00+00",
    "01/31/2020": "01/31/2020",
    "Unknown": "Unknown",
    None: "",
}


@pytest.mark.behaviour(15)
@pytest.mark.parametrize("behaves", [{}, {"paginates": False}, {"empty_from": 3}])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain;charset=utf-8"])
def test_milliseconds_become_dates_and_words_in_a_date_column_stay(
    layer: Layer, content_type: str, behaves: dict[str, Any]
) -> None:
    columns = ("id", "reported", "days", "share", "objectid")
    case = layer(moments(DATES), columns, content_type=content_type, **behaves)
    landed = {row[0]: row[1:4] for row in case.rows()}
    for number, date in enumerate(DATES.values()):
        days = f"-{number}" if number else ""
        assert landed[f"K-{number}"] == (date, days, f"{number}.5")


@pytest.mark.behaviour(15)
def test_an_empty_page_without_fields_does_not_change_how_dates_are_read(layer: Layer) -> None:
    columns = ("id", "reported", "days", "share", "objectid")
    table = moments(DATES)
    case = layer(table, columns, empty_from=3, empty_times=1, bare_when_empty=True)
    assert [row[1] for row in case.rows()] == list(DATES.values())


@pytest.mark.behaviour(15)
def test_a_text_column_with_large_numbers_is_left_alone(layer: Layer) -> None:
    case = layer(complaints(4, note="1577836800000"), (*COLUMNS, "note"))
    case.comes_whole()


@pytest.mark.behaviour(15)
@pytest.mark.parametrize("bare", [False, True])
def test_a_layer_without_rows_is_empty_and_not_broken(layer: Layer, bare: bool) -> None:
    case = layer(complaints(0), bare_when_empty=bare, keyless_end=bare)
    parts = fetching.fetch(case.contract, case.settings)
    assert sum(part.records or 0 for part in parts) == 0
    assert len(case.wire.asked) < 10


@pytest.mark.behaviour(15)
def test_a_required_value_that_is_blank_is_set_aside(layer: Layer) -> None:
    table = complaints(10)
    table.rows[4]["Id"] = None
    case = layer(table, meta={"max_quarantined_pct": 20})
    assert len(case.rows()) == 9


def test_an_address_with_spaces_is_read(layer: Layer) -> None:
    layer(path="/arcgis/rest/services/Lark Haven Police/MapServer/5").comes_whole()


@pytest.mark.behaviour(13)
def test_a_table_without_geometry_is_read_like_a_layer(layer: Layer) -> None:
    layer(has_geometry=False).comes_whole()


@pytest.mark.behaviour(13)
@pytest.mark.parametrize("paginates", [True, False])
def test_a_row_added_while_pages_are_fetched_lands_too(layer: Layer, paginates: bool) -> None:
    claims.reads_again_when_a_row_is_added(layer(paginates=paginates))


@pytest.mark.behaviour(13)
def test_a_layer_that_grows_with_every_page_is_given_up(layer: Layer) -> None:
    claims.gives_up_on_a_table_that_never_rests(layer())


@pytest.mark.behaviour(13)
@pytest.mark.parametrize("paginates", [True, False])
def test_a_row_swapped_for_another_while_pages_are_fetched_is_noticed(
    layer: Layer, paginates: bool
) -> None:
    claims.notices_a_swap(layer(paginates=paginates))


@pytest.mark.behaviour(13)
@pytest.mark.parametrize("paginates", [True, False])
def test_an_interrupted_fetch_asks_only_for_what_is_missing(layer: Layer, paginates: bool) -> None:
    claims.goes_on_where_it_broke_off(layer(paginates=paginates))


@pytest.mark.behaviour(13)
@pytest.mark.parametrize("paginates", [True, False])
def test_pages_from_before_an_edit_are_not_used_after_it(layer: Layer, paginates: bool) -> None:
    claims.forgets_pages_of_an_earlier_state(layer(paginates=paginates))


@pytest.mark.behaviour(13)
@pytest.mark.parametrize("paginates", [True, False])
def test_a_layer_with_the_same_edit_date_is_not_read_again(layer: Layer, paginates: bool) -> None:
    claims.skips_what_has_not_changed(layer(paginates=paginates))


@pytest.mark.behaviour(13)
def test_a_layer_that_tells_no_edit_date_is_read_every_time(layer: Layer) -> None:
    case = layer(tells_edits=False)
    case.comes_whole()
    before = len(case.pages)
    fetching.fetch(case.contract, case.settings, known=claims.known_parts(case))
    assert len(case.pages) == 2 * before


@pytest.mark.behaviour(26)
@pytest.mark.parametrize("fault", claims.FAULTS)
def test_a_page_broken_on_its_way_is_fetched_again(layer: Layer, fault: claims.Fault) -> None:
    claims.survives_a_broken_page(layer(), fault)


@pytest.mark.behaviour(26)
@pytest.mark.parametrize("fault", claims.FAULTS)
def test_a_page_that_never_comes_whole_fails_the_feed(layer: Layer, fault: claims.Fault) -> None:
    claims.refuses_a_page_that_stays_broken(layer(), fault)


@pytest.mark.behaviour(26)
def test_a_redirect_to_another_host_is_not_followed(layer: Layer) -> None:
    claims.stays_with_its_host(layer())


def test_a_look_is_one_request_and_brings_the_columns(layer: Layer) -> None:
    claims.looks_once(layer())


def test_a_sample_is_one_page_of_the_first_rows(layer: Layer) -> None:
    claims.samples_a_page(layer())
