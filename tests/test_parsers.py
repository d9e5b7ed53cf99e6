"""Two readers, one answer: the fast path and the careful one never differ."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.contract_file import Dialect
from pipelines.failures import DataRefused
from pipelines.parsers import careful_csv, delimited, scan
from pipelines.parsers.parsed import Parsed
from tests.feeds import COLUMNS, HEADER, many, place, table

CELLS = st.text(st.sampled_from("ab ,;\"\n\r'é|#\\"), max_size=5)
RAW = "raw_larkhaven.complaints"


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return place(tmp_path_factory.mktemp("contract"), table(key=None)).contract


def rows_of(parsed: Parsed, columns: tuple[str, ...] = ("id", "status", "badge")) -> list[Any]:
    with duckdb.connect() as connection:
        query = f"select _record, {', '.join(columns)}, {parsed.full} from {parsed.relation}"
        return connection.execute(f"{query} order by 1").fetchall()


def vouched(fast: Parsed) -> list[Any] | None:
    """What the fast path read, or null where landing would turn to the careful one."""
    try:
        rows = rows_of(fast)
    except duckdb.InvalidInputException:
        return None
    return rows if len(rows) == fast.records else None


def both(contract: Any, path: Path, work: Path) -> tuple[Parsed, Parsed]:
    read = [
        delimited.parse(contract, path, "part", Dialect(), work, careful=careful)
        for careful in (False, True)
    ]
    return read[0], read[1]


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6),
    st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL)]),
)
def test_what_python_writes_both_paths_read_alike(
    contract: Any, tmp_path: Path, rows: list[tuple[str, ...]], written: tuple[str, Any]
) -> None:
    text = io.StringIO(newline="")
    end, quoting = written
    csv.writer(text, lineterminator=end, quoting=quoting).writerows([COLUMNS, *rows])
    path = tmp_path / "x.csv"
    path.write_bytes(text.getvalue().encode())
    fast, careful = both(contract, path, tmp_path)
    expected = [
        (n, *(cell or None for cell in (a, b, d))) for n, (a, b, _, d) in enumerate(rows, 1)
    ]
    assert [row[:4] for row in rows_of(careful)] == expected
    assert fast.received == careful.received == len(rows)
    assert vouched(fast) in (None, rows_of(careful))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.sampled_from('ab,"\n\r'), max_size=60))
def test_the_fast_path_is_never_taken_where_readers_differ(
    contract: Any, tmp_path: Path, body: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(("id,status,officer_name,badge\n" + body).encode())
    fast, careful = both(contract, path, tmp_path)
    quick = vouched(fast)
    if quick is not None:
        assert quick == rows_of(careful)
        assert fast.received == careful.received


def test_plain_text_takes_the_fast_path(contract: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + 'K1,"a ""b""\n, c",Ann,1\r\n' + many(2), newline="")
    fast, careful = both(contract, path, tmp_path)
    assert "'c0':" in fast.relation
    assert "'c0':" not in careful.relation


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\r\nb\r\n", "a\rb", "a\n\n\nb", "\r\n\r\r\n"])
def test_physical_lines_are_counted_as_python_does(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(text.encode())
    with path.open(newline="") as file:
        assert scan.physical_lines(path) == len(list(file))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 50])
def test_the_count_does_not_depend_on_where_blocks_are_cut(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b\r\n\r\n"x\n\n""y",1\n\n\n2,"3"')
    monkeypatch.setattr(scan, "CHUNK", chunk)
    assert scan.scan(path, ",") == scan.Scan(3, 3, is_plain=True, is_unix=False)
    assert scan.physical_lines(path) == 8


def test_a_stray_quote_loses_its_own_line_only(contract: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + many(2000) + 'KX,"Open,Ann,1\n' + many(2000, 2001))
    fast, _ = both(contract, path, tmp_path)
    assert (fast.received, fast.records) == (4001, 4000)
    assert [(m.line, m.reason) for m in fast.malformed] == [(2002, careful_csv.OPEN_QUOTE)]


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"\0" * 80_000_000), gzip.compress((HEADER + many(9)).encode())[:-12]],
    ids=["bomb", "cut"],
)
def test_dangerous_or_cut_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    here = place(tmp_path, table(dialect={"header": False}))
    here.put(content)
    with pytest.raises(DataRefused, match=r"beyond the size limits|ends in the middle"):
        here.load()


def flat(**meta: Any) -> Any:
    return table(location="x.json", columns=["id", "status", "badge"], **meta)


DOCS = [
    {"ID": "a", "Status": 1.5, "badge": {"x": [1, "é"]}},
    {"ID": "b", "badge": True, "New": None},
    {"ID": "c", "Status": 12345678901234567890123, "badge": ""},
]
LANDED = [
    ("a", "1.5", '{"x":[1,"é"]}'),
    ("b", None, "true"),
    ("c", "12345678901234567890123", None),
]


@pytest.mark.parametrize("shape", ["array", "ndjson", "inside", "odd ndjson", "odd array"])
def test_json_lands_alike_in_every_wrapping(tmp_path: Path, shape: str) -> None:
    lines = "\n".join(json.dumps(doc, ensure_ascii=False) for doc in DOCS)
    text, meta = {
        "array": (json.dumps(DOCS), {"reader": "json"}),
        "ndjson": (lines, {"reader": "ndjson"}),
        "inside": (
            json.dumps({"d": {"results": DOCS}}),
            {"reader": "json", "records": "d.results"},
        ),
        "odd ndjson": (lines.replace('"b"', '"b", "id ": 1', 0), {"reader": "ndjson"}),
        "odd array": (" \ufeff" * 0 + json.dumps(DOCS, indent=1), {"reader": "json"}),
    }[shape]
    here = place(tmp_path, flat(**meta))
    here.put(text, "x.json")
    account = here.load()
    assert (account.received, account.unknown_columns) == (3, ("new",))
    found = here.rows(f"select id, status, nullif(badge, '') from {RAW} order by _row_number")
    assert found == LANDED


def test_a_bad_ndjson_line_is_set_aside_with_its_number(tmp_path: Path) -> None:
    here = place(tmp_path, flat(reader="ndjson"))
    good = [json.dumps({"id": f"K{n}", "status": "s", "badge": "1"}) for n in range(400)]
    bad = ['{"id": "KX", "sta', '{"id": "KY\\u0000", "status": "s", "badge": "1"}']
    here.put("\n".join([*good[:10], bad[0], *good[10:], ""]), "x.json")
    assert here.load().quarantined == 1
    assert here.quarantine() == [(11, None, "not JSON")]
    here.put("\n".join([*good[:10], bad[1], *good[10:], ""]), "x.json")
    assert here.load().quarantined == 1
    assert here.quarantine() == [(11, "id", "a character that text cannot hold")]


def test_nested_records_inherit_from_their_parents(tmp_path: Path) -> None:
    votes = table(
        location="x.json",
        columns=["id", "item", "event", "vote"],
        reader="ndjson",
        records="Items.RollCall",
        inherit={"item": "^ID", "event": "^^ID"},
        key=["event", "item", "id"],
    )
    roll = [{"ID": n, "Vote": "Yes"} for n in (1, 2)]
    events = [
        {"ID": "E1", "Items": [{"ID": "I1", "RollCall": roll}, {"ID": "I2", "RollCall": None}]},
        {"ID": "E2", "Items": [{"ID": "I3", "RollCall": roll[:1]}, {"ID": "I4"}]},
        {"ID": "E3"},
    ]
    here = place(tmp_path, votes)
    here.put(gzip.compress("\n".join(map(json.dumps, events)).encode()), "x.json")
    assert here.load().received == 3
    assert here.rows(f"select event, item, id, vote from {RAW} order by _row_number") == [
        ("E1", "I1", "1", "Yes"),
        ("E1", "I1", "2", "Yes"),
        ("E2", "I3", "1", "Yes"),
    ]


@pytest.mark.parametrize(
    ("text", "records", "told"),
    [
        ('{"detail": "gone"}', "results", "no 'results' on the way"),
        ('{"results": [{"id": 1, "status": 2}]}', "results", "lacks the column 'badge'"),
        ('[{"id": 1, "status": 2}]', "", "lacks the column 'badge'"),
        ('{"results": [{"id": 1', "results", "not JSON"),
        ('[{"id": 1, "status": 2, "badge": 3, "Badge": 4}]', "", "two keys for the column 'badge'"),
    ],
)
def test_json_of_another_shape_is_refused(
    tmp_path: Path, text: str, records: str, told: str
) -> None:
    here = place(tmp_path, flat(reader="json", records=records))
    here.put(text, "x.json")
    with pytest.raises(DataRefused, match=told):
        here.load()


@pytest.mark.parametrize("text", ["[]", '{"results": []}'])
def test_a_list_without_records_is_no_failure(tmp_path: Path, text: str) -> None:
    here = place(tmp_path, flat(reader="json", records="results" if "results" in text else ""))
    here.put(text, "x.json")
    assert here.load().received == 0


def test_a_workbook_lands_as_text_with_iso_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([None])
    sheet.append(["ID", "Status", "Badge", None])
    sheet.append(["a", datetime.fromisoformat("2026-01-02"), 7])
    sheet.append([])
    sheet.append(["b", datetime.fromisoformat("2026-01-02T03:04:00"), True])
    for number in range(400):
        sheet.append([f"K{number}", "s", 1.5])
    sheet.append(["c", "s", 1, "too far"])
    here = place(tmp_path, flat(reader="xlsx"))
    book.save(here.put(b"", "x.json"))
    account = here.load()
    assert (account.received, account.loaded) == (403, 402)
    assert here.rows(f"select id, status, badge from {RAW} order by _row_number limit 3") == [
        ("a", "2026-01-02", "7"),
        ("b", "2026-01-02T03:04:00", "true"),
        ("K0", "s", "1.5"),
    ]
    assert here.quarantine() == [(406, None, "a value beyond the last heading")]


def test_a_few_ragged_records_do_not_cost_the_fast_path(contract: Any, tmp_path: Path) -> None:
    """Records before, between and after them keep their places; their lines are named."""
    good = [f'K{n},"open, {n}",Ann,{n}\n' for n in range(1, 60_000)]
    good[7] = 'K8,"two\nlines",Ann,8\n'
    good[100] = "K101,short\n"
    good[40_000] = "K40001,one,two,three,four,five\n"
    good[-1] = "last\n"
    path = tmp_path / "x.csv"
    path.write_text(HEADER + "".join(good), newline="")
    fast, careful = both(contract, path, tmp_path)
    assert "'c0':" in fast.relation
    assert [one.line for one in fast.malformed] == [103, 40_003, 60_001]
    assert fast.malformed == careful.malformed
    assert fast.received == careful.received == 59_999
    assert rows_of(fast) == rows_of(careful)
    assert fast.lines is not None
    assert fast.lines([9, 59_998]) == {9: 11, 59_998: 60_000}
