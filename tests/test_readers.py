"""Sources fail in many ways; each is noticed, retried or refused, and never taken for data."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from pipelines import ingest
from pipelines.failures import DataRefused, Misconfigured, SourceFailed
from pipelines.ingest import Fetched
from pipelines.readers import again, archives, hosts
from pipelines.readers.parts import base_name, public_url
from pipelines.readers.transport import Request, Transport
from pipelines.settings import Patience
from tests.feeds import HEADER, Place, many, place, table
from tests.wire.fetching import PATIENCE
from tests.wire.scripted import Scripted
from tests.wire.server import Reply, Wire, serving

DATA = (HEADER + many(3)).encode()
PAGE = "<!DOCTYPE html><title>Log in</title>"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Wire, Scripted]]:
    with serving(script := Scripted()) as server:
        yield server, script


@dataclass
class Told:
    """The server of this module, as a test uses it."""

    wire: Wire
    service: Scripted

    def script(self, path: str, *replies: Reply) -> str:
        return self.wire.url(self.service.script(path, *replies))

    def asked(self, path: str) -> int:
        return sum(request.path == path for request in self.wire.asked)


@pytest.fixture
def wire(served: tuple[Wire, Scripted]) -> Told:
    return Told(*served)


def at(folder: Path, url: str, **meta: object) -> Place:
    here = place(folder, table(location=url, **meta))
    return here.at(allow_private_hosts=True, patience=PATIENCE)


def fetched(here: Place) -> Fetched:
    return ingest.fetch_snapshot(here.contract, here.settings)


def test_a_file_is_streamed_kept_and_loaded(tmp_path: Path, wire: Told) -> None:
    url = wire.script("/plain.csv", Reply(200, DATA, {"ETag": '"1"'}))
    here = at(tmp_path, f"{url}?api_key=hidden&year=2026")
    first = fetched(here)
    (part,) = first.snapshot.parts
    assert (part.name, part.headers["etag"], first.changed) == ("plain.csv", '"1"', True)
    assert part.url.endswith("/plain.csv?year=2026")
    assert here.load().loaded == 3
    assert not fetched(here).changed


@pytest.mark.parametrize("form", ["seconds", "date", "absurd", "unreadable"])
def test_a_busy_source_is_asked_again_when_it_says(tmp_path: Path, wire: Told, form: str) -> None:
    soon = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    told = {"seconds": "0", "date": soon, "absurd": "1000000000", "unreadable": "soon"}[form]
    busy = Reply(429, b"slow down", {"Retry-After": told})
    here = at(tmp_path, wire.script(f"/{form}.csv", busy, busy, Reply(200, DATA)))
    assert fetched(here).snapshot.parts[0].size == len(DATA)


def test_retry_after_is_read_in_both_forms() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 55 < (again.retry_after(later) or 0) <= 60
    assert again.retry_after("7") == 7
    assert again.retry_after("soon") is None


def test_waits_are_random_below_a_doubling_bound_that_is_capped(tmp_path: Path) -> None:
    here = at(tmp_path, "http://127.0.0.1:9/x.csv").at(
        patience=Patience(first_wait=1, longest_wait=4)
    )
    transport = Transport(here.contract.meta.location, "x.y", (), here.settings)
    waits = {attempt: [_wait(transport, attempt) for _ in range(60)] for attempt in (1, 2, 3, 9)}
    for attempt, bound in ((1, 1), (2, 2), (3, 4), (9, 4)):
        assert all(0 <= wait <= bound for wait in waits[attempt])
        assert max(waits[attempt]) - min(waits[attempt]) > bound / 2


def _wait(transport: Transport, attempt: int) -> float:
    with pytest.raises(again.Again) as failure, transport._as_again(attempt):
        raise httpx.ReadTimeout("slow")
    return failure.value.wait or 0.0


def test_a_body_shorter_than_announced_is_fetched_again(tmp_path: Path, wire: Told) -> None:
    cut = Reply(200, DATA[:20], announced=len(DATA))
    here = at(tmp_path, wire.script("/cut.csv", cut, Reply(200, DATA)))
    assert fetched(here).snapshot.parts[0].size == len(DATA)


def test_a_source_that_stays_down_fails_with_its_last_answer(tmp_path: Path, wire: Told) -> None:
    here = at(tmp_path, wire.script("/down.csv", Reply(503)))
    with pytest.raises(SourceFailed, match="503"):
        fetched(here)
    assert wire.asked("/down.csv") == PATIENCE.attempts


def test_a_refused_request_quotes_the_code_and_nothing_else(tmp_path: Path, wire: Told) -> None:
    body = b'{"code": "query.compiler.malformed", "message": "Ann Example", "data": {"q": "x"}}'
    here = at(tmp_path, wire.script("/bad.csv", Reply(400, body)))
    with pytest.raises(SourceFailed, match=r"400.*query\.compiler\.malformed") as failure:
        fetched(here)
    assert "Ann" not in str(failure.value)


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        (PAGE.encode(), "text/html", "a web page"),
        (b"", "text/csv", "an empty answer"),
        (b"Export failed, please try again later.\n", "text/csv", "none of the expected columns"),
        (b'{"error": {"code": 498, "message": "token"}}', "application/json", "code 498"),
        (b'[{"id": 1}]', "text/csv", "JSON instead"),
    ],
)
def test_an_answer_in_disguise_is_refused_and_kept(
    tmp_path: Path, wire: Told, body: bytes, kind: str, told: str
) -> None:
    here = at(tmp_path, wire.script("/disguise.csv", Reply(200, body, {"Content-Type": kind})))
    with pytest.raises(SourceFailed, match=told):
        fetched(here)
    (kept,) = (here.settings.snapshots / "refused").iterdir()
    assert kept.read_bytes() == body


def test_redirects_are_followed_three_times_at_most(tmp_path: Path, wire: Told) -> None:
    moved = Reply(302, headers={"Location": "/n.csv"})
    here = at(tmp_path, wire.script("/moved.csv", moved))
    wire.script("/n.csv", Reply(200, DATA))
    assert fetched(here).snapshot.parts[0].size == len(DATA)
    wire.script("/n.csv", Reply(302, headers={"Location": "/moved.csv"}))
    with pytest.raises(SourceFailed, match="redirects more than 3 times"):
        ingest.readers.fetch(
            here.contract, _location(here), here.settings.work / "x", here.settings
        )


def test_another_host_is_followed_only_when_the_contract_names_it(
    tmp_path: Path, wire: Told
) -> None:
    with serving(Scripted({"/x.csv": [Reply(200, DATA)]})) as other:
        url = wire.script("/away.csv", Reply(302, headers={"Location": other.url("/x.csv")}))
        with pytest.raises(SourceFailed, match="another host"):
            fetched(at(tmp_path, url))
        assert not other.asked
        host = other.address.removeprefix("http://")
        here = at(tmp_path, url, redirect_hosts=[host])
        assert fetched(here).snapshot.parts[0].size == len(DATA)


def test_a_source_that_sends_us_away_is_held_at_its_last_good_snapshot(
    tmp_path: Path, wire: Told
) -> None:
    away = Reply(302, headers={"Location": "https://elsewhere.example/x.csv"})
    whole = Reply(200, DATA)
    here = at(tmp_path, wire.script("/leaving.csv", whole, whole, away))
    here.load()
    later = fetched(here)
    assert "another host" in (later.held or "")
    assert ingest.load_raw(here.contract, later.snapshot, here.settings).loaded == 3


def test_what_identifies_us_is_not_told_to_the_next_host(tmp_path: Path, wire: Told) -> None:
    with serving(Scripted({"/x": [Reply(200, b"[]")]})) as other:
        url = wire.script("/away", Reply(302, headers={"Location": other.url("/x")}))
        here = at(tmp_path, url)
        host = other.address.removeprefix("http://")
        with Transport(url, "x.y", (host,), here.settings) as transport:
            transport.document(Request(url, headers={"X-App-Token": "s"}))
        assert "x-app-token" in wire.wire.asked[-1].headers
        assert "x-app-token" not in other.asked[0].headers


def test_gzip_that_ends_early_is_never_taken_for_the_whole(tmp_path: Path, wire: Told) -> None:
    packed = gzip.compress(DATA)
    cut = Reply(200, packed[: len(packed) // 2], {"Content-Encoding": "gzip"})
    whole = Reply(200, packed, {"Content-Encoding": "gzip"})
    here = at(tmp_path, wire.script("/packed.csv", cut, whole))
    assert fetched(here).snapshot.parts[0].size == len(DATA)
    here = at(tmp_path / "never", wire.script("/packed.csv", cut))
    with pytest.raises(SourceFailed, match="broke off"):
        fetched(here)


def test_an_answer_that_unpacks_beyond_measure_is_refused(tmp_path: Path, wire: Told) -> None:
    bomb = Reply(200, gzip.compress(b"0" * 90_000_000), {"Content-Encoding": "gzip"})
    with pytest.raises(SourceFailed, match="beyond all measure"):
        fetched(at(tmp_path, wire.script("/bomb.csv", bomb)))


def test_an_answer_larger_than_allowed_is_dropped(tmp_path: Path, wire: Told) -> None:
    url = wire.script("/large", Reply(200, b"x" * 3_000_000))
    here = at(tmp_path, url)
    with (
        Transport(url, "x.y", (), here.settings) as transport,
        pytest.raises(SourceFailed, match="more than 1 MB"),
    ):
        transport.save(Request(url), tmp_path / "body", most=1024**2)


def test_a_source_that_stalls_is_given_up(tmp_path: Path, wire: Told) -> None:
    stalling = Reply(200, DATA, stall=30)
    here = at(tmp_path, wire.script("/stall.csv", stalling)).at(
        patience=replace(PATIENCE, read=0.1, attempts=2)
    )
    with pytest.raises(SourceFailed, match="did not answer in time"):
        fetched(here)


def test_a_file_without_an_end_of_its_own_is_believed_when_it_comes_twice(
    tmp_path: Path, wire: Told
) -> None:
    half = Reply(200, DATA[: DATA.index(b"K2")])
    here = at(tmp_path, wire.script("/halved.csv", half, Reply(200, DATA)))
    assert fetched(here).snapshot.parts[0].size == len(DATA)
    sizes = [Reply(200, DATA + b"K9,Open,Ann,9\n" * n) for n in range(9)]
    with pytest.raises(SourceFailed, match="another size each time"):
        fetched(at(tmp_path / "x", wire.script("/restless.csv", *sizes)))


def test_a_file_is_not_fetched_again_while_its_etag_stands(tmp_path: Path, wire: Told) -> None:
    tagged = Reply(200, DATA, {"ETag": '"7"'})
    url = wire.script("/same.csv", tagged, tagged, Reply(304))
    here = at(tmp_path, url)
    here.load()
    again_fetched = fetched(here)
    assert not again_fetched.changed
    assert wire.wire.asked[-1].headers["if-none-match"] == '"7"'
    assert here.load().loaded == 3


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
