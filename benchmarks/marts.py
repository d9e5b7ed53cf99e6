"""What all public tables cost by dbt, beside the same tables by hand, as a ratio of one sitting.

Usage: python benchmarks/marts.py [--scale 100] [--folder FOLDER] [--slowest 12]. The feeds of the
demo are loaded once; then both programs run as whole processes on that load, one after the
other, and the tables they made are held against each other row for row. Exit code 1 says that
the bar is missed or that a table differs. Below scale 50 no bar is held: there, most of what dbt
costs is its start.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
from processes import Cost, Failed, measure
from tables import TABLES, Table
from verdicts import Bar, told

HERE = Path(__file__).resolve().parent
LIMIT, BAR_FROM = 2.5, 50
EXACT = 1e-9
NUMBERS = ("BIGINT", "DECIMAL", "DOUBLE", "HUGEINT", "INTEGER")


def python(*words: str, data: Path, log: str) -> Cost:
    """Run one of the programs here on a data folder, and say what it cost."""
    environment = {"OVERSIGHT_DATA": str(data), "PYTHONPATH": str(HERE.parent)}
    return measure((sys.executable, *words), data.parent / f"{log}.log", environment)


def landed(scale: float, folder: Path) -> Path:
    """The demo of one scale in a warehouse; its data folder."""
    data = folder / "data"
    python("-m", "pipelines", "demo", "--scale", f"{scale:g}", data=data, log="demo")
    python(str(HERE / "marts_by_dbt.py"), "land", str(data), data=data, log="land")
    return data


def run(data: Path) -> dict[str, Cost]:
    """Both programs, each from the same load; the one by hand first, before dbt adds to it."""
    warehouse = data / "work" / "warehouse.duckdb"
    hand, profile = data.parent / "by_hand.duckdb", data.parent / "profile"
    commands = {
        "by hand": ("marts_by_hand.py", str(warehouse), str(hand)),
        "dbt": ("marts_by_dbt.py", "build", str(data), str(profile)),
    }
    return {
        name: python(str(HERE / words[0]), *words[1:], data=data, log=name.replace(" ", "_"))
        for name, words in commands.items()
    }


def compared(folder: Path) -> list[str]:
    """In what the tables by hand differ from those of dbt."""
    with duckdb.connect(config={"threads": 2}) as duck:
        duck.execute(f"attach '{folder}/by_hand.duckdb' as hand (read_only)")
        duck.execute(f"attach '{folder}/data/work/warehouse.duckdb' as dbt (read_only)")
        return [found for table in TABLES for found in differences(duck, table)]


def differences(duck: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """Rows of one table that only one side has, or whose cells differ; numbers may by 1e-9."""
    ours, theirs = f"hand.main.{table.name}", f"dbt.marts.{table.name}"
    columns = described(duck, ours)
    if columns != described(duck, theirs):
        return [f"{table.name}: the columns differ."]
    counts = [
        duck.execute(f"select count(*) from {one}").fetchall()[0][0] for one in (ours, theirs)
    ]
    if counts[0] != counts[1]:
        return [f"{table.name}: {counts[0]} rows by hand, {counts[1]} by dbt."]
    wrong = " or ".join(unequal(name, kind) for name, kind in columns)
    found = duck.execute(
        f"select {', '.join(f'ours.{name}' for name in table.key)} from {ours} as ours "
        f"full join {theirs} as theirs on {same_key(table)} where {wrong} limit 3"
    ).fetchall()
    return [f"{table.name}: differs at {row}." for row in found]


def described(duck: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Names and types of the columns, of a decimal without its places."""
    rows = duck.execute(f"describe {table}").fetchall()
    return [(str(row[0]), str(row[1]).split("(")[0]) for row in rows]


def same_key(table: Table) -> str:
    """The condition that joins a row to its like; a part of a key may be null."""
    parts = [f"ours.{name} is not distinct from theirs.{name}" for name in table.key]
    return " and ".join(parts)


def unequal(name: str, kind: str) -> str:
    """Whether two cells differ; numbers by more than the last digits, at any size."""
    ours, theirs = f"ours.{name}", f"theirs.{name}"
    if kind not in NUMBERS:
        return f"{ours} is distinct from {theirs}"
    far = f"abs({ours} - {theirs}) > {EXACT} * greatest(1, abs({ours}::double))"
    return f"({ours} is null) <> ({theirs} is null) or {far}"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scale", type=float, default=100)
    parser.add_argument("--folder", type=Path, default=None, help="where to work")
    parser.add_argument("--slowest", type=int, default=12, help="models to tell of")
    return parser.parse_args(words)


def report(costs: dict[str, Cost], folder: Path, scale: float, slowest: int) -> int:
    """Print both costs, the ratio, the slowest models and what differs."""
    for name, cost in costs.items():
        spent = f"{cost.cpu_seconds:8.1f} CPU s{cost.wall_seconds:8.1f} s"
        print(f"  {name:10}{spent}{cost.peak_mb:9.0f} MB")
    bar = Bar(
        "all marts by dbt, per hand-written",
        costs["dbt"].cpu_seconds / costs["by hand"].cpu_seconds,
        LIMIT,
    )
    wall = costs["dbt"].wall_seconds / costs["by hand"].wall_seconds
    verdict = told(bar) if scale >= BAR_FROM else f"{bar.name}: {bar.measured:.2f}, no bar"
    print(f"{verdict}  (by the clock {wall:.2f})")
    models = (folder / "profile").read_text(encoding="utf-8").splitlines()[:slowest]
    print("\n".join(["Slowest models, seconds by the clock:", *models]))
    problems = compared(folder)
    print("\n".join(problems) or f"Both made the same rows of all {len(TABLES)} tables.")
    return int(bool(problems) or (scale >= BAR_FROM and not bar.is_held))


def main(words: Sequence[str] | None = None) -> int:
    """Load, run, compare, judge."""
    wanted = arguments(words)
    folder = Path(tempfile.mkdtemp(prefix="marts_", dir=wanted.folder))
    try:
        print(f"Scale {wanted.scale:g}", flush=True)
        return report(run(landed(wanted.scale, folder)), folder, wanted.scale, wanted.slowest)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
