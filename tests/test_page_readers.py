"""Pages of services: how their values are written down, and what is told without a download."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import readers
from pipelines.contracts import Contract
from pipelines.failures import DataRefused, Misconfigured, SourceFailed
from pipelines.parsers import arcgis, carto, ckan
from pipelines.parsers.parsed import Parsed
from pipelines.readers import pages
from pipelines.readers.carto import SHAPE
from pipelines.readers.journal import Journal
from pipelines.readers.keys import Keys
from pipelines.readers.pages import TooMuch
from pipelines.readers.parts import FetchedPart
from tests.feeds import column, contracts, table
from tests.wire import fetching
from tests.wire.arcgis import ArcGIS
from tests.wire.carto import Carto
from tests.wire.ckan import CKAN
from tests.wire.server import Reply, Service, serving
from tests.wire.tables import Field, Table

FEED = "larkhaven.complaints"
COLUMNS = ("id", "status", "received")
Parse = Callable[[Contract, Path, str, int | None, Path], Parsed]


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    received = {**column("received", optional=True), "data_type": "timestamp"}
    return contracts(tmp_path, table(columns=["id", "status", received]))[0]


def read(parse: Parse, contract: Contract, document: Any, announced: int | None = None) -> Parsed:
    folder = contract.file.parent
    page = folder / "page.json"
    text = document if isinstance(document, str) else json.dumps(document)
    page.write_text(text, encoding="utf-8")
    return parse(contract, page, "page.json", announced, folder)


def blank(name: str) -> str:
    return f"coalesce({name}, '')"


def values(parsed: Parsed) -> list[Any]:
    with duckdb.connect() as connection:
        return connection.execute(
            f"select {', '.join(map(blank, COLUMNS))} from {parsed.relation} order by _record"
        ).fetchall()


def features(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"features": [{"attributes": row} for row in rows], **more}


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [
        (0, "1970/01/01 00:00:00+00"),
        (1_325_394_000_999, "2012/01/01 05:00:00+00"),
        (-1, "1969/12/31 23:59:59+00"),
        (-2_208_988_800_000, "1900/01/01 00:00:00+00"),
        (33_134_659_200_000, "3019/12/31 00:00:00+00"),
        (-62_135_596_800_000, "0001/01/01 00:00:00+00"),
        (1.5e12, "2017/07/14 02:40:00+00"),
    ],
)
def test_milliseconds_are_written_as_the_download_writes_them(
    milliseconds: float, written: str
) -> None:
    assert arcgis.moment(milliseconds) == written


@pytest.mark.parametrize("value", [10**18, -(10**18), 1e300, float("nan"), "2020", "", None, True])
def test_what_is_no_moment_stays_as_it_is(value: Any) -> None:
    assert arcgis.moment(value) is value


def test_only_date_fields_of_a_layer_are_taken_for_dates(contract: Contract) -> None:
    fields = [
        {"name": "Id", "type": "esriFieldTypeDouble"},
        {"name": "Received", "type": "esriFieldTypeDate"},
    ]
    page = features({"Id": 86400000.5, "Status": "1", "Received": -1}, fields=fields)
    assert values(read(arcgis.parse, contract, page)) == [
        ("86400000.5", "1", "1969/12/31 23:59:59+00")
    ]


def test_a_page_without_fields_is_read_as_the_contract_expects(contract: Contract) -> None:
    page = features({"ID": 86400000, "Status": None, "RECEIVED": 86400000})
    assert values(read(arcgis.parse, contract, page)) == [
        ("86400000", "", "1970/01/02 00:00:00+00")
    ]


def test_a_feature_without_attributes_is_counted_and_set_aside(contract: Contract) -> None:
    page = features({"Id": 1, "Status": "Open"}, {"Id": 2, "Status": "Open"})
    page["features"] += [{"geometry": None}, 7]
    parsed = read(arcgis.parse, contract, page, announced=4)
    assert (parsed.records, parsed.received, len(parsed.malformed)) == (2, 4, 2)


def test_the_columns_of_the_service_itself_are_not_new_columns(contract: Contract) -> None:
    row = {"Id": "K1", "Status": "Open", "Extra": 1.5}
    from_ckan = {"result": {"records": [{"_id": 1, "_full_text": "'k1':1", **row}]}}
    geometries = {"the_geom": "0101", "the_geom_webmercator": "0101"}
    from_carto = {"rows": [{"cartodb_id": 1, **geometries, **row}]}
    for parse, page in ((ckan.parse, from_ckan), (carto.parse, from_carto)):
        parsed = read(parse, contract, page, announced=1)
        assert parsed.unknown == ("extra",)
        assert values(parsed) == [("K1", "Open", "")]


@pytest.mark.parametrize("parse", [arcgis.parse, ckan.parse, carto.parse])
@pytest.mark.parametrize(
    "text",
    [
        '{"rows": [{"id": 1',
        "[]",
        "{}",
        '{"features": null, "rows": {}, "result": []}',
        '{"error": {"code": 500}}',
    ],
)
def test_what_is_not_a_page_is_refused(contract: Contract, parse: Parse, text: str) -> None:
    with pytest.raises(DataRefused, match=r"page\.json"):
        read(parse, contract, text)


@pytest.mark.parametrize("parse", [arcgis.parse, ckan.parse, carto.parse])
def test_a_page_with_other_rows_than_were_received_is_refused(
    contract: Contract, parse: Parse
) -> None:
    row = {"id": "K1", "status": "Open"}
    page = {**features(row), "rows": [row], "result": {"records": [row]}}
    assert read(parse, contract, page, announced=1).records == 1
    with pytest.raises(DataRefused, match="2 were received"):
        read(parse, contract, page, announced=2)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('{"rows": []}', []),
        ('\ufeff{"rows": [1]}', [1]),
        ('{"rows": {}, "error": ["x"]}', None),
        ('{"rows": [1, 2', None),
        ('{"rows": []} {"rows": []}', None),
        ("[" * 100_000, None),
        ("[]", None),
        ("<html>", None),
        ("", None),
    ],
)
def test_a_body_is_one_whole_document_with_rows_or_nothing(
    tmp_path: Path, text: str, rows: list[int] | None
) -> None:
    body = tmp_path / "body"
    body.write_text(text, encoding="utf-8")
    assert pages.rows_of(pages.document(body), SHAPE) == rows


@pytest.mark.parametrize(("keys", "last"), [((7, 70, 9), 70), ((), None)])
def test_the_last_key_of_a_page_is_its_highest_number(
    tmp_path: Path, keys: tuple[int, ...], last: int | None
) -> None:
    assert pages.last_key(kept(tmp_path, keys), FEED) == last


@pytest.mark.parametrize("keys", [(7, "seven"), (7, None)])
def test_rows_without_a_number_have_no_last_key(tmp_path: Path, keys: tuple[Any, ...]) -> None:
    page = kept(tmp_path, keys)
    assert page.records == 2
    with pytest.raises(SourceFailed, match=FEED):
        pages.last_key(page, FEED)


def kept(folder: Path, keys: tuple[Any, ...]) -> FetchedPart:
    """A page whose rows have these keys, as the journal has it when asked a second time."""

    def ask(target: Path) -> FetchedPart:
        target.write_text(json.dumps({"rows": [{"cartodb_id": key} for key in keys]}))
        return FetchedPart(target.name, target, "")

    for _ in range(2):
        journal = Journal(fetching.settings_for(folder), FEED, "place", "plan")
        with Keys(folder / "keys", FEED) as noted:
            page = pages.kept(journal, noted, "page", SHAPE, ask)
            assert noted.distinct() == len(keys)
        (folder / "keys").unlink()
    return page


def test_pages_get_smaller_down_to_one_row_and_no_further(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask(rows: int) -> FetchedPart:
        asked.append(rows)
        if rows > 2:
            raise TooMuch("Busy")
        return FetchedPart("page", tmp_path, "")

    part = pages.fewer(ask, 10, 2, FEED)
    assert (asked, part.headers[pages.ROWS_ASKED]) == ([10, 5, 2], "2")

    def never(rows: int) -> FetchedPart:
        asked.append(rows)
        raise TooMuch("Busy")

    asked.clear()
    with pytest.raises(SourceFailed, match="Busy, even when asked for one row"):
        pages.fewer(never, 10, 4, FEED)
    assert asked == [10, 2, 1]


# -- what is told without a download ----------------------------------------------------------


def served() -> Table:
    fields = [Field("Id", "Id"), Field("Days", "Days", "integer")]
    return Table("complaints", fields, [{"Id": f"K{n}", "Days": n} for n in range(9)], stamp=77)


LOOKS: list[tuple[str, Callable[[], Service], str, dict[str, Any], Any]] = [
    (
        "arcgis",
        lambda: ArcGIS(served()),
        "/ArcGIS/rest/services/Complaints/FeatureServer/0",
        {},
        (("OBJECTID", "Id", "Days"), None, "lastEditDate 77000"),
    ),
    (
        "ckan",
        lambda: CKAN(served()),
        "/api/3/action/datastore_search",
        {"query": {"resource_id": "complaints"}},
        (("Id", "Days"), 9, ""),
    ),
    (
        "carto",
        lambda: Carto(served()),
        "/api/v2/sql",
        {"query": {"table": "complaints"}},
        (("Id", "Days"), None, ""),
    ),
]


@pytest.mark.parametrize(("reader", "service", "path", "meta", "expected"), LOOKS)
def test_one_request_tells_the_columns(
    tmp_path: Path, reader: str, service: Any, path: str, meta: Any, expected: Any
) -> None:
    with serving(service()) as wire:
        feed = fetching.contract_for(tmp_path, reader, wire.url(path), ["id", "days"], **meta)
        settings = fetching.settings_for(tmp_path)
        look = readers.look(feed, fetching.location_of(feed, settings), tmp_path, settings)
        assert (look.columns, look.rows, look.stamp) == expected
        assert set(look.types) == set(look.columns)
        assert len(wire.asked) == 1


@pytest.mark.parametrize("paginates", [True, False])
@pytest.mark.parametrize(("reader", "service", "path", "meta", "_"), LOOKS)
def test_a_sample_is_one_page_of_the_first_rows(
    tmp_path: Path, reader: str, service: Any, path: str, meta: Any, paginates: bool, _: Any
) -> None:
    made = service()
    if reader == "arcgis":
        made.paginates = paginates
    with serving(made) as wire:
        feed = fetching.contract_for(tmp_path, reader, wire.url(path), ["id", "days"], **meta)
        settings = fetching.settings_for(tmp_path)
        where = fetching.location_of(feed, settings)
        (part,) = readers.sample(feed, where, tmp_path / "sample", settings, 4)
    parse = {"arcgis": arcgis.parse, "ckan": ckan.parse, "carto": carto.parse}[reader]
    assert parse(feed, part.path, part.name, part.records, tmp_path).records == 4


@pytest.mark.parametrize(
    ("reader", "path", "meta"),
    [
        ("arcgis", "/ArcGIS/rest/services/Complaints", {}),
        ("ckan", "/dataset/complaints", {"query": {"resource_id": "x"}}),
        ("carto", "/tables/complaints", {"query": {"table": "x"}}),
        ("carto", "/api/v2/sql", {"query": {"table": "a..b"}}),
    ],
)
def test_an_address_that_cannot_be_right_is_a_mistake_of_the_contract(
    tmp_path: Path, reader: str, path: str, meta: Any
) -> None:
    feed = fetching.contract_for(tmp_path, reader, f"http://127.0.0.1:9{path}", ["id"], **meta)
    with pytest.raises(Misconfigured, match=r"larkhaven\.complaints"):
        fetching.fetch(feed, fetching.settings_for(tmp_path))


# -- tables by SQL ------------------------------------------------------------------------------


class Statements:
    """A service that notes the statements, and answers with a page of its own making."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.asked: list[str] = []

    def answer(self, request: Any) -> Reply:
        self.asked.append(request.query["q"])
        return Reply(200, self.page.encode(), {"Content-Type": "application/json"})


