"""What people commonly write: pandas for the tables, sqlite-utils for the site's database.

Usage: python by_pandas.py FEEDS OUT. Writes the same nine tables in the same three forms as
`by_hand.py`, and keeps the records received as it does. pandas has no engine for Parquet in this
environment, so DuckDB writes it from the frame, which costs less than `to_parquet` would.
Prints the CPU seconds that keeping took.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pandas as pd
import sqlite_utils
from pandas_cases import case_tables
from pandas_documents import document_tables
from pandas_received import Timed, keeper
from tables import RECORDS, Table


def published(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of the public table, whole numbers as such, in the order of the key."""
    frame = frame[list(table.columns)].sort_values(list(table.key))
    endings = ("_count", "_ordinal", "_to_close", "_year")
    whole = [name for name in table.columns if name.endswith(endings)]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def write(table: Table, frame: pd.DataFrame, out: Path, site: sqlite_utils.Database) -> None:
    """One table as CSV, as Parquet, and as an indexed table of the site."""
    name = table.name
    frame.to_csv(out / "csv" / f"{name}.csv", index=False)
    parquet = str(out / "parquet" / f"{name}.parquet")
    duckdb.from_df(frame).write_parquet(parquet, compression="zstd")
    for column in frame.select_dtypes("datetime").columns:
        form = "%Y-%m-%dT%H:%M:%S" if column.endswith("_at") else "%Y-%m-%d"
        frame[column] = frame[column].dt.strftime(form)
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    has_gaps = frame[list(table.key)].isna().to_numpy().any()
    site[name].insert_all(records, pk=None if has_gaps else table.key)
    for columns in table.indexes:
        site[name].create_index(columns, if_not_exists=True)
    if table.search:
        site[name].enable_fts(table.search)


def main(feeds: Path, out: Path) -> None:
    """Read, build, write."""
    for form in ("csv", "parquet"):
        (out / form).mkdir(parents=True)
    site = sqlite_utils.Database(out / "oversight.db")
    keep = Timed(keeper(out / "received"))
    frames = {**case_tables(feeds, keep), **document_tables(feeds, keep)}
    for table in RECORDS:
        write(table, published(table, frames.pop(table.name)), out, site)
    site.analyze()
    print(f"{keep.spent:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
