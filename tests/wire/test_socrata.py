"""Socrata as live portals behave, read into the raw table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines import ingest, snapshots, warehouse
from pipelines.contracts import Contract
from pipelines.failures import DataRefused, Misconfigured, OversightError, SourceFailed
from pipelines.settings import Settings
from tests.wire.fetching import contract_for, landed, rows, settings_for
from tests.wire.server import Reply, Request, Wire, serving
from tests.wire.socrata import Socrata
from tests.wire.tables import Field, Table

ID = "abcd-1234"
RESOURCE = f"/resource/{ID}.json"
EXPORT = f"/api/views/{ID}/rows.csv?accessType=DOWNLOAD"
QUERY = f"/api/v3/views/{ID}/query.json"
FIELDS = (
    Field("id", "Id"),
    Field("status", "Status"),
    Field("opened", "Opened", "floating_timestamp"),
    Field("days", "Days", "number"),
    Field("closed", "Closed", "checkbox"),
    Field("page", "Page", "url"),
    Field("place", "Place", "point"),
    Field("address", "Address", "location"),
    Field("never_filled", "Never Filled"),
)
NAMES = tuple(field.name for field in FIELDS)


def made(number: int) -> dict[str, Any]:
    """An invented complaint; every second one has blanks, and the first hundred more of them."""
    row: dict[str, Any] = dict.fromkeys(NAMES)
    row |= {"id": f"K{number:05d}", "status": "Open" if number % 3 else None, "days": number / 2}
    if number % 2 and number > 100:
        row["opened"] = datetime(2026, 1, 1) + timedelta(hours=number)  # noqa: DTZ001
        row["closed"] = number % 5 == 0
    return row


def plain(row: dict[str, Any]) -> tuple[str, ...]:
    """The raw row that an invented complaint becomes."""
    opened, closed = row["opened"], row["closed"]
    shown = {
        **row,
        "opened": opened and opened.strftime("%Y-%m-%dT%H:%M:%S.000"),
        "closed": closed if closed is None else str(closed).lower(),
        "days": str(row["days"]),
    }
    return tuple(shown[name] or "" for name in NAMES)


@dataclass
class Portal:
    """A served data set, and the feed that reads it."""

    service: Socrata
    wire: Wire
    contract: Contract
    settings: Settings

    @property
    def table(self) -> Table:
        return self.service.tables[0]

    def rows(self) -> list[tuple[str, ...]]:
        return rows(self.contract, self.settings)

    def expected(self) -> list[tuple[str, ...]]:
        return sorted(plain(row.values) for row in self.service.rows[ID])

    def load(self) -> ingest.Fetched:
        """Fetch and load into the warehouse as it stands."""
        fetched = ingest.fetch_snapshot(self.contract, self.settings)
        return ingest.load(fetched, self.settings)[0]

    def pages(self) -> list[Request]:
        """The requests for rows so far."""
        return [
            asked
            for asked in self.wire.asked
            if asked.path in (RESOURCE, QUERY) and "count(" not in repr((asked.query, asked.body))
        ]


@contextmanager
def portal(
    folder: Path, number: int = 250, at: str = RESOURCE, meta: Any = None, **toggles: Any
) -> Iterator[Portal]:
    """A portal with so many invented complaints, in an order that means nothing."""
    fields = [replace(field) for field in FIELDS]
    service = Socrata([Table(ID, fields, [made(n) for n in range(1, number + 1)])], **toggles)
    with serving(service) as wire:
        reader = "csv" if ".csv" in at else "socrata"
        contract = contract_for(folder, reader, wire.url(at), NAMES, **(meta or {}))
        settings = settings_for(folder)
        warehouse.create(settings)
        yield Portal(service, wire, contract, settings)


@pytest.mark.behaviour(1)
def test_rows_are_complete_although_the_portal_shuffles_them(tmp_path: Path) -> None:
    with portal(tmp_path, shuffles=True, clip=40) as at:
        assert at.rows() == at.expected()
        assert len(at.pages()) > 5
        assert all(":id" in asked.query["$order"] for asked in at.pages())


@pytest.mark.behaviour(2)
def test_typed_values_land_as_their_text_and_blanks_as_blanks(tmp_path: Path) -> None:
    page = {"url": "https://example.org/K1", "description": "the first"}
    address = {"latitude": "47.25", "longitude": "-122.5", "human_address": {"city": "X"}}
    full = {**made(101), "page": page, "place": (-122.5, 47.25), "address": address}
    with portal(tmp_path, 0) as at:
        at.service.replace([full, made(1)])
        first, second = at.rows()
        assert (first, second[:5]) == (plain(made(1)), plain(made(101))[:5])
        told = {name: value for name, value in zip(NAMES, second, strict=True) if value}
        assert json.loads(told["page"]) == page
        assert json.loads(told["place"]) == {"type": "Point", "coordinates": [-122.5, 47.25]}
        assert json.loads(json.loads(told["address"])["human_address"]) == {"city": "X"}
        assert "never_filled" not in told


@pytest.mark.behaviour(2)
def test_numbers_keep_every_digit_they_came_with(tmp_path: Path) -> None:
    with portal(tmp_path, 0) as at:
        at.service.replace([{**made(1), "days": "12345678901234567890.1230"}])
        assert at.rows()[0][NAMES.index("days")] == "12345678901234567890.1230"


@pytest.mark.behaviour(2, 5)
@pytest.mark.parametrize("clip", [None, 30])
def test_a_column_blank_in_all_rows_or_on_a_whole_page_is_not_missing(
    tmp_path: Path, clip: int | None
) -> None:
    with portal(tmp_path, 200, clip=clip) as at:
        assert at.rows() == at.expected()


@pytest.mark.behaviour(3)
@pytest.mark.parametrize("lists_system_columns", [False, True])
def test_without_headers_the_columns_come_from_the_metadata(
    tmp_path: Path, lists_system_columns: bool
) -> None:
    toggles = {"without_headers": True, "lists_system_columns": lists_system_columns}
    with portal(tmp_path, 120, **toggles) as at:
        assert at.rows() == at.expected()
        assert any(asked.path == f"/api/views/{ID}.json" for asked in at.wire.asked)


@pytest.mark.behaviour(3, 7)
@pytest.mark.parametrize("without_headers", [False, True])
def test_a_column_that_is_gone_is_told_from_one_that_is_blank(
    tmp_path: Path, without_headers: bool
) -> None:
    with portal(tmp_path, 120, without_headers=without_headers) as at:
        at.table.fields.pop()
        with pytest.raises(DataRefused, match="never_filled"):
            at.load()


def in_a_moment() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)


@pytest.mark.behaviour(4)
@pytest.mark.parametrize(
    "refusals",
    [
        [(429, None)],
        [(429, "0")],
        [(429, "1")],
        [(429, in_a_moment())],
        [(429, "soon")],
        [(429, "-5")],
        [(202, None), (202, None)],
        [(500, None)],
        [(503, None), (429, "0"), (202, None)],
    ],
)
@pytest.mark.parametrize("busy_on", ["/resource", "/api/views"])
def test_a_busy_portal_is_asked_again(tmp_path: Path, refusals: Any, busy_on: str) -> None:
    with portal(tmp_path, 60, clip=25, busy=list(refusals), busy_on=busy_on) as at:
        assert at.rows() == at.expected()
        if busy_on == "/resource":
            assert at.service.busy == []


@pytest.mark.behaviour(4)
@pytest.mark.parametrize("after", ["999999999", "Fri, 31 Dec 2999 23:59:59 GMT"])
def test_an_absurd_wait_is_not_obeyed(tmp_path: Path, after: str) -> None:
    with portal(tmp_path, 20, busy=[(429, after)], busy_on="/resource") as at:
        started = time.monotonic()
        assert at.rows() == at.expected()
        assert time.monotonic() - started < 5


@pytest.mark.behaviour(4)
@pytest.mark.parametrize("status", [202, 429, 500])
def test_a_portal_that_stays_busy_is_given_up(tmp_path: Path, status: int) -> None:
    with portal(tmp_path, 20, busy=[(status, None)] * 1000) as at:
        with pytest.raises(SourceFailed, match=str(status)):
            at.load()
        assert len(at.wire.asked) <= 3 * at.settings.patience.attempts


@pytest.mark.behaviour(4)
def test_a_refusal_is_not_asked_again(tmp_path: Path) -> None:
    with portal(tmp_path, 20, busy=[(403, None)] * 1000) as at:
        with pytest.raises(SourceFailed, match="403"):
            at.load()
        assert len(at.wire.asked) <= 2


@pytest.mark.behaviour(5)
@pytest.mark.parametrize(("number", "clip"), [(2500, None), (2500, 1000), (2000, 1000), (93, 31)])
def test_no_page_size_is_trusted(tmp_path: Path, number: int, clip: int | None) -> None:
    with portal(tmp_path, number, clip=clip) as at:
        assert at.rows() == at.expected()
        assert all(int(asked.query["$limit"]) > 0 for asked in at.pages())


@pytest.mark.behaviour(5)
@pytest.mark.parametrize("count_name", ["count", "count_1", "COUNT"])
def test_the_count_is_understood_under_any_name(tmp_path: Path, count_name: str) -> None:
    with portal(tmp_path, count_name=count_name) as at:
        assert at.rows() == at.expected()


@pytest.mark.behaviour(5)
def test_an_empty_data_set_has_no_rows_and_all_columns(tmp_path: Path) -> None:
    with portal(tmp_path, 0) as at:
        assert at.rows() == []


@pytest.mark.behaviour(6)
def test_a_full_replacement_changes_only_the_rows_that_changed(tmp_path: Path) -> None:
    with portal(tmp_path, 400, meta={"max_drop_pct": 5}, shuffles=True) as at:
        before = at.rows()
        kept = [row.values for row in at.service.rows[ID][3:]]
        changed = [{**row, "status": "Closed"} for row in kept[:4]]
        added = [made(n) for n in range(401, 404)]
        at.service.replace(changed + kept[4:] + added)
        after = at.rows()
        gone = {plain(made(n)) for n in (1, 2, 3)} | {plain(row) for row in kept[:4]}
        assert set(before) - set(after) == gone
        assert set(after) - set(before) == {plain(row) for row in changed + added}


@pytest.mark.behaviour(6)
@pytest.mark.parametrize("mode", ["snapshot", "incremental"])
def test_when_only_the_stamps_and_ids_move_the_table_stays_as_it_was(
    tmp_path: Path, mode: str
) -> None:
    with portal(tmp_path, meta={"update": {"mode": mode, "why": "A test."}}) as at:
        before = at.rows()
        at.service.replace([row.values for row in at.service.rows[ID]])
        assert at.rows() == before == at.expected()


@pytest.mark.behaviour(6)
def test_a_collapse_in_rows_is_held_and_the_last_good_ones_stay(tmp_path: Path) -> None:
    with portal(tmp_path, 400) as at:
        before = at.rows()
        at.service.replace([made(n) for n in range(1, 101)])
        assert "last accepted" in str(at.load().held)
        assert landed(at.contract, at.settings) == before


INCREMENTAL = {"update": {"mode": "incremental", "why": "The publisher upserts."}}


@pytest.mark.behaviour(6)
def test_changes_in_place_are_read_without_the_rest(tmp_path: Path) -> None:
    with portal(tmp_path, 500, meta=INCREMENTAL, clip=50) as at:
        at.load()
        first = len(at.pages())
        at.service.upsert([{**made(7), "status": "Reopened"}, made(501)])
        at.load()
        assert landed(at.contract, at.settings) == at.expected()
        assert len(at.pages()) - first < first


@pytest.mark.behaviour(6)
def test_rows_deleted_from_a_set_of_changes_do_not_stay(tmp_path: Path) -> None:
    with portal(tmp_path, 500, meta=INCREMENTAL, clip=100) as at:
        at.load()
        at.service.delete(["K00003", "K00400"])
        at.service.upsert([made(501)])
        at.load()
        assert landed(at.contract, at.settings) == at.expected()


def rename(at: Portal) -> None:
    at.table.fields[1].name = "state"
    at.service.replace([{"state": "Open", **row.values} for row in at.service.rows[ID]])


def remove(at: Portal) -> None:
    at.table.fields.pop(1)
    at.service.replace([row.values for row in at.service.rows[ID]])


@pytest.mark.behaviour(7)
@pytest.mark.parametrize("change", [rename, remove])
@pytest.mark.parametrize("without_headers", [False, True])
def test_a_column_renamed_or_gone_is_refused_and_the_last_good_rows_stay(
    tmp_path: Path, change: Callable[[Portal], None], without_headers: bool
) -> None:
    with portal(tmp_path, without_headers=without_headers) as at:
        before, last = at.rows(), snapshots.latest(at.settings, at.contract)
        change(at)
        with pytest.raises(DataRefused, match="status"):
            at.load()
        assert landed(at.contract, at.settings) == before
        assert snapshots.latest(at.settings, at.contract) == last


@pytest.mark.behaviour(7)
def test_a_column_that_is_new_is_dropped_and_told(tmp_path: Path) -> None:
    with portal(tmp_path) as at:
        before = at.rows()
        at.table.fields.append(Field("officer_phone", "Officer Phone"))
        at.service.replace([{**made(n), "officer_phone": "555"} for n in range(1, 251)])
        fetched = ingest.fetch_snapshot(at.contract, at.settings)
        account = ingest.load_raw(at.contract, fetched.snapshot, at.settings)
        assert landed(at.contract, at.settings) == before
        assert account.unknown_columns == ("officer_phone",)


@pytest.mark.behaviour(7)
def test_an_export_with_display_names_is_the_same_table(tmp_path: Path) -> None:
    with portal(tmp_path, at=EXPORT) as at:
        assert [row[0] for row in at.rows()] == [row[0] for row in at.expected()]


@pytest.mark.behaviour(7)
def test_an_export_with_other_display_names_is_refused(tmp_path: Path) -> None:
    with portal(tmp_path, at=EXPORT) as at:
        before = at.rows()
        at.table.fields[1].title = "Case State"
        with pytest.raises(DataRefused, match="status"):
            at.load()
        assert landed(at.contract, at.settings) == before


@pytest.mark.behaviour(7)
def test_an_export_without_its_heading_is_refused_and_the_last_good_one_is_used(
    tmp_path: Path,
) -> None:
    with portal(tmp_path, at=EXPORT) as at:
        before = at.rows()
        at.service.headless = True
        fetched = at.load()
        assert fetched.held
        assert landed(at.contract, at.settings) == before


@pytest.mark.behaviour(7)
def test_an_export_without_its_heading_is_no_beginning(tmp_path: Path) -> None:
    with portal(tmp_path, at=EXPORT, headless=True) as at:
        with pytest.raises((SourceFailed, DataRefused)):
            at.load()
        assert snapshots.latest(at.settings, at.contract) is None


@pytest.mark.behaviour(8)
@pytest.mark.parametrize(
    "place", [RESOURCE, EXPORT, QUERY], ids=["resource", "export", "version 3"]
)
def test_what_has_not_changed_is_not_downloaded_again(tmp_path: Path, place: str) -> None:
    with portal(tmp_path, at=place, etags=True, meta=TOKEN, tokens=frozenset({SECRET})) as at:
        at.settings = replace(at.settings, tokens={"portal": SECRET})
        first = at.load()
        before, pages, answers = (
            landed(at.contract, at.settings),
            len(at.pages()),
            len(at.wire.asked),
        )
        second = at.load()
        assert (second.changed, second.held) == (False, None)
        assert second.snapshot.id == first.snapshot.id
        assert len(at.pages()) == pages
        assert len(at.wire.asked) == answers + 1
        assert landed(at.contract, at.settings) == before
        at.service.upsert([{**made(1), "status": "Closed"}])
        assert at.load().changed


@pytest.mark.behaviour(8)
def test_a_snapshot_that_was_refused_is_not_taken_for_known(tmp_path: Path) -> None:
    with portal(tmp_path) as at:
        gone = at.table.fields.pop()
        with pytest.raises(DataRefused):
            at.load()
        at.table.fields.append(gone)
        assert at.rows() == at.expected()


PAGE = b"<!DOCTYPE html><html><body>Sign in to continue</body></html>"
STUBS = {
    "a stub": ("text/csv", b"The export of this data set has failed.\n"),
    "an empty answer": ("text/csv", b""),
    "a web page": ("text/html", PAGE),
    "a web page called csv": ("text/csv", b"\n  " + PAGE),
    "an error document": ("application/json", b'{"code":"timeout","error":true}'),
}


@pytest.mark.behaviour(9)
@pytest.mark.parametrize("stub", list(STUBS))
def test_an_export_that_is_no_data_is_rejected_and_the_last_good_one_is_used(
    tmp_path: Path, stub: str
) -> None:
    with portal(tmp_path, at=EXPORT) as at:
        before = at.rows()
        at.service.export = STUBS[stub]
        assert at.load().held
        assert landed(at.contract, at.settings) == before


@pytest.mark.behaviour(9)
def test_an_export_that_is_its_heading_alone_is_held(tmp_path: Path) -> None:
    with portal(tmp_path, at=EXPORT) as at:
        before = at.rows()
        heading = ",".join(field.title for field in FIELDS)
        at.service.export = ("text/csv", heading.encode() + b"\n")
        assert at.load().held
        assert landed(at.contract, at.settings) == before


@pytest.mark.behaviour(9)
@pytest.mark.parametrize(
    "body",
    [
        PAGE,
        b"",
        b"[]",
        b'{"code":"timeout","error":true,"message":"late"}',
        b'[{"id":"K1"},',
        b"null",
    ],
)
@pytest.mark.parametrize("which", ["$limit", "count("])
def test_a_page_that_is_no_data_is_rejected(tmp_path: Path, body: bytes, which: str) -> None:
    with portal(tmp_path, 90, clip=40) as at:

        def disguised(request: Request, reply: Reply) -> Reply:
            asked = repr(request.query)
            is_meant = request.path == RESOURCE and which in asked
            return replace(reply, body=body) if is_meant and reply.status == 200 else reply

        at.wire.faults = disguised
        with pytest.raises(SourceFailed):
            at.load()
        assert snapshots.latest(at.settings, at.contract) is None


@pytest.mark.behaviour(10)
def test_a_set_that_grows_under_way_is_read_once_more(tmp_path: Path) -> None:
    with portal(tmp_path, clip=50) as at:
        at.service.meanwhile = [lambda: at.service.upsert([made(n) for n in range(251, 300)])]
        assert at.rows() == at.expected()


@pytest.mark.behaviour(10)
def test_a_set_that_shrinks_under_way_is_read_once_more(tmp_path: Path) -> None:
    with portal(tmp_path, clip=50) as at:
        at.service.meanwhile = [lambda: None, lambda: at.service.delete(["K00002", "K00200"])]
        assert at.rows() == at.expected()


@pytest.mark.behaviour(10)
@pytest.mark.parametrize("at_page", [0, 2, 4])
def test_a_row_gone_and_another_come_under_way_is_no_gap(tmp_path: Path, at_page: int) -> None:
    with portal(tmp_path, clip=50) as at:

        def swap() -> None:
            first = min(at.service.rows[ID], key=lambda row: row.id)
            at.service.delete([first.values["id"]])
            at.service.upsert([made(900)])
            max(at.service.rows[ID], key=lambda row: row.values["id"]).id = "row-zzzz.zzzz-zzzz"

        at.service.meanwhile = [lambda: None] * at_page + [swap]
        assert at.rows() == at.expected()


@pytest.mark.behaviour(10)
def test_a_replacement_under_way_is_never_half_read(tmp_path: Path) -> None:
    with portal(tmp_path, clip=50) as at:
        fresh = [{**row.values, "status": "New"} for row in at.service.rows[ID]]
        at.service.meanwhile = [lambda: None, lambda: at.service.replace(fresh)]
        assert at.rows() == at.expected()


@pytest.mark.behaviour(10)
def test_a_set_that_never_rests_fails_and_the_last_good_rows_are_used(tmp_path: Path) -> None:
    with portal(tmp_path, clip=50) as at:
        before = at.rows()
        numbers = iter(range(300, 100_000))
        at.service.meanwhile = [lambda: at.service.upsert([made(next(numbers))])] * 500
        at.service.upsert([made(299)])
        assert at.load().held
        assert landed(at.contract, at.settings) == before


SECRET = "s3cret-of-the-portal"
TOKEN = {"token": "portal"}


@pytest.mark.behaviour(11)
@pytest.mark.parametrize("meta", [{}, TOKEN], ids=["none named", "named, not set"])
def test_version_3_without_a_token_fails_with_the_name_of_the_setting(
    tmp_path: Path, meta: Any
) -> None:
    with (
        portal(tmp_path, at=QUERY, meta=meta, tokens=frozenset({SECRET})) as at,
        pytest.raises((SourceFailed, Misconfigured)) as failed,
    ):
        at.load()
    assert "token" in told(failed.value).lower()
    if meta:
        assert "OVERSIGHT_TOKEN_PORTAL" in told(failed.value)


@pytest.mark.behaviour(11)
@pytest.mark.parametrize("place", [RESOURCE, QUERY])
def test_a_token_that_is_not_accepted_is_never_shown(tmp_path: Path, place: str) -> None:
    with portal(tmp_path, at=place, meta=TOKEN, tokens=frozenset({SECRET})) as at:
        at.settings = replace(at.settings, tokens={"portal": "wr0ng-one"})
        with pytest.raises((SourceFailed, Misconfigured)) as failed:
            at.load()
    assert "OVERSIGHT_TOKEN_PORTAL" in told(failed.value)
    assert "wr0ng-one" not in told(failed.value)


@pytest.mark.behaviour(11)
@pytest.mark.parametrize("place", [RESOURCE, QUERY])
def test_a_token_brings_the_same_rows_and_is_kept_nowhere(tmp_path: Path, place: str) -> None:
    with portal(tmp_path, at=place, meta=TOKEN, clip=60, tokens=frozenset({SECRET})) as at:
        at.settings = replace(at.settings, tokens={"portal": SECRET})
        assert at.rows() == at.expected()
        assert all(asked.headers["x-app-token"] == SECRET for asked in at.pages())
        assert not any(SECRET in repr(asked.query) for asked in at.wire.asked)
    written = [file for file in at.settings.data.rglob("*") if file.is_file()]
    assert not any(SECRET.encode() in file.read_bytes() for file in written)


def told(failure: BaseException) -> str:
    assert isinstance(failure, OversightError)
    return failure.told()
