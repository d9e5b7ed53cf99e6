"""The public tables from the raw tables of the warehouse, by one DuckDB script written by hand.

Usage: python marts_by_hand.py WAREHOUSE OUT. Reads the text that a refresh has loaded, and writes
the tables into the DuckDB file OUT, uncompressed like those of the warehouse.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pseudonyms_by_hand

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "dbt_project" / "seeds"
SCRIPTS = ("macros_by_hand", "raw_by_hand", "by_hand", "measures_by_hand")


def main(raw: Path, out: Path) -> None:
    """One connection, one script after the other."""
    with duckdb.connect(str(out), config={"threads": 2}) as duck:
        duck.execute(f"attach '{raw}' as raw (read_only)")
        duck.execute(f"set variable seeds = '{SEEDS}'")
        duck.execute("set force_compression = 'uncompressed'")
        for name in SCRIPTS:
            if name == "by_hand":
                pseudonyms_by_hand.register(duck, raw.parents[1] / "demo")
            duck.execute((HERE / f"{name}.sql").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
