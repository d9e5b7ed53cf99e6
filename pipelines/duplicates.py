"""Records that stand twice: identical ones are dropped once, contradictory ones set aside.

One grouping finds whether there are any. Only then are the few rows concerned looked at again
in the part they came from, with a hash over everything received, protected columns included;
that hash is never stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from pipelines import verdicts
from pipelines.contracts import Contract
from pipelines.parsers.parsed import LINE, RECORD, Malformed, Parsed, quoted

CONFLICT = "conflicting duplicate key"


@dataclass(frozen=True)
class Settled:
    """How many rows were dropped as identical, and which were quarantined, by part."""

    dropped: int
    conflicting: list[tuple[str, Malformed]]


def settle(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    contract: Contract,
    parts: Sequence[tuple[str, int, Parsed]],
) -> Settled:
    """Remove doubled rows from the raw `table`. `parts` are (name, records before, parsed)."""
    key = _key(contract)
    connection.execute(
        f"create or replace temp table doubled as select _row_number, {key} as key from {table} "
        f"where {key} in (select {key} from {table} group by 1 having count(*) > 1)"
    )
    found = connection.execute("select count(*) from doubled").fetchone()
    if not found or not found[0]:
        return Settled(0, [])
    _look_again(connection, parts)
    return _remove(connection, table, contract, parts)


def number_repeats(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Count rows of equal public content from 1, in file order; most stay the first and only."""
    repeated = f"select _row_hash from {table} group by 1 having count(*) > 1"
    connection.execute(
        f"update {table} set _row_ordinal = place.ordinal from (select _row_number, row_number() "
        f"over (partition by _row_hash order by _row_number) as ordinal from {table} "
        f"where _row_hash in ({repeated})) as place "
        f"where {table}._row_number = place._row_number and place.ordinal > 1"
    )


def _key(contract: Contract) -> str:
    """A 64-bit hash to group by: a quarter of the memory of the text itself."""
    if contract.meta.key is None:
        return "hash(_row_hash)"
    return f"hash({', '.join(f'trim({quoted(column)})' for column in contract.meta.key)})"


def _look_again(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[tuple[str, int, Parsed]]
) -> None:
    connection.execute(
        "create or replace temp table looked (_row_number bigint, key ubigint, part integer, "
        "record bigint, line bigint, content varchar)"
    )
    for number, (_, before, parsed) in enumerate(parts):
        # The hash is made after the join: of the few rows that are doubled, not of all.
        connection.execute(
            f"insert into looked select _doubled_row, _doubled_key, {number}, "
            f"{RECORD}, {LINE}, {parsed.full} from {parsed.relation} join "
            "(select _row_number as _doubled_row, key as _doubled_key from doubled) "
            f"on {RECORD} + {before} = _doubled_row where _doubled_row > {before} "
            f"and _doubled_row <= {before + parsed.received}"
        )


def _remove(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    contract: Contract,
    parts: Sequence[tuple[str, int, Parsed]],
) -> Settled:
    """Of each set of identical rows all but the first go; what still shares a key conflicts."""
    connection.execute(
        "create or replace temp table placed as select *, row_number() over "
        "(partition by key, content order by _row_number) as copy, "
        "count(distinct content) over (partition by key) as contents from looked"
    )
    dropped = _delete(connection, table, "copy > 1")
    if contract.meta.key is None:
        return Settled(dropped, [])
    rows = connection.execute(
        "select part, record, line from placed where copy = 1 and contents > 1 order by 1, 2"
    ).fetchall()
    connection.execute(
        f"create or replace temp table conflicts as select * from {table} where _row_number in "
        "(select _row_number from placed where copy = 1 and contents > 1)"
    )
    verdicts.note_set_aside(connection, contract, "conflicts", f"'{CONFLICT}'")
    _delete(connection, table, "copy = 1 and contents > 1")
    return Settled(dropped, _conflicting(contract, parts, rows))


def _delete(connection: duckdb.DuckDBPyConnection, table: str, which: str) -> int:
    answer = connection.execute(
        f"delete from {table} where _row_number in (select _row_number from placed where {which})"
    ).fetchone()
    return int(answer[0]) if answer else 0


def _conflicting(
    contract: Contract,
    parts: Sequence[tuple[str, int, Parsed]],
    rows: Sequence[tuple[int, int, int | None]],
) -> list[tuple[str, Malformed]]:
    column = ", ".join(contract.meta.key or ())
    found: list[tuple[str, Malformed]] = []
    for number, (name, _, parsed) in enumerate(parts):
        of_part = [(record, line) for part, record, line in rows if part == number]
        unplaced = [record for record, line in of_part if line is None]
        lines = parsed.lines(unplaced) if parsed.lines and unplaced else {}
        for record, line in of_part:
            found.append((name, Malformed(CONFLICT, line or lines.get(record), column)))
    return found
