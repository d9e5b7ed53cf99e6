"""Why a record does not land: the headings again, a blank where none may be, or withheld."""

from __future__ import annotations

import duckdb

from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.history import identity
from pipelines.parsers.parsed import Parsed, literal, quoted

AGAIN = "the headings again"
BLANK = "a required value is blank"
WITHHELD = "withheld"


def verdict(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    parsed: Parsed,
    taken_down: str | None = None,
) -> str:
    """SQL that is null for a record that lands, else the reason why it does not.

    The first reason wins; `taken_down` is true of what must stay out whatever else is said of it.
    Raises `DataRefused` when the feed that this one is withheld with has not been loaded: nobody
    could tell which records were expunged.
    """
    meta = contract.meta
    cases = [(parsed.again, literal(AGAIN))]
    if taken_down:
        cases.append((taken_down, literal(WITHHELD)))
    for column in contract.columns:
        if column.config.meta.required:
            blank = f"coalesce(trim({quoted(column.name)}), '') = ''"
            cases.append((blank, literal(f"{BLANK}:{column.name}")))
    if meta.withhold and contract.withheld_words:
        values = ", ".join(literal(word.strip().lower()) for word in contract.withheld_words)
        cases.append(
            (f"lower(trim({quoted(meta.withhold.column)})) in ({values})", literal(WITHHELD))
        )
    if meta.withhold_with:
        theirs = withheld_table(contract, meta.withhold_with.table, meta.withhold_with.their_column)
        _check_parent(connection, contract, theirs)
        ours = f"trim({quoted(meta.withhold_with.column)})"
        cases.append((f"{ours} in (select key from {theirs})", literal(WITHHELD)))
    told = " ".join(f"when {condition} then {reason}" for condition, reason in cases)
    return f"case {told} end"


def _check_parent(connection: duckdb.DuckDBPyConnection, contract: Contract, theirs: str) -> None:
    try:
        connection.execute(f"select 1 from {theirs} limit 1").fetchall()
    except duckdb.CatalogException:
        link = contract.meta.withhold_with
        assert link is not None
        raise DataRefused(
            f"It follows {link.table!r}, which has not been loaded, so nobody can tell which "
            "records must be withheld.",
            place=contract.name,
        ) from None


def withheld_table(contract: Contract, table: str, column: str) -> str:
    """The private table with the values of `column` in the rows of `table` that were withheld."""
    return f"private.{quoted(f'withheld_{contract.jurisdiction}__{table}__{column}')}"


def set_aside_table(contract: Contract) -> str:
    """The private table with the keys of records that arrived and did not land, and why not."""
    return f"private.{quoted(f'set_aside_{contract.jurisdiction}__{contract.table.name}')}"


def create_set_aside(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Start on an empty list of keys set aside."""
    table = set_aside_table(contract)
    connection.execute(f"create or replace table {table} (record_key varchar, why varchar)")


def note_set_aside(
    connection: duckdb.DuckDBPyConnection, contract: Contract, rows: str, why: str
) -> None:
    """Note the keys of `rows`, so that a record which is still delivered is not called removed.

    Of a feed without a key nothing can be noted: a row that did not land has no identity.
    """
    if contract.meta.key is not None:
        key = identity.record_key(contract, rows)
        connection.execute(
            f"insert into {set_aside_table(contract)} select {key}, {why} from {rows}"
        )
