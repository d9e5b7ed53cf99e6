"""The tables of count cells and cuts in the warehouse, from which their public views are made.

dbt builds the views while the tables are still empty; the protect step fills them afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb

from pipelines import warehouse
from pipelines.disclosure.frozen import Frozen
from pipelines.parsers.parsed import literal

TABLES = {
    "demographic_cells": "jurisdiction varchar, cut varchar, role varchar, attribute varchar, "
    "attribute_value varchar, dimension varchar, dimension_value varchar, people_count integer, "
    "value_state varchar, group_share_code varchar",
    "demographic_cuts": "jurisdiction varchar, cut varchar, role varchar, cut_date date, "
    "period_start date, period_end date, threshold integer, people_count integer, "
    "cells_count integer, hidden_cells_count integer, pooled_values_count integer, "
    "sha256 varchar",
}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Start on empty tables, in schema `pipeline`, which exists."""
    for table, columns in TABLES.items():
        connection.execute(f"create or replace table pipeline.{table} ({columns})")


def fill(
    connection: duckdb.DuckDBPyConnection, cuts: Sequence[Frozen], files: Sequence[Path]
) -> None:
    """Put all cuts in, their cells straight from the bytes of their files."""
    create(connection)
    rows = [tuple(asdict(cut).values()) for cut in cuts]
    warehouse.insert(connection, "pipeline.demographic_cuts", rows)
    if files:
        listed = ", ".join(literal(str(file)) for file in files)
        connection.execute(
            f"insert into pipeline.demographic_cells select * from read_csv([{listed}], "
            "header = true, all_varchar = true, nullstr = '', delim = ',', quote = '\"')"
        )
