"""The ArcGIS layer of the wire server is as strict as a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.wire import claims
from tests.wire.arcgis import ArcGIS
from tests.wire.invented import complaints, moments
from tests.wire.server import serving
from tests.wire.tables import Table

Served = Callable[..., str]


@pytest.fixture
def served() -> Iterator[Served]:
    """Makes a served layer of ten rows, three a page, and gives the address of its queries."""
    with ExitStack() as stack:

        def made(table: Table | None = None, **behaves: Any) -> str:
            service = ArcGIS(table or complaints(10), **{"most": 3, **behaves})
            return stack.enter_context(serving(service)).url(f"{service.path}/query")

        yield made


GOOD = {"where": "1=1", "outFields": "*", "f": "json"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"where": ""},
        {"where": "OBJECTID >"},
        {"where": "Status = 'Open'"},
        {"where": "1=1; DROP TABLE complaints"},
        {"outFields": ""},
        {"outFields": "Colour"},
        {"orderByFields": "Colour"},
        {"orderByFields": "Id SIDEWAYS"},
        {"resultOffset": "-1"},
        {"resultRecordCount": "many"},
        {"returnGeometry": "no"},
        {"objectIds": "1,two"},
        {"$limit": "3"},
        {"limit": "3"},
    ],
)
def test_the_service_refuses_a_wrong_query_inside_status_200(
    served: Served, wrong: dict[str, str]
) -> None:
    status, document = claims.ask(served(), **{**GOOD, **wrong})
    assert (status, document["error"]["code"]) == (200, 400)


def test_the_service_shows_a_web_page_unless_json_is_asked_for(served: Served) -> None:
    query = served()
    for address in (query, query.removesuffix("/query")):
        status, text = claims.ask(address, where="1=1")
        assert status == 200
        assert isinstance(text, str)
        assert text.startswith("<!DOCTYPE html>")


def test_the_service_clips_a_page_and_sets_the_flag(served: Served) -> None:
    _, page = claims.ask(served(), **GOOD, resultRecordCount=50)
    assert (len(page["features"]), page["exceededTransferLimit"]) == (3, True)


def test_the_service_counts_and_lists_ids_without_a_limit(served: Served) -> None:
    address = served()
    _, counted = claims.ask(
        address, where="OBJECTID>=3 AND OBJECTID<8", returnCountOnly="true", f="json"
    )
    assert counted == {"count": 5}
    _, listed = claims.ask(address, {"where": "1=1", "returnIdsOnly": "true", "f": "json"})
    assert sorted(listed["objectIds"]) == list(range(1, 11))


def test_the_service_gives_rows_by_ids_and_clips_those_as_well(served: Served) -> None:
    _, page = claims.ask(served(), {"objectIds": "2,4,6,8", "outFields": "Id", "f": "json"})
    assert (len(page["features"]), page["exceededTransferLimit"]) == (3, True)
    assert set(page["features"][0]["attributes"]) == {"Id"}


def test_the_service_that_cannot_page_refuses_an_offset(served: Served) -> None:
    _, told = claims.ask(served(paginates=False), **GOOD, resultOffset=0)
    assert told["error"]["code"] == 400


def test_the_service_has_no_order_of_its_own(served: Served) -> None:
    address = served(complaints(40), most=40)
    seen = {str(claims.ask(address, **GOOD)[1]["features"]) for _ in range(3)}
    assert len(seen) == 3


def test_the_service_refuses_an_address_that_is_too_long(served: Served) -> None:
    ids = ",".join(map(str, range(1_000_000, 1_000_500)))
    assert claims.ask(served(), **GOOD, objectIds=ids)[0] == 414
    assert claims.ask(served(), {**GOOD, "objectIds": ids})[0] == 200


def test_the_service_tells_dates_as_milliseconds(served: Served) -> None:
    table = moments([datetime(1958, 3, 1, tzinfo=UTC)])
    _, page = claims.ask(served(table), **GOOD)
    assert page["features"][0]["attributes"]["Reported"] == -373_593_600_000
    assert {"name": "Reported", "type": "esriFieldTypeDate", "alias": "Reported"} in page["fields"]
