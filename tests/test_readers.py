"""Sources fail in many ways; each is noticed, retried or refused, and never taken for data."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import stamina

from pipelines import ingest
from pipelines.failures import DataRefused, Misconfigured, SourceFailed
from pipelines.ingest import Fetched
from pipelines.readers import archives, hosts, http
from pipelines.readers.parts import base_name, public_url
from tests.feeds import HEADER, Place, many, place, table
from tests.wire_server import Answer, Soda, Wire, serving

DATA = (HEADER + many(3)).encode()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with serving() as server:
        yield server


def at(folder: Path, url: str, **meta: object) -> Place:
    return place(folder, table(location=url, **meta)).at(allow_private_hosts=True)


def fetched(here: Place) -> Fetched:
    return ingest.fetch_snapshot(here.contract, here.settings)


def test_a_file_is_streamed_kept_and_loaded(tmp_path: Path, wire: Wire) -> None:
    url = wire.script("/plain.csv", Answer(DATA, headers={"ETag": '"1"'}))
    here = at(tmp_path, f"{url}?api_key=hidden&year=2026")
    first = fetched(here)
    (part,) = first.snapshot.parts
    assert (part.name, part.headers["etag"], first.changed) == ("plain.csv", '"1"', True)
    assert part.url.endswith("/plain.csv?year=2026")
    assert here.load().loaded == 3
    assert not fetched(here).changed


@pytest.mark.parametrize("form", ["seconds", "date", "absurd"])
def test_a_busy_source_is_asked_again_when_it_says(
    tmp_path: Path, wire: Wire, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LONGEST_WAIT", 0.2)
    soon = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    told = {"seconds": "0", "date": soon, "absurd": "1000000000"}[form]
    busy = Answer(b"slow down", 429, {"Retry-After": told})
    here = at(tmp_path, wire.script(f"/{form}.csv", busy, busy, Answer(DATA)))
    assert fetched(here).snapshot.parts[0].size == len(DATA)


def test_retry_after_is_read_in_both_forms_and_capped() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 55 < (http._retry_after(later) or 0) <= 60
    assert http._retry_after("7") == 7
    assert http._retry_after("1000000000") == 120
    assert http._retry_after("soon") is None


def test_a_body_shorter_than_announced_is_fetched_again(tmp_path: Path, wire: Wire) -> None:
    cut = Answer(DATA[:20], announced=len(DATA))
    here = at(tmp_path, wire.script("/cut.csv", cut, Answer(DATA)))
    assert fetched(here).snapshot.parts[0].size == len(DATA)


def test_a_source_that_stays_down_fails_with_its_last_answer(tmp_path: Path, wire: Wire) -> None:
    here = at(tmp_path, wire.script("/down.csv", Answer(b"", 503)))
    with stamina.set_testing(True, attempts=5), pytest.raises(SourceFailed, match="503"):
        fetched(here)
    assert sum(path == "/down.csv" for path, _ in wire.asked) == 5


def test_a_refused_request_quotes_the_code_and_nothing_else(tmp_path: Path, wire: Wire) -> None:
    body = b'{"code": "query.compiler.malformed", "message": "Ann Example", "data": {"q": "x"}}'
    here = at(tmp_path, wire.script("/bad.csv", Answer(body, 400)))
    with pytest.raises(SourceFailed, match=r"400.*query\.compiler\.malformed") as failure:
        fetched(here)
    assert "Ann" not in str(failure.value)


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", "text/html", "a web page"),
        (b"", "text/csv", "an empty answer"),
        (b"Export failed, please try again later.\n", "text/csv", "none of the expected columns"),
        (b'{"error": {"code": 498, "message": "token"}}', "application/json", "code 498"),
        (b'[{"id": 1}]', "text/csv", "JSON instead"),
    ],
)
def test_an_answer_in_disguise_is_refused_and_kept(
    tmp_path: Path, wire: Wire, body: bytes, kind: str, told: str
) -> None:
    here = at(tmp_path, wire.script("/disguise.csv", Answer(body, headers={"Content-Type": kind})))
    with pytest.raises(SourceFailed, match=told):
        fetched(here)
    (kept,) = (here.settings.snapshots / "refused").iterdir()
    assert kept.read_bytes() == body


def test_redirects_are_followed_three_times_at_most(tmp_path: Path, wire: Wire) -> None:
    here = at(
        tmp_path, wire.script("/moved.csv", Answer(status=302, headers={"Location": "/n.csv"}))
    )
    wire.script("/n.csv", Answer(DATA))
    assert fetched(here).snapshot.parts[0].size == len(DATA)
    wire.script("/n.csv", Answer(status=302, headers={"Location": "/moved.csv"}))
    with pytest.raises(SourceFailed, match="redirects more than 3 times"):
        ingest.readers.fetch(
            here.contract, _location(here), here.settings.work / "x", here.settings
        )


def _location(here: Place) -> ingest.readers.Location:
    return ingest.locate(here.contract, here.settings.data, {})


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/x.csv",
        "https://127.0.0.1/x.csv",
        "https://10.0.0.5/x.csv",
        "https://169.254.169.254/latest",
        "https://[::1]/x.csv",
        "file:///etc/passwd",
    ],
)
def test_private_and_unencrypted_addresses_are_refused(tmp_path: Path, url: str) -> None:
    here = place(tmp_path, table(location=url))
    with pytest.raises(Misconfigured):
        hosts.check(url, here.settings, "larkhaven.complaints")
    with pytest.raises(Misconfigured):
        fetched(here)


def test_an_address_is_shown_without_its_secrets() -> None:
    assert public_url("https://me:pw@x.org:8/a?$$app_token=1&y=2") == "https://x.org:8/a?y=2"
    assert base_name("../../etc/pass wd.csv") == "pass wd.csv"
    assert base_name("..\\..\\") == "part"


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_the_members_of_a_zip_are_parts_by_base_name(tmp_path: Path) -> None:
    here = place(tmp_path, table(location="feed.zip", key=None))
    here.put(_zip({"../../evil/a.csv": DATA, "deep/b.csv": DATA, "__MACOSX/c": b"x"}), "feed.zip")
    assert here.load().loaded == 6
    assert here.rows("select distinct _part from raw_larkhaven.complaints order by 1") == [
        ("a.csv",),
        ("b.csv",),
    ]
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"a/x.csv": DATA, "b/x.csv": DATA}, "two members of the same name"),
        ({"in.csv": _zip({"x.csv": DATA})}, "holds another archive"),
        ({"bomb.csv": b"\0" * 3_000_000}, "beyond the size limits"),
        ({f"{n}.csv": b"x" for n in range(1001)}, "more than 1,000 members"),
        ({}, "no files"),
    ],
)
def test_a_dangerous_zip_is_refused(
    tmp_path: Path, members: dict[str, bytes], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAGIC", b"PK" if not members else archives.MAGIC)
    here = place(tmp_path, table(location="feed.zip"))
    here.put(_zip(members), "feed.zip")
    with pytest.raises(DataRefused if members else (DataRefused, SourceFailed)):
        fetched(here)


def test_globs_and_lists_are_read_in_name_order(tmp_path: Path) -> None:
    here = place(tmp_path, table(location=["b*.csv", "a.csv"], key=None))
    for name in ("b2.csv", "b1.csv", "a.csv"):
        here.put(DATA, name)
    assert [part.name for part in fetched(here).snapshot.parts] == ["b1.csv", "b2.csv", "a.csv"]


ROWS = [{"id": f"K{n}", "status": "Open"} | ({"badge": str(n)} if n % 2 else {}) for n in range(8)]


def soda(folder: Path, wire: Wire, service: Soda, path: str = "/resource/abcd-1234.json") -> Place:
    wire.replies[path] = service
    return at(folder, wire.url(path), reader="socrata")


def test_pages_come_in_a_total_order_and_are_reconciled(tmp_path: Path, wire: Wire) -> None:
    rows = [row | {"officer_name": "Ann"} for row in ROWS]
    here = soda(tmp_path, wire, Soda(rows))
    found = fetched(here)
    assert [part.records for part in found.snapshot.parts] == [3, 3, 2]
    assert here.load().loaded == 8
    assert here.rows("select id, badge from raw_larkhaven.complaints order by _row_number") == [
        (row["id"], row.get("badge")) for row in ROWS
    ]
    assert not fetched(here).changed


def test_a_data_set_that_changes_under_way_is_read_once_more(tmp_path: Path, wire: Wire) -> None:
    here = soda(tmp_path, wire, Soda(ROWS, counts=[8, 9]), "/resource/aaaa-0001.json")
    assert sum(part.records or 0 for part in fetched(here).snapshot.parts) == 8


@pytest.mark.parametrize(
    ("service", "told"),
    [
        (Soda(ROWS, counts=[8, 9, 8, 9]), "counted 8 rows, sent 8, then counted 9, twice"),
        (Soda(ROWS, counts=[10, 10, 10, 10]), "counted 10 rows, sent 8"),
        (Soda(ROWS[:6], ignores_offset=True), "same page twice"),
    ],
)
def test_pages_that_do_not_add_up_fail(
    tmp_path: Path, wire: Wire, service: Soda, told: str
) -> None:
    here = soda(tmp_path, wire, service, "/resource/aaaa-0002.json")
    with pytest.raises(SourceFailed, match=told):
        fetched(here)


def test_a_service_error_told_with_200_quotes_only_its_code(tmp_path: Path, wire: Wire) -> None:
    body = b'{"error": true, "code": "dataset.missing", "message": "Ann Example"}'
    here = at(tmp_path, wire.script("/resource/gone.json", Answer(body)), reader="socrata")
    with pytest.raises(SourceFailed, match=r"dataset\.missing") as failure:
        fetched(here)
    assert "Ann" not in str(failure.value)
