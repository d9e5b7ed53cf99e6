"""What a new snapshot says differently from the last one, record by record.

All work is done on narrow tables: the key and a hash of every record are held against those of
the store, and only records that differ are looked at in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb

from pipelines import verdicts
from pipelines.contract_file import Column
from pipelines.contracts import Contract
from pipelines.history import identity, store
from pipelines.history.canonical import canonical
from pipelines.parsers.parsed import literal, quoted

STEPS = (
    *("added", "removed", "restored", "changed", "withheld"),
    *("rekeyed", "rekeyed_from", "rekeyed_to"),
)
"""What befell a record: `rekeyed_from` and `rekeyed_to` are of a group whose members cannot be
told apart, so that the record under the old key ends and one under the new key begins."""


@dataclass(frozen=True)
class Comparison:
    """A landed raw table held against the store attached to the same connection.

    The temp table `touched` has a row for each record that differs (`pair`, `old_key`, `new_key`,
    `_row_number`, `step`); `before` and `after` hold its two versions, by `pair`. `columns` are
    those compared; `added` ones are new to the store, `missing` ones are left out by the publisher.
    """

    connection: duckdb.DuckDBPyConnection
    contract: Contract
    previous: int
    before_count: int
    rows_count: int
    columns: tuple[str, ...]
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    steps: dict[str, int] = field(default_factory=dict)

    def counted(self) -> Comparison:
        """The same with the number of records by step as it is now."""
        found = self.connection.execute("select step, count(*) from touched group by 1").fetchall()
        return replace(self, steps={str(step): int(number) for step, number in found})

    def number(self, step: str) -> int:
        return self.steps.get(step, 0)

    def canonical(self, name: str, rows: str) -> str:
        """SQL for the canonical form of a column; a mark is one already."""
        column = declared(self.contract, name)
        value = f"{rows}.{quoted(name)}"
        return canonical(column, value) if column else value


def declared(contract: Contract, name: str) -> Column | None:
    """The declared column of that name; none for a mark."""
    return next((column for column in contract.columns if column.name == name), None)


def baseline(connection: duckdb.DuckDBPyConnection, contract: Contract) -> int:
    """Take the raw table as the first version of every record; return how many there are."""
    if contract.meta.key is None:
        _gather(connection, contract)
    columns = ", ".join(quoted(name) for name in identity.kept(contract))
    connection.execute(
        f"insert into store.current (record_key, row_hash, from_sequence, {columns}) "
        f"select incoming.record_key, incoming.row_hash, 1, {columns} "
        f"from incoming join {contract.raw_table} as raw using (_row_number)"
        if contract.meta.key is None
        else f"insert into store.current (record_key, row_hash, from_sequence, {columns}) "
        f"select {identity.record_key(contract, 'raw')}, {_row_hash(contract)}, 1, {columns} "
        f"from {contract.raw_table} as raw"
    )
    return count(connection, contract.raw_table)


def compare(connection: duckdb.DuckDBPyConnection, contract: Contract) -> Comparison:
    """Find every record that differs between the store and the raw table."""
    kept = set(store.columns_of(connection))
    added = tuple(name for name in identity.kept(contract) if name not in kept)
    store.add_columns(connection, added)
    missing = _missing(connection, contract)
    columns = tuple(n for n in identity.compared(contract) if n not in (*added, *missing))
    _gather(connection, contract)
    _touch(connection)
    _spare_set_aside(connection, contract)
    _both_versions(connection, contract)
    comparison = Comparison(
        connection,
        contract,
        previous=store.last(connection)[0],
        before_count=count(
            connection, "store.current where missing_since is null and withheld_since is null"
        ),
        rows_count=count(connection, contract.raw_table),
        columns=columns,
        added=added,
        missing=missing,
    )
    return comparison.counted()


def count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    """How many rows a table expression has."""
    found = connection.execute(f"select count(*) from {rows}").fetchone()
    return int(found[0]) if found else 0


def _missing(connection: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[str, ...]:
    """Optional columns that were filled and of which nothing at all is delivered any more."""
    optional = [c.name for c in contract.landed if c.config.meta.optional]
    if not optional:
        return ()
    told = ", ".join(f"count(nullif(trim({quoted(name)}), ''))" for name in optional)
    now = connection.execute(f"select {told} from {contract.raw_table}").fetchone() or ()
    were = connection.execute(f"select {told} from store.current").fetchone() or ()
    both = zip(optional, now, were, strict=True)
    return tuple(name for name, filled, was_filled in both if not filled and was_filled)


def _gather(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """The narrow table `incoming`: key, hash and place of every record of the raw table."""
    raw, key = contract.raw_table, identity.record_key(contract, "raw")
    if contract.meta.key is not None:
        connection.execute(
            f"create or replace temp table incoming as select {key} as record_key, "
            f"{_row_hash(contract)} as row_hash, _row_number from {raw} as raw"
        )
        return
    repeated = f"raw._row_hash in (select _row_hash from {raw} where _row_ordinal > 1)"
    connection.execute(
        f"create or replace temp table incoming as select {key} || '#1' as record_key, "
        f"0::ubigint as row_hash, _row_number from {raw} as raw where not ({repeated}) union all "
        "select content || '#' || row_number() over (partition by content order by _row_number), "
        f"0::ubigint, _row_number from (select {key} as content, _row_number from {raw} as raw "
        f"where {repeated})"
    )


def _row_hash(contract: Contract) -> str:
    columns = [n for n in identity.compared(contract) if n not in (contract.meta.key or ())]
    told = ", ".join(f"coalesce({quoted(name)}, '')" for name in columns) or "''"
    return f"hash({told})"


def _touch(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create or replace temp table touched as "
        "select row_number() over (order by kept.record_key, incoming.record_key) as pair, "
        "kept.record_key as old_key, "
        "incoming.record_key as new_key, incoming._row_number, "
        "case when kept.record_key is null then 'added' "
        "when incoming.record_key is null then 'removed' "
        "when kept.missing_since is not null or kept.withheld_since is not null then 'restored' "
        "else 'changed' end as step "
        "from incoming full join store.current as kept using (record_key) "
        "where kept.record_key is null "
        "or (incoming.record_key is null and kept.missing_since is null "
        "and kept.withheld_since is null) "
        "or (incoming.record_key is not null and (kept.missing_since is not null "
        "or kept.withheld_since is not null or kept.row_hash <> incoming.row_hash))"
    )


def _spare_set_aside(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """A record that was delivered and did not land is not removed: it is withheld or unreadable."""
    aside = verdicts.set_aside_table(contract)
    withheld = f"select record_key from {aside} where why = {literal(verdicts.WITHHELD)}"
    gone = "step = 'removed' and old_key in"
    connection.execute(f"update touched set step = 'withheld' where {gone} ({withheld})")
    connection.execute(f"delete from touched where {gone} (select record_key from {aside})")
    connection.execute(
        "insert into touched select (select coalesce(max(pair), 0) from touched) + "
        "row_number() over (), record_key, null, null, 'withheld' from store.current "
        f"where missing_since is not null and withheld_since is null and record_key in ({withheld})"
    )
    linked = contract.meta.withhold_with
    if linked:
        theirs = verdicts.withheld_table(contract, linked.table, linked.their_column)
        connection.execute(
            "update touched set step = 'withheld' where step = 'removed' and old_key in "
            f"(select record_key from store.current where trim({quoted(linked.column)}) in "
            f"(select key from {theirs}))"
        )


def _both_versions(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    connection.execute(
        "create or replace temp table before as select pair, kept.* from touched "
        "join store.current as kept on kept.record_key = touched.old_key"
    )
    columns = ", ".join(f"raw.{quoted(name)}" for name in identity.kept(contract))
    connection.execute(
        f"create or replace temp table after as select pair, raw._row_number, {columns} "
        f"from touched join {contract.raw_table} as raw using (_row_number)"
    )


def content(comparison: Comparison, rows: str, without: Sequence[str]) -> str:
    """SQL for a hash over the canonical form of a version, some columns left out."""
    names = [name for name in comparison.columns if name not in without]
    told = ", ".join(f"coalesce({comparison.canonical(name, rows)}, '')" for name in names)
    return f"md5(concat_ws(chr(31), {told}))"
