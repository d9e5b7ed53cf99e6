"""Federal awards: cursors, counts and windows of the search, and the states of a download."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.contracts import Contract
from pipelines.failures import OversightError, SourceFailed
from pipelines.settings import Settings
from tests.wire.fetching import contract_for, fetch, hurried, rows, settings_for
from tests.wire.server import Reply, Request, Wire, serving
from tests.wire.usaspending import USAspending
from tests.wire.usaspending_objects import TRANSACTION_COLUMNS, award, awards_of, transaction

SEARCH = "/api/v2/search/spending_by_award/"
COUNT = "/api/v2/search/spending_by_award_count/"
TRANSACTIONS = "/api/v2/search/spending_by_transaction/"
DOWNLOAD = "/api/v2/download/transactions/"
STATUS = "/api/v2/download/status"
GRANTS = ["02", "03", "04", "05"]
QUERY = {"program_numbers": ["16.710"], "award_type_codes": GRANTS}
AWARD = ("award_id", "recipient_name", "award_amount", "generated_internal_id")
ACTION = (
    "assistance_transaction_unique_key",
    "award_id_fain",
    "modification_number",
    "federal_action_obligation",
    "correction_delete_indicator_code",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


def awards_feed(
    folder: Path, wire: Wire, columns: tuple[Any, ...] = AWARD, **meta: Any
) -> Contract:
    settled = {"key": ["award_id"], "query": QUERY, "records": "results", **meta}
    return contract_for(folder, "usaspending", wire.url(SEARCH), columns, **settled)


def actions_feed(folder: Path, wire: Wire, **meta: Any) -> Contract:
    settled = {"key": [ACTION[0]], "query": QUERY, **meta}
    columns = (*ACTION, *(_unread(name) for name in TRANSACTION_COLUMNS if name not in ACTION))
    return contract_for(folder, "usaspending_download", wire.url(DOWNLOAD), columns, **settled)


def _unread(name: str) -> dict[str, Any]:
    """A column that the file has and that does not land."""
    meta = {"class": "narrative", "optional": True}
    label = name.lower().replace("-", "_")
    return {"name": label, "description": f"The {label}.", "config": {"meta": meta}}


def bodies(wire: Wire, path: str) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in wire.asked if request.path == path]


def many(count: int) -> list[dict[str, Any]]:
    return [award(f"2020UMWX{n:04}", 1000.5 + n) for n in range(count)]


def row(one: dict[str, Any]) -> tuple[str, ...]:
    amount = json.dumps(one["Award Amount"])
    return (one["Award ID"], one["Recipient Name"], amount, one["generated_internal_id"])


@pytest.mark.behaviour(22)
def test_all_awards_come_through_the_cursor_in_pages_of_a_hundred(
    tmp_path: Path, settings: Settings
) -> None:
    service = USAspending(many(250))
    with serving(service) as wire:
        found = rows(awards_feed(tmp_path, wire), settings)
        pages = bodies(wire, SEARCH)
    assert found == sorted(map(row, service.awards))
    assert all(page["limit"] <= 100 for page in pages)
    cursors = [page.get("last_record_unique_id") for page in pages]
    assert cursors[0] is None
    assert None not in cursors[1:]
    assert "None" not in [page.get("last_record_sort_value") for page in pages]


@pytest.mark.behaviour(22)
def test_a_total_that_is_capped_loses_no_award(tmp_path: Path, settings: Settings) -> None:
    service = USAspending(many(450), total_cap=200)
    with serving(service) as wire:
        assert len(rows(awards_feed(tmp_path, wire), settings)) == 450


@pytest.mark.behaviour(22)
def test_awards_beyond_the_window_of_page_numbers_are_reached(
    tmp_path: Path, settings: Settings
) -> None:
    service = USAspending(many(450), window=200)
    with serving(service) as wire:
        assert len(rows(awards_feed(tmp_path, wire), settings)) == 450
        assert set(wire.statuses) == {200}


@pytest.mark.behaviour(22)
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200])
def test_the_last_page_ends_the_fetch_whatever_its_size(
    tmp_path: Path, settings: Settings, count: int
) -> None:
    service = USAspending([*many(count), award("OTHER", 1, _programs=("10.553",))])
    with serving(service) as wire:
        parts = fetch(awards_feed(tmp_path, wire), settings)
        assert sum(part.records or 0 for part in parts) == count
        assert set(wire.statuses) == {200}


@pytest.mark.behaviour(22)
def test_fewer_awards_than_the_count_says_are_refused(tmp_path: Path, settings: Settings) -> None:
    service = USAspending(many(120), counts=[121] * 20)
    with (
        serving(service) as wire,
        pytest.raises(SourceFailed, match="121"),
    ):
        rows(awards_feed(tmp_path, wire), settings)


@pytest.mark.behaviour(22)
def test_an_award_that_appears_while_pages_are_fetched_is_there_in_the_end(
    tmp_path: Path, settings: Settings
) -> None:
    for name in ("2019AAAA0001", "2021ZZZZ0001"):
        service = USAspending(many(250), appear=[award(name, 5.0)])
        with serving(service) as wire:
            found = rows(awards_feed(tmp_path / name, wire), settings_for(tmp_path / name))
        assert [r[0] for r in found] == sorted(one["Award ID"] for one in service.awards)
        assert name in {r[0] for r in found}


@pytest.mark.behaviour(22)
def test_award_types_of_two_groups_are_refused_in_the_services_own_status(
    tmp_path: Path, settings: Settings
) -> None:
    mixed = {**QUERY, "award_type_codes": ["02", "A"]}
    with serving(USAspending(many(3))) as wire:
        with pytest.raises(OversightError, match=r"422|award_type_codes") as failure:
            rows(awards_feed(tmp_path, wire, query=mixed), settings)
        assert wire.statuses in ([], [422]), "a definite refusal is not asked again"
    assert "larkhaven.complaints" in failure.value.told()


@pytest.mark.behaviour(22)
def test_only_the_listings_states_and_dates_of_the_contract_are_asked_for(
    tmp_path: Path, settings: Settings
) -> None:
    service = USAspending(
        [
            award("IN", 1.0),
            award("ALSO", 2.0, _programs=("16.710", "16.071")),
            award("OREGON", 3.0, _state="OR"),
            award("OLD", 4.0, _signed="2009-01-01", _latest="2012-01-01"),
            award("LISTING", 5.0, _programs=("16.738",)),
            award("DIRECT", 6.0, _type="06"),
        ]
    )
    query = {**QUERY, "states": ["WA"], "since": "2015-10-01"}
    with serving(service) as wire:
        found = rows(awards_feed(tmp_path, wire, query=query), settings)
        counted = bodies(wire, COUNT)
        searched = bodies(wire, SEARCH)
    assert [r[0] for r in found] == ["ALSO", "IN"]
    assert counted, "the count is asked for"
    assert all(body["filters"] == searched[0]["filters"] for body in (*counted, *searched))


@pytest.mark.behaviour(22)
def test_a_search_that_fails_for_a_moment_is_asked_again(
    tmp_path: Path, settings: Settings
) -> None:
    def overloaded(request: Request, reply: Reply) -> Reply:
        return Reply(503) if request.at in (2, 4) else reply

    service = USAspending(many(250))
    with serving(service) as wire:
        wire.faults = overloaded
        assert len(rows(awards_feed(tmp_path, wire), settings)) == 250
        assert wire.statuses.count(503) == 2


@pytest.mark.behaviour(24)
def test_zero_and_negative_amounts_and_every_generation_of_award_id_arrive(
    tmp_path: Path, settings: Settings
) -> None:
    names = ("2010CKWX0001", "2020UMWX0499", "2021HEWX0003", "15JCOPS24GG02330TECP", "99-0001")
    amounts = (0.0, -30851.29, 6054160.0, 0.1, -0.01)
    pairs = zip(names, amounts, strict=True)
    service = USAspending([award(name, amount) for name, amount in pairs])
    with serving(service) as wire:
        found = rows(awards_feed(tmp_path, wire), settings)
    assert {(r[0], Decimal(r[2])) for r in found} == {
        ("2010CKWX0001", Decimal("0.0")),
        ("2020UMWX0499", Decimal("-30851.29")),
        ("2021HEWX0003", Decimal("6054160.0")),
        ("15JCOPS24GG02330TECP", Decimal("0.1")),
        ("99-0001", Decimal("-0.01")),
    }


@pytest.mark.behaviour(24)
def test_an_outlay_that_is_not_reported_stays_blank_and_a_place_lands_as_text(
    tmp_path: Path, settings: Settings
) -> None:
    place = {"country_name": "UNITED STATES", "state_code": "WA", "city_name": "LARKHAVEN"}
    service = USAspending(
        [
            award("A", 1.0, **{"Total Outlays": None, "Recipient Location": place}),
            award("B", 2.0, **{"Total Outlays": 0.0, "Recipient Location": place}),
        ]
    )
    columns = ("award_id", "total_outlays", "recipient_location")
    with serving(service) as wire:
        found = rows(awards_feed(tmp_path, wire, columns), settings)
    assert [(r[0], r[1], json.loads(r[2])) for r in found] == [
        ("A", "", place),
        ("B", "0.0", place),
    ]


HISTORY = [
    transaction("T1", "2020UMWX0499", "750000.00"),
    transaction("T2", "2020UMWX0499", "-20000.25", modification_number="1"),
    transaction("T3", "2020UMWX0499", "0.00", modification_number="2"),
    transaction("T4", "15JCOPS24GG02330TECP", "-100.00", correction_delete_indicator_code="D"),
    transaction("T5", "15JCOPS24GG02330TECP", "100.00"),
]


def actions(chosen: list[dict[str, str]]) -> list[tuple[str, ...]]:
    return sorted(tuple(one[name] for name in ACTION) for one in chosen)


@pytest.mark.behaviour(24)
def test_modifications_and_deletions_arrive_so_that_sums_are_right_where_counts_are_not(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(USAspending(transactions=HISTORY)) as wire:
        found = rows(actions_feed(tmp_path, wire), settings)
    assert found == actions(HISTORY)
    sums: dict[str, Decimal] = {}
    for _, fain, _, amount, _ in found:
        sums[fain] = sums.get(fain, Decimal(0)) + Decimal(amount)
    assert sums == {
        "2020UMWX0499": Decimal("729999.75"),
        "15JCOPS24GG02330TECP": Decimal("0.00"),
    }


@pytest.mark.behaviour(23)
@pytest.mark.parametrize(
    "states",
    [
        ["finished"],
        ["ready", "finished"],
        ["ready", "ready", "running", "running", "running", "finished"],
    ],
)
def test_a_download_is_waited_for_until_it_is_finished(
    tmp_path: Path, settings: Settings, states: list[str]
) -> None:
    with serving(USAspending(transactions=HISTORY, states=states)) as wire:
        assert rows(actions_feed(tmp_path, wire), settings) == actions(HISTORY)
        polls = [request for request in wire.asked if request.path == STATUS]
        assert len(polls) == len(states)
        assert len(bodies(wire, DOWNLOAD)) == 1, "one file is ordered"


@pytest.mark.behaviour(23)
def test_a_download_that_fails_is_told_as_such(tmp_path: Path, settings: Settings) -> None:
    service = USAspending(transactions=HISTORY, states=["ready", "running", "failed"])
    with (
        serving(service) as wire,
        pytest.raises(SourceFailed, match="fail"),
    ):
        rows(actions_feed(tmp_path, wire), settings)


@pytest.mark.behaviour(23)
@pytest.mark.parametrize("state", ["ready", "running"])
def test_a_download_that_is_never_finished_is_given_up(
    tmp_path: Path, settings: Settings, state: str
) -> None:
    short = hurried(settings, one_answer=0.5)
    with serving(USAspending(transactions=HISTORY, states=[state])) as wire:
        with pytest.raises(SourceFailed, match=r"larkhaven\.complaints"):
            rows(actions_feed(tmp_path, wire), short)
        assert len(wire.asked) > 2, "it was asked more than once"


@pytest.mark.behaviour(23)
def test_a_zip_of_two_files_is_one_feed(tmp_path: Path, settings: Settings) -> None:
    with serving(USAspending(transactions=HISTORY, files=2)) as wire:
        contract = actions_feed(tmp_path, wire)
        assert rows(contract, settings) == actions(HISTORY)
        assert len(fetch(contract, settings)) == 2


@pytest.mark.behaviour(23)
def test_a_zip_with_a_heading_and_no_row_is_an_empty_feed_and_no_error(
    tmp_path: Path, settings: Settings
) -> None:
    with serving(USAspending(transactions=[], files=1)) as wire:
        contract = actions_feed(tmp_path, wire)
        parts = fetch(contract, settings)
    assert [part.path.read_text().count("\n") for part in parts] == [1]


@pytest.mark.behaviour(23)
def test_a_file_with_other_rows_than_were_told_is_refused(
    tmp_path: Path, settings: Settings
) -> None:
    service = USAspending(transactions=HISTORY, rows_told=6)
    with (
        serving(service) as wire,
        pytest.raises(OversightError, match="6"),
    ):
        rows(actions_feed(tmp_path, wire), settings)


@pytest.mark.behaviour(23, 26)
def test_a_file_at_another_host_is_not_fetched_unless_the_contract_names_it(
    tmp_path: Path, settings: Settings
) -> None:
    service = USAspending(transactions=HISTORY)
    with serving(service) as wire:
        service.file_host = wire.address.removeprefix("http://").replace("127.0.0.1", "localhost")
        with pytest.raises(OversightError, match="localhost"):
            rows(actions_feed(tmp_path / "refused", wire), settings)
        assert not [r for r in wire.asked if r.path.endswith(".zip") and "localhost" in _host(r)]
        allowed = actions_feed(tmp_path, wire, redirect_hosts=["localhost"])
        assert rows(allowed, settings) == actions(HISTORY)


def _host(request: Request) -> str:
    return request.headers["host"]


@pytest.mark.behaviour(23, 26)
def test_a_zip_that_is_cut_short_is_fetched_again(tmp_path: Path, settings: Settings) -> None:
    def cut_once(request: Request, reply: Reply) -> Reply:
        is_first = not any(r.path.endswith(".zip") for r in wire.asked[:-1])
        return replace(reply, cut_after=80) if request.path.endswith(".zip") and is_first else reply

    with serving(USAspending(transactions=HISTORY)) as wire:
        wire.faults = cut_once
        assert rows(actions_feed(tmp_path, wire), settings) == actions(HISTORY)
        assert len(bodies(wire, DOWNLOAD)) == 1


# What the service itself refuses and gives.


@pytest.fixture
def plain() -> Iterator[Wire]:
    with serving(USAspending(many(25), list(HISTORY), window=20)) as wire:
        yield wire


GOOD: dict[str, Any] = {
    "filters": {"award_type_codes": GRANTS, "program_numbers": ["16.710"]},
    "fields": ["Award ID", "Award Amount"],
    "sort": "Award ID",
    "order": "asc",
    "limit": 10,
}


def ask(wire: Wire, path: str, body: dict[str, Any], **changes: Any) -> httpx.Response:
    return httpx.post(wire.url(path), json={**body, **changes})


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


def filtered(**filters: Any) -> dict[str, Any]:
    return {"filters": {**GOOD["filters"], **filters}}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"limit": 101}, 422, "Field 'limit' value '101' is above max '100'"),
        ({"limit": 0}, 422, "below min '1'"),
        ({"limit": "10"}, 422, "not a valid integer"),
        ({"page": 0}, 422, "below min '1'"),
        ({"page": 3}, 422, "Page #3 with limit 10 is over the maximum result limit 20."),
        ({"sort": "Start Date"}, 400, "Sort value not found in fields: Start Date"),
        ({"order": "up"}, 422, "order"),
        ({"fields": []}, 422, "fields"),
        ({"fields": ["Award ID", "Officer"]}, 422, "'Officer'"),
        ({"offset": 5}, 422, "'offset'"),
        ({"subawards": True}, 422, "awards"),
        ({"last_record_unique_id": 5}, 500, "both"),
        ({"last_record_sort_value": "None"}, 500, "both"),
        (filtered(award_type_codes=["02", "A"]), 422, "one group"),
        (filtered(award_type_codes=["99"]), 422, "'99'"),
        (filtered(program_numbers="16.710"), 422, "program_numbers"),
        (filtered(cfda=["16.710"]), 422, "'cfda'"),
        (filtered(time_period=[{"start_date": "2020-10-01"}]), 422, "end_date"),
        (filtered(time_period=[{"start_date": "10/1/20", "end_date": "2021-01-01"}]), 422, "start"),
        (filtered(recipient_locations=[{"state": "WA"}]), 422, "country"),
        (filtered(recipient_locations=[{"country": "USA", "state": "Washington"}]), 422, "state"),
        ({"filters": {}}, 400, "filters"),
        ({"filters": {"program_numbers": ["16.710"]}}, 422, "award_type_codes"),
    ],
)
def test_a_search_that_the_service_would_refuse_is_refused(
    plain: Wire, changes: dict[str, Any], status: int, words: str
) -> None:
    answer = ask(plain, SEARCH, GOOD, **changes)
    assert answer.status_code == status
    assert words in json.dumps(answer.json())


def test_a_search_without_its_fields_or_its_json_is_refused(plain: Wire) -> None:
    assert ask(plain, SEARCH, without("fields")).status_code == 422
    assert ask(plain, SEARCH, without("filters")).status_code == 400
    assert httpx.get(plain.url(SEARCH)).status_code == 405
    assert httpx.post(plain.url(SEARCH), data=GOOD).status_code == 415
    header = {"content-type": "application/json"}
    assert httpx.post(plain.url(SEARCH), content="{", headers=header).status_code == 400


def test_page_numbers_stop_where_the_total_is_capped_and_the_cursor_goes_on() -> None:
    with serving(USAspending(many(25), total_cap=20)) as wire:
        second = ask(wire, SEARCH, GOOD, page=2).json()
        first = ask(wire, SEARCH, GOOD).json()["page_metadata"]
        assert second["page_metadata"]["hasNext"] is False
        pages, left = 1, first
        while left["hasNext"]:
            cursor = {name: left[name] for name in left if name.startswith("last_record")}
            answer = ask(wire, SEARCH, GOOD, page=pages + 1, **cursor).json()
            pages, left = pages + 1, answer["page_metadata"]
    assert pages == 3
    assert (left["last_record_unique_id"], left["last_record_sort_value"]) == (None, "None")
    assert len(answer["results"]) == 5


@pytest.mark.parametrize(("sort", "order"), [("Award ID", "desc"), ("Award Amount", "asc")])
def test_the_cursor_visits_every_award_once_in_any_order(sort: str, order: str) -> None:
    awards = [award(f"A{n:02}", float(n // 4)) for n in range(23)]
    seen, cursor = [], {}
    with serving(USAspending(awards)) as wire:
        while True:
            body = {**GOOD, "sort": sort, "order": order, "limit": 7, **cursor}
            answer = ask(wire, SEARCH, body).json()
            seen += [one["Award ID"] for one in answer["results"]]
            told = answer["page_metadata"]
            if not told["hasNext"]:
                break
            cursor = {name: told[name] for name in told if name.startswith("last_record")}
    assert sorted(seen) == [one["Award ID"] for one in awards]


def test_the_count_is_by_kind_of_award(plain: Wire) -> None:
    answer = ask(plain, COUNT, {"filters": GOOD["filters"]}).json()
    kinds = ("contracts", "idvs", "loans", "grants", "direct_payments", "other")
    assert answer["results"] == dict.fromkeys(kinds, 0) | {"grants": 25}
    assert ask(plain, COUNT, {"filters": {"cfda": ["x"]}}).status_code == 422


def test_transactions_want_a_sort_and_have_no_number_of_their_own(plain: Wire) -> None:
    body = {"filters": {"program_numbers": ["16.710"]}, "fields": ["Award ID", "Mod"]}
    assert ask(plain, TRANSACTIONS, body).status_code == 422
    answer = ask(plain, TRANSACTIONS, body, sort="Mod", limit=2).json()
    assert set(answer["results"][0]) == {"internal_id", "Award ID", "Mod", "generated_internal_id"}
    assert answer["page_metadata"] == {
        "page": 1,
        "next": 2,
        "previous": None,
        "hasNext": True,
        "hasPrevious": False,
    }
    assert ask(plain, TRANSACTIONS, body, sort="Mod", page=3).status_code == 422
    assert ask(plain, TRANSACTIONS, body, sort="Award ID", fields=["Key"]).status_code == 422


def test_a_download_wants_filters_and_known_columns(plain: Wire) -> None:
    good = {"filters": {"program_numbers": ["16.710"]}}
    assert ask(plain, DOWNLOAD, {}).status_code == 400
    assert ask(plain, DOWNLOAD, good, limit=500_001).status_code == 422
    assert ask(plain, DOWNLOAD, good, columns=["officer"]).status_code == 400
    assert ask(plain, DOWNLOAD, good, file_format="xlsx").status_code == 400
    assert httpx.get(plain.url(STATUS), params={"file_name": "none.zip"}).status_code == 404
    assert httpx.get(plain.url(STATUS)).status_code == 400


def test_a_file_is_there_when_its_state_says_so_and_not_before(plain: Wire) -> None:
    order = ask(plain, DOWNLOAD, {"filters": {"program_numbers": ["16.710"]}}).json()
    states = []
    for _ in range(3):
        assert httpx.get(order["file_url"]).status_code == 403
        states.append(httpx.get(order["status_url"]).json())
    assert [state["status"] for state in states] == ["ready", "running", "finished"]
    assert (states[0]["total_rows"], states[2]["total_rows"]) == (None, 5)
    archive = zipfile.ZipFile(io.BytesIO(httpx.get(order["file_url"]).content))
    (name,) = archive.namelist()
    records = list(csv.DictReader(io.StringIO(archive.read(name).decode())))
    assert tuple(records[0]) == TRANSACTION_COLUMNS
    assert records == HISTORY


def test_a_captured_answer_becomes_awards_that_are_found(plain: Wire) -> None:
    page = ask(plain, SEARCH, GOOD).json()
    with serving(USAspending(awards_of(page))) as wire:
        again = ask(wire, SEARCH, GOOD).json()
    assert again["results"] == page["results"]
