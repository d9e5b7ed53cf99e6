"""The public site: whole answers, the same guard on every one, and no pause between releases."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pipelines import serve, shelf
from pipelines.failures import Misconfigured, StorageFailed
from pipelines.rollback import go_back
from pipelines.settings import Settings
from tests import invented_marts as invented

MARTS = [mart.name for mart in invented.marts()]
PAGES = [
    "/",
    "/oversight",
    *(f"/oversight/{name}" for name in MARTS),
    "/oversight/complaints/larkhaven,LH-0001",
    "/oversight/complaints?_search=minor&status=open&_facet=district",
    "/oversight?sql=select+*+from+complaints+limit+3",
    "/oversight/how_many_were_sustained?jurisdiction=larkhaven",
]
OTHERS = ["/healthz", "/static/site.css", "/nope", "/oversight/nope", "/-/plugins", "/favicon.ico"]
HOSTILE = [
    "with recursive n(i) as (select 1 union all select i+1 from n) select count(*) from n",
    "select count(*) from complaints a, complaints b, complaints c, complaints d",
    "select length(hex(replace(hex(zeroblob(90000)), '0', hex(zeroblob(9000)))))",
    "select printf('%.*c', 100000000, 'x')",
    "select randomblob(500000000)",
    "select group_concat(a.district || b.complaint_id) from complaints a, complaints b, sources",
    "select load_extension('x')",
    "attach database '/etc/passwd' as x",
    "select * from complaints where complaint_id like '" + "%a" * 90 + "'",
    "select " + "(" * 80 + "1" + ")" * 80,
    (
        "select replace(replace(replace(hex(complaint_id), '0', hex(complaint_id)), '1', "
        "hex(complaint_id)), '2', hex(complaint_id)) from complaints"
    ),
    "select fts3_tokenizer('simple')",
    "pragma journal_mode = wal",
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = invented.settings(tmp_path_factory.mktemp("served"))
    invented.publish(made)
    return made


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[httpx.Client]:
    with (
        serve.listening(settings, clock=lambda: invented.NIGHT) as running,
        httpx.Client(base_url=running.address, timeout=10) as client,
    ):
        yield client


def test_every_page_names_sources_licence_date_and_what_is_invented(site: httpx.Client) -> None:
    for page in PAGES:
        answer = site.get(page)
        assert answer.status_code == 200, page
        text = answer.text
        assert "Invented demonstration data: Larkhaven does not exist" in text, page
        assert "Allegations are not findings" in text, page
        for landmark in ('lang="en"', "<main", "Skip to the content"):
            assert landmark in text, page
        if page not in ("/", "/oversight"):
            assert "City of Larkhaven" in text, page
            assert "CC0-1.0" in text, page
            assert "31 October 2026" in text, page


def test_pages_need_no_script_and_no_other_site(site: httpx.Client) -> None:
    for page in PAGES:
        text = site.get(page).text
        assert "<script" not in text, page
        assert not re.findall(r'(?:src|action)="(?:https?:)?//', text), page
        assert len(text) < 100_000, page


def test_every_answer_carries_the_same_guard(site: httpx.Client) -> None:
    downloads = ["/downloads/0001/manifest.json", "/oversight/complaints.json"]
    answers = [site.get(page) for page in (*PAGES, *OTHERS, *downloads)]
    answers += [site.post("/"), site.request("DELETE", "/oversight"), site.head("/")]
    for answer in answers:
        told = answer.headers
        assert told["content-security-policy"].startswith("default-src 'none'"), answer.url
        assert "unsafe" not in told["content-security-policy"]
        assert told["x-content-type-options"] == "nosniff"
        assert told["x-frame-options"] == "DENY"
        assert told["x-release"] == "0001"
        assert "server" not in told
        assert "set-cookie" not in told


def test_only_reading_is_answered(site: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = site.request(method, "/oversight?sql=select+1")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    head = site.head("/oversight")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "plugins",
        "settings",
        "databases",
        "threads",
        "versions",
        "metadata",
        "actor",
        "messages",
        "patterns",
    ],
)
def test_pages_for_developers_are_not_there(site: httpx.Client, path: str) -> None:
    assert site.get(f"/-/{path}").status_code == 404
    assert site.get(f"/-/{path}.json").status_code == 404
    assert site.get("/_internal").status_code == 404


def test_a_csv_link_gives_all_rows_that_are_shown(site: httpx.Client) -> None:
    for query, rows in (("", 120), ("?status=open", 60), ("?_search=minor", 80), ("?_size=5", 120)):
        answer = site.get(f"/oversight/complaints.csv{query}", follow_redirects=True)
        read = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert len(read) == rows, query
        assert {row["district"] for row in read} <= {"North", "'=1+1"}, query


def test_a_csv_that_takes_too_long_breaks_off_instead_of_ending(
    site: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasette.plugins import pm

    monkeypatch.setattr(pm.get_plugin("whole_csv.py"), "SECONDS", -1)
    costly = "(select count(*) from complaints a, complaints b where a.district >= '') > 0"
    with pytest.raises(httpx.RemoteProtocolError):
        site.get("/oversight/complaints.csv", params={"_where": costly})


def test_pages_of_a_sorted_table_join_without_a_gap(site: httpx.Client) -> None:
    for order in ("_sort_desc=received_date", "_sort=received_date", "_sort_desc=status"):
        seen: list[str] = []
        page = f"/oversight/complaints.json?{order}&_size=7&_shape=objects"
        while page:
            answer = site.get(page).json()
            seen += [row["complaint_id"] for row in answer["rows"]]
            page = answer["next_url"]
        assert len(seen) == len(set(seen)) == 120, order


def test_a_query_cannot_put_a_formula_into_a_csv(site: httpx.Client) -> None:
    sql = "select '=HYPERLINK(1)' as a, -5 as b, '+1 (2)' as c, 'two\nlines' as d"
    answer = site.get("/oversight.csv", params={"sql": sql})
    row = next(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert row == {"a": "'=HYPERLINK(1)", "b": "-5", "c": "'+1 (2)", "d": "two\nlines"}


def test_downloads_are_the_files_of_the_release_and_nothing_else(
    site: httpx.Client, settings: Settings
) -> None:
    folder = settings.releases / "0001"
    told = json.loads((folder / "manifest.json").read_text())
    for name in ("csv/complaints.csv", "parquet/complaints.parquet", "oversight.db"):
        answer = site.get(f"/downloads/0001/{name}")
        assert answer.content == (folder / name).read_bytes()
        assert len(answer.content) == told["files"][name]["bytes"]
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
    for name in ("../inputs.json", "..%2f..%2finputs.json", "metadata.json/..", "0002/x", "csv/"):
        assert site.get(f"/downloads/0001/{name}").status_code == 404
    assert site.get("/oversight.db").status_code in (403, 404)


def test_every_question_is_answered(site: httpx.Client, settings: Settings) -> None:
    words = json.loads((settings.releases / "0001" / "metadata.json").read_text())
    for name, question in words["databases"]["oversight"]["queries"].items():
        answer = site.get(f"/oversight/{name}.json?_shape=objects")
        assert answer.json()["ok"], name
        assert answer.json()["rows"], name
        assert question["title"] in site.get("/").text
    shares = site.get("/oversight/how_many_were_sustained.json?_shape=array").json()
    assert shares[0]["sustained_pct_of_resolved"] == 100.0
    assert shares[0]["still_open"] == 60


def test_hostile_queries_are_cut_short_and_others_do_not_wait(site: httpx.Client) -> None:
    waits: list[float] = []
    stop = threading.Event()

    def visit() -> None:
        while not stop.is_set():
            began = time.monotonic()
            assert site.get("/oversight/complaints.json?_size=5").status_code == 200
            waits.append(time.monotonic() - began)

    visitor = threading.Thread(target=visit)
    visitor.start()
    for sql in HOSTILE:
        began = time.monotonic()
        answer = site.get("/oversight.json", params={"sql": sql})
        assert time.monotonic() - began < 4, sql
        assert len(answer.content) < 30_000_000, sql
        assert answer.status_code in (200, 400, 403), sql
    stop.set()
    visitor.join()
    assert max(waits) < 3
    assert site.get("/healthz").json() == {"ok": True, "release": "0001"}


def test_no_private_word_and_no_path_reaches_a_page(site: httpx.Client, settings: Settings) -> None:
    asked = [*PAGES, *OTHERS, "/oversight?sql=select+nonsense(", "/oversight.json", "/.json"]
    private = [
        str(settings.data),
        str(settings.project),
        "Traceback",
        "officer_key",
        " _snapshot_id",
    ]
    for page in asked:
        text = site.get(page).text
        assert [word for word in private if word in text] == [], page


def test_late_and_held_sources_are_told_at_once(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    invented.publish(settings)
    moment = [invented.NIGHT]
    with serve.listening(settings, clock=lambda: moment[0]) as running:
        assert "Every source is as current" in httpx.get(running.address).text
        moment[0] += timedelta(days=5)
        assert "5 of 5 sources are late" in httpx.get(running.address).text
        feeds = {"larkhaven.hearings": {"held": "The publisher answered with an error page."}}
        settings.status.write_text(json.dumps({"feeds": feeds}))
        page = httpx.get(running.address).text
        assert "The publisher answered with an error page." in page
        assert "1 is shown at the last good delivery" in page


def test_six_flips_under_load_lose_nothing_and_mix_nothing(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    counts = {1: 40, 2: 80}
    for count in counts.values():
        invented.publish(settings, invented.complaints(count))
    faults: list[object] = []
    seen: set[str] = set()
    answers = [0]
    stop = threading.Event()

    def visit(address: str) -> None:
        with httpx.Client(base_url=address, timeout=20) as client:
            while not stop.is_set():
                answer = client.get("/oversight/complaints.json?_size=1000&_shape=objects")
                page = client.get("/oversight/complaints?_size=1")
                rows = counts[int(answer.headers["x-release"])]
                told = answer.json()
                if (len(told["rows"]), told["filtered_table_rows_count"]) != (rows, rows):
                    faults.append(told)
                number = page.headers["x-release"]
                if f"Release {number}," not in page.text or (
                    f"{counts[int(number)]} rows" not in page.text
                ):
                    faults.append(page.text)
                seen.add(number)
                answers[0] += 2

    with serve.listening(settings) as running:
        running.following.every_seconds = 0.05
        visitors = [threading.Thread(target=visit, args=[running.address]) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        for flip in range(6):
            go_back(settings, to=1 + flip % 2)
            _wait(lambda to=1 + flip % 2: running.following.live.number == to)  # type: ignore[union-attr,misc]
        stop.set()
        for visitor in visitors:
            visitor.join()
    assert faults == []
    assert seen == {"0001", "0002"}
    assert answers[0] > 20


def test_a_damaged_release_is_never_shown(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    invented.publish(settings, invented.complaints(40))
    invented.publish(settings, invented.complaints(80))
    file = settings.releases / "0001" / "csv" / "complaints.csv"
    file.chmod(0o644)
    file.write_text("broken")
    with serve.listening(settings) as running:
        running.following.every_seconds = 0.05
        shelf.flip(settings, 1)
        _wait(lambda: running.following.refused == 1)
        assert httpx.get(running.address).headers["x-release"] == "0002"
    with pytest.raises(StorageFailed, match="not what was released"), serve.listening(settings):
        pass


def test_without_a_release_the_next_step_is_told(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    settings.data.mkdir(parents=True)
    with (
        pytest.raises(Misconfigured, match="no release to show yet"),
        serve.listening(settings),
    ):
        pass


def test_the_clock_of_the_site_goes_on() -> None:
    assert abs(serve.now() - datetime.now(UTC)) < timedelta(seconds=5)


def _wait(for_it: object) -> None:
    until = time.monotonic() + 30
    while not for_it():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)
