"""The CKAN and CARTO services of the wire server are as strict as the real ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request as Question
from urllib.request import urlopen

import pytest

from tests.wire import carto, ckan
from tests.wire.carto import Carto
from tests.wire.ckan import CKAN
from tests.wire.claims import ask
from tests.wire.invented import complaints
from tests.wire.server import Wire, serving


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A portal of ten rows, three a page, and a table of ten rows of which six are too many."""
    with serving(CKAN(complaints(10), most=3), Carto(complaints(10), slow_above=5)) as served:
        yield served


def posted(address: str, body: bytes) -> tuple[int, dict[str, object]]:
    question = Question(address, body, {"Content-Type": "application/json"})
    try:
        with urlopen(question, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


@pytest.mark.parametrize(
    ("wrong", "status", "named"),
    [
        ({"resource_id": ""}, 409, "resource_id"),
        ({"resource_id": "gone"}, 404, "message"),
        ({"limit": "many"}, 409, "limit"),
        ({"limit": "-1"}, 409, "limit"),
        ({"offset": "1.5"}, 409, "offset"),
        ({"sort": "colour"}, 409, "sort"),
        ({"sort": "_id sideways"}, 409, "sort"),
        ({"fields": "Id,colour"}, 409, "fields"),
        ({"include_total": "perhaps"}, 409, "include_total"),
        ({"$limit": "3"}, 409, "__junk"),
        ({"resultOffset": "3"}, 409, "__junk"),
    ],
)
def test_the_datastore_refuses_a_wrong_search(
    wire: Wire, wrong: dict[str, str], status: int, named: str
) -> None:
    given = {"resource_id": "complaints", **wrong}
    answered, told = ask(wire.url(ckan.SEARCH), **given)
    assert (answered, told["success"]) == (status, False)
    assert set(told["error"]) == {"__type", named}


def test_the_datastore_clips_the_limit_and_says_so(wire: Wire) -> None:
    _, told = ask(wire.url(ckan.SEARCH), resource_id="complaints", limit=50_000)
    result = told["result"]
    assert (result["limit"], len(result["records"]), result["total"]) == (3, 3, 10)


def test_the_datastore_gives_a_hundred_rows_unless_a_limit_is_given() -> None:
    with serving(CKAN(complaints(120))) as wire:
        _, told = ask(wire.url(ckan.SEARCH), resource_id="complaints")
    assert len(told["result"]["records"]) == 100


@pytest.mark.parametrize("offset", [0, 3, 9, 12, 300])
def test_the_datastore_always_has_a_next_link(wire: Wire, offset: int) -> None:
    _, told = ask(wire.url(ckan.SEARCH), resource_id="complaints", limit=3, offset=offset)
    links = told["result"]["_links"]
    assert f"offset={offset + 3}" in links["next"]
    assert ("prev" in links) is (offset > 3)


def test_the_links_of_a_posted_search_lose_what_was_posted(wire: Wire) -> None:
    body = json.dumps({"resource_id": "complaints", "limit": 2}).encode()
    status, told = posted(wire.url(ckan.SEARCH), body)
    assert status == 200
    assert "complaints" not in told["result"]["_links"]["next"]
    assert posted(wire.url(ckan.SEARCH), b"not json")[0] == 400


def test_the_datastore_has_no_order_of_its_own() -> None:
    with serving(CKAN(complaints(50))) as wire:
        answers = [ask(wire.url(ckan.SEARCH), resource_id="complaints")[1] for _ in range(3)]
    assert len({str(answer["result"]["records"]) for answer in answers}) == 3


def test_the_total_is_left_out_when_it_is_not_wanted(wire: Wire) -> None:
    _, told = ask(wire.url(ckan.SEARCH), resource_id="complaints", include_total="false")
    assert "total" not in told["result"]


def test_the_resource_tells_when_it_was_modified(wire: Wire) -> None:
    _, told = ask(wire.url(ckan.SHOW), id="complaints")
    assert told["result"]["last_modified"] == "2026-01-01T00:00:00.000000"
    assert ask(wire.url(ckan.SHOW), id="gone")[0] == 404
    assert ask(wire.url(ckan.SHOW))[0] == 409


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "SELECT",
        "SELECT * FROM gone",
        "SELECT colour FROM complaints",
        "SELECT * FROM complaints ORDER BY Id",
        "SELECT * FROM complaints WHERE Id > 1",
        "SELECT * FROM complaints LIMIT many",
        "SELECT * FROM complaints OFFSET 3 LIMIT 3",
        "SELECT count(*), Id FROM complaints",
        "DROP TABLE complaints",
        "SELECT * FROM complaints; DROP TABLE complaints",
    ],
)
def test_carto_refuses_a_wrong_statement_with_a_list(wire: Wire, statement: str) -> None:
    status, told = ask(wire.url(carto.PATH), q=statement)
    assert status == 400
    assert [type(sentence) for sentence in told["error"]] == [str]


def test_carto_refuses_other_formats_and_parameters(wire: Wire) -> None:
    statement = "SELECT count(*) FROM complaints"
    assert ask(wire.url(carto.PATH), q=statement, format="geojson")[0] == 400
    assert ask(wire.url(carto.PATH), q=statement, limit=3)[0] == 400
    assert ask(wire.url(carto.PATH))[0] == 400


@pytest.mark.parametrize(
    ("statement", "numbers"),
    [
        ("SELECT * FROM complaints ORDER BY cartodb_id LIMIT 4", [1, 2, 3, 4]),
        ("select * from complaints where cartodb_id > 7 order by cartodb_id limit 5", [8, 9, 10]),
        ('SELECT cartodb_id FROM "complaints" ORDER BY cartodb_id LIMIT 2 OFFSET 9', [10]),
        ("SELECT * FROM complaints WHERE cartodb_id > 10 ORDER BY cartodb_id LIMIT 5", []),
    ],
)
def test_carto_answers_a_page(wire: Wire, statement: str, numbers: list[int]) -> None:
    status, told = ask(wire.url(carto.PATH), q=statement, format="json")
    assert (status, told["total_rows"]) == (200, len(numbers))
    assert [row["cartodb_id"] for row in told["rows"]] == numbers
    assert told["fields"]["cartodb_id"] == {"type": "number"}


def test_carto_counts_and_takes_posted_statements(wire: Wire) -> None:
    statement = "SELECT count(*) AS n, max(cartodb_id) FROM complaints"
    assert ask(wire.url(carto.PATH), {"q": statement})[1]["rows"] == [{"n": 10, "max": 10}]
    body = json.dumps({"q": "SELECT count(*) FROM complaints WHERE cartodb_id > 4"}).encode()
    assert posted(wire.url(carto.PATH), body)[1]["rows"] == [{"count": 6}]


def test_carto_times_out_on_a_large_page_but_not_on_a_count(wire: Wire) -> None:
    large = "SELECT * FROM complaints ORDER BY cartodb_id LIMIT 6"
    assert ask(wire.url(carto.PATH), q=large)[0] == 429
    assert ask(wire.url(carto.PATH), q="SELECT count(*) FROM complaints")[0] == 200


def test_carto_has_no_order_of_its_own() -> None:
    with serving(Carto(complaints(40))) as wire:
        address, statement = wire.url(carto.PATH), "SELECT * FROM complaints"
        assert len({str(ask(address, q=statement)[1]["rows"]) for _ in range(3)}) == 3
