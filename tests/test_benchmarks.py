"""The benchmark compares like with like, and counts what it says it counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.history import store
from pipelines.settings import PROJECT
from tests.conftest import Installation

BENCHMARKS = PROJECT / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import compare  # noqa: E402
import marts  # noqa: E402
import processes  # noqa: E402
import tables  # noqa: E402
import verdicts  # noqa: E402

NAMES = [table.name for table in tables.TABLES]
RECORDS = [table.name for table in tables.RECORDS]


def written(program: str, released: Installation, folder: Path) -> Path:
    """What one of the programs makes of the demo's feeds."""
    command = [sys.executable, str(BENCHMARKS / program), str(released.feeds), str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def by_hand(released: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written("by_hand.py", released, tmp_path_factory.mktemp("by") / "hand")


@pytest.fixture(scope="module")
def by_pandas(released: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written("by_pandas.py", released, tmp_path_factory.mktemp("by") / "pandas")


@pytest.mark.parametrize("name", NAMES)
def test_a_table_by_hand_is_the_released_table_to_the_row(
    name: str, by_hand: Path, released: Installation
) -> None:
    file = Path("csv") / f"{name}.csv"
    shown = released.settings.current / file
    assert verdicts.differences(by_hand / file, shown, same_rows=True) == []


@pytest.mark.parametrize("name", RECORDS)
def test_pandas_agrees_with_the_table_by_hand(name: str, by_hand: Path, by_pandas: Path) -> None:
    """Public ids, counts and our words to the row; decimals are rounded another way."""
    assert in_common(by_hand, name) == in_common(by_pandas, name)


def in_common(folder: Path, name: str) -> list[tuple[Any, ...]]:
    """A table's text and counts, in order."""
    file = folder / "parquet" / f"{name}.parquet"
    columns = next(table.columns for table in tables.TABLES if table.name == name)
    kept = [c for c in columns if not c.endswith(("_pct", "_usd", "_hours", "_at"))]
    cells = ", ".join(
        f"cast({c} as integer)" if c.endswith("_count") or c.startswith(("is_", "has_"))
        else f"cast({c} as varchar)[:10]"
        for c in kept
    )  # fmt: skip
    return duckdb.sql(f"select {cells} from '{file}' order by all").fetchall()


def test_the_tables_by_hand_hold_what_the_demo_is_known_to_hold(
    by_hand: Path, released: Installation
) -> None:
    for feed in ("complaints", "allegations", "bwc_reviews", "hearings", "cops_awards"):
        rows = sum(1 for _ in verdicts.records(by_hand / "csv" / f"{feed}.csv")) - 1
        assert rows == released.answers["feeds"][feed]["loaded"], feed


@pytest.mark.parametrize("feed", [*tables.FEEDS, *tables.FEEDS_OF_MEASURES])
def test_all_programs_keep_the_same_records_for_tomorrow(
    feed: str, by_hand: Path, by_pandas: Path, released: Installation
) -> None:
    """As many records, and of the columns that may not be kept only whether they changed."""
    with store.opened(released.settings, f"larkhaven.{feed}") as history:
        described = [str(row[0]) for row in history.execute("describe current").fetchall()]
        marked = [f'count("{name}")' for name in described if name.startswith("_mark_")]
        told = history.execute(f"select {', '.join(['count(*)', *marked])} from current").fetchone()
    assert told is not None
    for folder in (by_hand, by_pandas) if feed in tables.FEEDS else (by_hand,):
        file = folder / "received" / f"{feed}.parquet"
        assert duckdb.sql(f"select count(*) from '{file}'").fetchone() == told[:1]
        assert marks(file) == sorted(told[1:])


def marks(file: Path) -> list[int]:
    """How many cells of each column that is a hash are filled."""
    names = [name for name, *_ in duckdb.sql(f"describe from '{file}'").fetchall()]
    counts = [
        duckdb.sql(
            f'select count("{name}"), bool_and(regexp_full_match(cast("{name}" as varchar), '
            f"'[0-9a-f]{{16}}')) from '{file}'"
        ).fetchone()
        for name in names
    ]
    return sorted(int(found[0]) for found in counts if found and found[1])


def test_all_programs_index_and_search_the_same_columns(
    by_hand: Path, by_pandas: Path, released: Installation
) -> None:
    """Otherwise one of them would be cheap for leaving out the dearest part."""
    files = (by_hand, by_pandas, released.settings.current)
    made = [indexed(folder / "oversight.db") for folder in files]
    assert made[0] == made[2]
    assert made[1] >= {index for index in made[0] if index[0] in RECORDS}


def indexed(file: Path) -> set[tuple[str, str]]:
    """Each table with the columns of each of its indexes, and with its searched columns."""
    import sqlite3

    with sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True) as site:
        found = site.execute(
            "select m.tbl_name, (select group_concat(name) from pragma_index_info(m.name)) "
            "from sqlite_master m where m.type = 'index'"
        ).fetchall()
        found += [
            (name, "searched")
            for (name,) in site.execute("select name from sqlite_master where sql like '%fts5%'")
        ]
    return {(table, columns) for table, columns in found if table.removesuffix("_fts") in NAMES}


def test_the_cost_of_a_process_includes_the_processes_it_starts(tmp_path: Path) -> None:
    burn = "import time\nwhile time.process_time() < 0.5: pass"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    cost = processes.measure([sys.executable, "-c", start], tmp_path / "log")
    assert cost.cpu_seconds >= 0.5
    assert cost.peak_mb > 1


def test_a_program_that_fails_stops_the_comparison_with_its_own_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such feed')"]
    with pytest.raises(processes.Failed, match="exit 1\nno such feed"):
        processes.measure(command, tmp_path / "log")


def test_settings_of_the_caller_do_not_leak_into_a_measurement(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OVERSIGHT_LOCATIONS", "elsewhere.yml")
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    processes.measure([sys.executable, "-c", code], tmp_path / "log", {"OVERSIGHT_DATA": "here"})
    seen = json.loads((tmp_path / "log").read_text(encoding="utf-8"))
    assert "OVERSIGHT_LOCATIONS" not in seen
    assert seen["OVERSIGHT_DATA"] == "here"


def test_another_order_of_rows_is_no_difference_and_another_row_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    ours, theirs = tmp_path / "a" / "cases.csv", tmp_path / "b" / "cases.csv"
    ours.write_text('id,word\n1,"two\nlines"\n2,b\n', encoding="utf-8")
    theirs.write_text('id,word\n2,b\n1,"two\nlines"\n', encoding="utf-8")
    assert verdicts.differences(ours, theirs, same_rows=True) == []
    theirs.write_text('id,word\n2,c\n1,"two\nlines"\n', encoding="utf-8")
    found = verdicts.differences(ours, theirs, same_rows=True)
    assert found[0] == "cases: 1 rows only by hand, 1 only in the release."
    assert found[1:] == ["  by hand: 2,b", "  release: 2,c"]
    assert verdicts.differences(ours, theirs, same_rows=False) == []


@pytest.mark.parametrize(
    ("spent", "missed"),
    [
        ({}, None),
        ({"refresh": 61.0}, "refresh, less start-up"),
        ({"pandas": 79.0}, "pandas per refresh"),
        ({"unchanged refresh": 13.0}, "unchanged refresh"),
    ],
)
def test_each_bar_is_missed_by_what_it_names(spent: dict[str, float], missed: str | None) -> None:
    usual = {"by hand": 17.0, "refresh": 50.0, "unchanged refresh": 10.0, "pandas": 110.0}
    sitting = compare.Sitting(20, Path())
    for program, seconds in (usual | spent).items():
        sitting.costs[program] = [processes.Cost(seconds, 900.0)]
    promised = compare.bars(sitting, {"pipelines.definitions": 5.0, "dagster_dbt": 4.0})
    assert [bar.name.startswith(missed or "none") for bar in promised if not bar.is_held] == (
        [True] if missed else []
    )


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("1, 0.30000000000000004::double, null::varchar", []),
        ("1, 0.300001::double, null::varchar", ["one: differs at (1,)."]),
        ("1, null::double, null::varchar", ["one: differs at (1,)."]),
        ("1, 0.3::double, 'b'", ["one: differs at (1,)."]),
        ("1, '0.3', null::varchar", ["one: the columns differ."]),
    ],
)
def test_a_table_of_dbt_may_differ_by_hand_in_the_last_digits_alone(
    row: str, found: list[str]
) -> None:
    one = tables.Table("one", (), ("id",), ())
    with duckdb.connect() as duck:
        for side, schema, cells in (
            ("hand", "main", "1, 0.3::double, null::varchar"),
            ("dbt", "marts", row),
        ):
            duck.execute(
                f"attach ':memory:' as {side}; create schema if not exists {side}.{schema}"
            )
            shape = f"select * from (values ({cells})) as rows (id, share, word)"
            duck.execute(f"create table {side}.{schema}.one as {shape}")
        assert marts.differences(duck, one) == found