def sampled(folder: Path, service: Statements, name: str = "complaints") -> bytes:
    with serving(service) as wire:
        place, query = wire.url("/api/v2/sql"), {"table": name}
        feed = fetching.contract_for(folder, "carto", place, ["id"], query=query)
        settings = fetching.settings_for(folder)
        where = fetching.location_of(feed, settings)
        (part,) = readers.sample(feed, where, folder / "sample", settings, 4)
    return part.path.read_bytes()


def test_a_table_name_cannot_become_another_statement(tmp_path: Path) -> None:
    service = Statements('{"rows": []}')
    sampled(tmp_path, service, 'city.x"; DROP TABLE y; --')
    (statement,) = service.asked
    assert statement.startswith('SELECT * FROM "city"."x""; DROP TABLE y; --" ORDER BY')


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ('{"rows":[],"time":0.007,"total_rows":0}', '{"rows":[],"time":0,"total_rows":0}'),
        ('{"rows":[{"time":5}],"time": 1.25e-3}', '{"rows":[{"time":5}],"time": 0}'),
        ('{"time":0.5,"rows":[{"time":5}]}', '{"time":0.5,"rows":[{"time":5}]}'),
        (r'{"rows":[{"a":"\"time\":5"}]}', r'{"rows":[{"a":"\"time\":5"}]}'),
        ('{"rows":[{"time":5}],"total_rows":1}', '{"rows":[{"time":5}],"total_rows":1}'),
    ],
)
def test_two_equal_pages_have_equal_bytes_however_long_they_took(
    tmp_path: Path, came: str, kept: str
) -> None:
    assert sampled(tmp_path, Statements(came)) == kept.encode()
