"""The wire server refuses what the service would refuse, and spoils replies as it is told."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.server import Reply, Request, Wire, serving
from tests.wire.socrata import Socrata
from tests.wire.tables import Field, Table, table_of

ID = "abcd-1234"
RESOURCE = f"/resource/{ID}.json"
QUERY = f"/api/v3/views/{ID}/query.json"
FIELDS = [
    Field("id", "Id"),
    Field("opened", "Opened On", "floating_timestamp"),
    Field("days", "Days", "number"),
    Field("closed", "Closed", "checkbox"),
    Field("page", "Page", "url"),
    Field("place", "Place", "point"),
    Field("address", "Address", "location"),
]
FULL: dict[str, Any] = {
    "id": "K1",
    "opened": datetime(2026, 3, 4, 14, 5, 6),  # noqa: DTZ001 - it has no zone
    "days": 12.5,
    "closed": False,
    "page": {"url": "https://example.org/K1", "description": "K1"},
    "place": (-122.5, 47.25),
    "address": {"latitude": "47.25", "longitude": "-122.5", "human_address": {"city": "X"}},
}


@pytest.fixture
def portal() -> Iterator[tuple[Socrata, Wire]]:
    blank = dict.fromkeys(FULL)
    table = Table(ID, FIELDS, [FULL, *({**blank, "id": f"K{n}"} for n in range(2, 1501))])
    service = Socrata([table], shuffles=True, etags=True, tokens=frozenset({"good"}))
    with serving(service) as wire:
        yield service, wire


def get(wire: Wire, path: str, **parameters: str) -> httpx.Response:
    return httpx.get(wire.url(path), params={f"${n}": v for n, v in parameters.items()})


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"$limit": "many"}, "query.malformed"),
        ({"$limit": "-1"}, "query.malformed"),
        ({"$limit": "10", "$offset": "1.5"}, "query.malformed"),
        ({"$order": "nothing"}, "query.soql.no-such-column"),
        ({"$order": ":id sideways"}, "query.compiler.malformed"),
        ({"$order": ""}, "query.compiler.malformed"),
        ({"$select": "*,:*"}, "query.compiler.malformed"),
        ({"$select": "id,"}, "query.compiler.malformed"),
        ({"$select": "Id"}, "query.soql.no-such-column"),
        ({"$select": "*,id"}, "query.soql.duplicate-alias"),
        ({"$select": "count(*),id"}, "query.compiler.malformed"),
        ({"$select": "count(*)", "$order": ":id"}, "query.soql.column-not-in-group-bys"),
        ({"$where": ":updated_at > 2026-01-01"}, "query.soql.type-mismatch"),
        ({"$where": ":updated_at > 'yesterday'"}, "query.soql.type-mismatch"),
        ({"$where": "days > 'long'"}, "query.soql.type-mismatch"),
        ({"$where": "id = 'K1"}, "query.compiler.malformed"),
        ({"$where": "id = 'K1' or id = 'K2'"}, "query.compiler.malformed"),
        ({"$query": "select *"}, "query.malformed"),
        ({"limit": "10"}, "query.soql.no-such-column"),
        ([("$limit", "10"), ("$limit", "20")], "query.malformed"),
    ],
)
def test_a_question_that_socrata_refuses_is_refused_in_its_words(
    portal: tuple[Socrata, Wire], parameters: Any, code: str
) -> None:
    answer = httpx.get(portal[1].url(RESOURCE), params=parameters)
    assert answer.status_code == 400
    told = answer.json()
    assert (told["code"], told["error"]) == (code, True)
    assert set(told) == {"code", "error", "message", "data"}
    assert set(told["data"]) == {"query"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"query": "SELECT *"}, {}, 403),
        ({"query": "SELECT *"}, {"X-App-Token": "bad"}, 403),
        ({"query": "SELECT"}, None, 400),
        ({"query": "SELECT * LIMIT 5 LIMIT 5"}, None, 400),
        ({"query": "SELECT * FROM here"}, None, 400),
        ({"query": "SELECT *", "limit": 5}, None, 400),
        ({"query": "SELECT *", "page": {"pageNumber": 0, "pageSize": 5}}, None, 400),
        ({"query": "SELECT *", "page": {"pageNumber": 1, "pageSize": "5"}}, None, 400),
        ({"query": "SELECT *", "page": {"pageNumber": 1}}, None, 400),
        ({"query": "SELECT * LIMIT 5", "page": {"pageNumber": 1, "pageSize": 5}}, None, 400),
        ({"page": {"pageNumber": 1, "pageSize": 5}}, None, 400),
        (["SELECT *"], None, 400),
    ],
)
def test_a_question_that_socrata_3_refuses_is_refused(
    portal: tuple[Socrata, Wire], body: Any, headers: Any, status: int
) -> None:
    headers = {"X-App-Token": "good"} if headers is None else headers
    answer = httpx.post(portal[1].url(QUERY), json=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"] is True


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/resource/none-here.json", 404),
        ("GET", "/resource/ABCD-1234.json", 404),
        ("GET", f"/resource/{ID}.xls", 404),
        ("POST", RESOURCE, 405),
        ("GET", QUERY, 405),
        ("GET", f"/api/views/{ID}.json?x=1", 400),
        ("GET", f"/api/views/{ID}/rows.csv", 400),
    ],
)
def test_a_path_that_the_portal_does_not_have_is_refused(
    portal: tuple[Socrata, Wire], method: str, path: str, status: int
) -> None:
    assert httpx.request(method, portal[1].url(path)).status_code == status


def test_values_are_written_as_the_portal_writes_them(portal: tuple[Socrata, Wire]) -> None:
    answer = get(portal[1], RESOURCE, where="id = 'K1'")
    assert answer.json() == [
        {
            "id": "K1",
            "opened": "2026-03-04T14:05:06.000",
            "days": "12.5",
            "closed": False,
            "page": {"url": "https://example.org/K1", "description": "K1"},
            "place": {"type": "Point", "coordinates": [-122.5, 47.25]},
            "address": {
                "latitude": "47.25",
                "longitude": "-122.5",
                "human_address": '{"city": "X"}',
            },
        }
    ]
    assert json.loads(answer.headers["X-SODA2-Fields"]) == [f.name for f in FIELDS]
    assert json.loads(answer.headers["X-SODA2-Types"]) == [f.type for f in FIELDS]


def test_a_blank_has_no_key_and_system_fields_come_when_asked_for(
    portal: tuple[Socrata, Wire],
) -> None:
    (row,) = get(portal[1], RESOURCE, select=":*,*", where="id = 'K2'").json()
    assert set(row) == {":id", ":created_at", ":updated_at", ":version", "id"}
    assert row[":updated_at"].endswith(".000Z")
    (plain,) = get(portal[1], RESOURCE, where="id = 'K2'").json()
    assert set(plain) == {"id"}


def test_without_an_order_two_requests_differ_and_with_one_they_are_equal(
    portal: tuple[Socrata, Wire],
) -> None:
    assert get(portal[1], RESOURCE).json() != get(portal[1], RESOURCE).json()
    ordered = [get(portal[1], RESOURCE, order=":id", limit="2000").json() for _ in range(2)]
    assert ordered[0] == ordered[1]
    assert len(ordered[0]) == 1500
    assert len(get(portal[1], RESOURCE).json()) == 1000
    assert get(portal[1], RESOURCE, select="count(*)").json() == [{"count": "1500"}]


def test_a_replacement_gives_new_ids_and_a_change_in_place_keeps_them(
    portal: tuple[Socrata, Wire],
) -> None:
    service, wire = portal
    watermark = get(wire, RESOURCE, select="id,:id,:updated_at", where="id = 'K1'").json()[0]
    service.upsert([{**FULL, "days": 13}])
    (moved,) = get(
        wire, RESOURCE, select=":*,*", where=f":updated_at > '{watermark[':updated_at']}'"
    ).json()
    assert (moved["days"], moved[":id"]) == ("13", watermark[":id"])
    service.replace([FULL])
    (fresh,) = get(wire, RESOURCE, select=":*,*").json()
    assert fresh[":id"] != watermark[":id"]
    service.delete(["K1"])
    assert get(wire, RESOURCE).json() == []


def test_the_stamp_moves_with_the_data_and_a_known_tag_brings_nothing(
    portal: tuple[Socrata, Wire],
) -> None:
    service, wire = portal
    view = httpx.get(wire.url(f"/api/views/{ID}.json")).json()
    tag = get(wire, RESOURCE).headers["ETag"]
    known = {"If-None-Match": tag}
    assert httpx.get(wire.url(RESOURCE), headers=known).status_code == 304
    service.delete(["K9"])
    assert httpx.get(wire.url(RESOURCE), headers=known).status_code == 200
    later = httpx.get(wire.url(f"/api/views/{ID}.json")).json()
    assert later["rowsUpdatedAt"] > view["rowsUpdatedAt"]
    assert [c["fieldName"] for c in view["columns"]] == [f.name for f in FIELDS]


def test_the_two_csvs_differ_in_headings_and_dates(portal: tuple[Socrata, Wire]) -> None:
    service, wire = portal
    service.replace([FULL])
    resource = httpx.get(wire.url(f"/resource/{ID}.csv"), params={"$select": "id,opened"}).text
    assert resource == '"id","opened"\n"K1","2026-03-04T14:05:06.000"\n'
    export = httpx.get(wire.url(f"/api/views/{ID}/rows.csv"), params={"accessType": "DOWNLOAD"})
    assert export.text.splitlines()[0] == "Id,Opened On,Days,Closed,Page,Place,Address"
    assert "03/04/2026 02:05:06 PM" in export.text


def test_headers_that_would_be_too_long_are_left_out() -> None:
    wide = [Field(f"a_column_with_a_long_name_{n}", "X") for n in range(200)]
    with serving(Socrata([Table(ID, wide)])) as wire:
        assert "X-SODA2-Fields" not in get(wire, RESOURCE).headers


def test_types_are_taken_up_only_where_every_value_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "invented.csv"
    file.write_bytes(b'\xef\xbb\xbfCase No,Days,Share\r\n007,12,1.50\r\n"8,8",,2.25\r\n')
    table = table_of(file, ID, {"case_no": "number", "days": "number", "share": "number"})
    assert [(f.name, f.title, f.type) for f in table.fields] == [
        ("case_no", "Case No", "text"),
        ("days", "Days", "number"),
        ("share", "Share", "text"),
    ]
    assert table.rows == [
        {"case_no": "007", "days": 12, "share": "1.50"},
        {"case_no": "8,8", "days": None, "share": "2.25"},
    ]
    assert table_of(file, ID, {"share": "decimal"}).fields[2].type == "decimal"


class Letters:
    """A thousand letters at one path."""

    def answer(self, request: Request) -> Reply | None:
        return Reply(body=b"a" * 1000, zipped=True) if request.path == "/letters" else None


def spoiled(change: Callable[[Reply], Reply]) -> Callable[[Request, Reply], Reply]:
    return lambda _, reply: change(reply)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda r: replace(r, cut_after=10), httpx.RemoteProtocolError),
        (lambda r: replace(r, cut_after=10, chunked=True), httpx.RemoteProtocolError),
        (lambda r: replace(r, announced=len(r.body) + 5), httpx.RemoteProtocolError),
        (lambda r: replace(r, cut_after=5, reset=True), httpx.ReadError),
        (lambda r: replace(r, stall=30), httpx.ReadTimeout),
        (lambda r: replace(r, body=b"not gzip"), httpx.DecodingError),
    ],
)
def test_each_fault_reaches_the_client(
    change: Callable[[Reply], Reply], error: type[Exception]
) -> None:
    with serving(Letters()) as wire:
        wire.faults = spoiled(change)
        with pytest.raises(error):
            httpx.get(wire.url("/letters"), timeout=0.3)


def test_a_connection_is_kept_and_compressed_and_unknown_paths_are_not_found() -> None:
    with serving(Letters()) as wire, httpx.Client() as client:
        answers = [client.get(wire.url("/letters")) for _ in range(3)]
        assert {(a.headers["content-encoding"], len(a.content)) for a in answers} == {
            ("gzip", 1000)
        }
        wire.faults = spoiled(lambda r: replace(r, chunked=True))
        assert client.get(wire.url("/letters")).content == b"a" * 1000
        assert client.get(wire.url("/other")).status_code == 404
        assert [request.at for request in wire.asked] == [1, 2, 3, 4, 5]
        assert wire.statuses == [200, 200, 200, 200, 404]


def test_the_threads_of_the_server_end_with_its_block() -> None:
    before = threading.active_count()
    client = httpx.Client()
    with serving(Letters()) as wire:
        client.get(wire.url("/letters"))
    assert threading.active_count() == before
    client.close()


def test_a_service_that_breaks_is_not_taken_for_a_fault_of_the_wire() -> None:
    class Broken:
        def answer(self, request: Request) -> Reply | None:
            raise KeyError("broken")

    with pytest.raises(KeyError), serving(Broken()) as wire:
        assert httpx.get(wire.url("/")).status_code == 500


def test_gzip_is_sent_only_to_those_who_ask_for_it() -> None:
    with serving(Letters()) as wire:
        plain = httpx.get(wire.url("/letters"), headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        wire.faults = spoiled(lambda r: replace(r, body=gzip.compress(b"b")))
        assert httpx.get(wire.url("/letters")).content == b"b"
