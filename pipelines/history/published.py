"""What of the history may be public: schema `history` of the warehouse, for the models of dbt.

The stores are private. Here the records that their source calls expunged or sealed, the values
of columns that are not public, and the changes of feeds that publish numbers alone are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from pipelines import verdicts, warehouse
from pipelines.contract_file import WithholdWith
from pipelines.contracts import Contract
from pipelines.failpoints import reached
from pipelines.history import identity, store
from pipelines.holds.ledger import all_holds
from pipelines.parsers.parsed import literal, quoted
from pipelines.settings import Settings

WITHDRAWN_AFTER = 3
"""Absent in so many accepted snapshots in a row, a record counts as withdrawn by its source."""

SOURCE = "source_table varchar, "
TABLES = {
    "feeds": f"{SOURCE}has_key boolean, shows_revisions boolean",
    "observations": "jurisdiction varchar, source_table varchar, feed varchar, "
    + store.TABLES["observations"],
    "changes": SOURCE + store.TABLES["changes"],
    "absent": f"{SOURCE}record_id varchar, record_label varchar, state varchar, "
    "missing_since_sequence integer, last_seen_sequence integer, last_values varchar",
    "cohorts": SOURCE + store.TABLES["cohorts"],
    "holds": "hold_id varchar, jurisdiction varchar, source_table varchar, kinds varchar, "
    "told varchar, snapshot_id varchar, last_good_snapshot_id varchar, opened_at timestamp, "
    "state varchar, decided_at timestamp, decided_by varchar, reason varchar",
}
PRIVATE_WORDS = ("recoded", "reformatted")
"""Of a column that is not public, nothing tells how it is written."""


def write_history_tables(settings: Settings, contracts: Sequence[Contract]) -> None:
    """Write schema `history` of the warehouse anew, from the history of each feed.

    All tables are there even when nothing was ever observed. Parents must come before the feeds
    that are withheld with them, as `load_contracts` gives them. Raises `StorageFailed` when a
    history is damaged.
    """
    known = set(store.known(settings))
    with warehouse.connect(settings) as connection:
        connection.execute("create schema if not exists history")
        for table, shape in TABLES.items():
            connection.execute(f"create or replace table history.{table} ({shape})")
        _gather_sealed(connection, contracts)
        for contract in contracts:
            if contract.name in known:
                with store.attached(connection, settings, contract.name, read_only=True):
                    _publish(connection, contract, contracts)
        warehouse.insert(connection, "history.feeds", [_facts(one) for one in contracts])
        warehouse.insert(connection, "history.holds", _holds(settings, contracts))
    reached("history tables written")


def _publish(
    connection: duckdb.DuckDBPyConnection, contract: Contract, contracts: Sequence[Contract]
) -> None:
    """Copy what is public of the attached history."""
    if store.is_empty(connection):
        return
    source = f"{literal(contract.name)} as source_table"
    connection.execute(
        "insert into history.observations by name "
        f"select {literal(contract.jurisdiction)} as jurisdiction, {source}, "
        f"{literal(contract.meta.feed)} as feed, * replace ({_bare('columns_added')}, "
        f"{_bare('columns_missing')}) from store.observations"
    )
    connection.execute(f"insert into history.cohorts by name select {source}, * from store.cohorts")
    columns = set(store.columns_of(connection))
    sealed = _is_sealed(contract, columns)
    for linked in _links_to(contract, contracts):
        _add_sealed(connection, contract, linked, columns, sealed)
    if contract.meta.shows_revisions:
        _publish_absent(connection, contract, columns, sealed)
        _publish_changes(connection, contract)


def _publish_absent(
    connection: duckdb.DuckDBPyConnection, contract: Contract, columns: set[str], sealed: str
) -> None:
    """The records that are not in the last snapshot, and of those withheld only that they are."""
    last, _ = store.last(connection)
    key = identity.record_id(contract.name, "coalesce(kept.first_key, kept.record_key)")
    label = "null"
    if set(identity.label_columns(contract)) <= columns:
        label = identity.record_label(contract, "kept")
    connection.execute(
        "insert into history.absent by name "
        f"select {literal(contract.name)} as source_table, {key} as record_id, "
        f"case when not is_sealed then {label} end as record_label, "
        f"case when is_sealed then 'withheld' when {last} - missing_since + 1 >= {WITHDRAWN_AFTER} "
        "then 'withdrawn' else 'missing' end as state, "
        "case when not is_sealed then missing_since end as missing_since_sequence, "
        "case when not is_sealed then missing_since - 1 end as last_seen_sequence, "
        f"case when not is_sealed then {_values(contract, columns)} end as last_values "
        f"from (select *, {sealed} as is_sealed from store.current) as kept "
        "where is_sealed or missing_since is not null"
    )


def _publish_changes(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """The changes of every record that is not withheld now, with the values of public columns."""
    public = ", ".join(literal(c.name) for c in contract.columns if c.klass == "public")
    is_shown = f"column_name is null or column_name in ({public})" if public else "false"
    writing = ", ".join(map(literal, PRIVATE_WORDS))
    connection.execute(
        f"insert into history.changes by name select {literal(contract.name)} as source_table, "
        f"* replace (case when {is_shown} then change_kind else 'value_changed' end "
        f"as change_kind, case when {is_shown} then old_value end as old_value, "
        f"case when {is_shown} then new_value end as new_value) from store.changes "
        "where record_id not in (select record_id from history.absent "
        f"where state = 'withheld' and source_table = {literal(contract.name)}) "
        f"and ({is_shown} or change_kind not in ({writing}))"
    )


def _values(contract: Contract, columns: set[str]) -> str:
    """SQL for the last known public values, as JSON; null where they might be withheld ones.

    A row without a key that the source seals is simply gone, like one that it removes.
    """
    if contract.meta.key is None and contract.meta.withhold:
        return "null"
    public = [c.name for c in contract.landed if c.klass == "public" and c.name in columns]
    told = ", ".join(f"{literal(name)}, kept.{quoted(name)}" for name in public)
    return f"cast(json_object({told}) as varchar)"


def _is_sealed(contract: Contract, columns: set[str]) -> str:
    """SQL for whether a record is withheld: marked so, or by what the contract says today."""
    own, linked = contract.meta.withhold, contract.meta.withhold_with
    told = ["withheld_since is not null"]
    if own and own.column in columns:
        words = ", ".join(literal(value.strip().lower()) for value in own.values)
        told.append(f"coalesce(lower(trim({quoted(own.column)})) in ({words}), false)")
    if linked and linked.column in columns:
        theirs = literal(_name(contract, linked))
        told.append(
            f"coalesce(trim({quoted(linked.column)}), '') in "
            f"(select value from sealed where name = {theirs})"
        )
    return f"({' or '.join(told)})"


def _gather_sealed(connection: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]) -> None:
    """Start the list of withheld numbers that other feeds follow with those of this refresh."""
    connection.execute("create or replace temp table sealed (name varchar, value varchar)")
    found = connection.execute(
        "select schema_name || '.\"' || table_name || '\"' from duckdb_tables() "
        "where schema_name = 'private'"
    ).fetchall()
    landed = {str(row[0]) for row in found}
    followed = {_name(c, c.meta.withhold_with): c for c in contracts if c.meta.withhold_with}
    for name, contract in followed.items():
        linked = contract.meta.withhold_with
        assert linked is not None
        table = verdicts.withheld_table(contract, linked.table, linked.their_column)
        if table in landed:
            connection.execute(f"insert into sealed select {literal(name)}, key from {table}")


def _add_sealed(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    linked: WithholdWith,
    columns: set[str],
    sealed: str,
) -> None:
    """Add the numbers that were withheld at any time, even if their record is gone since."""
    if linked.their_column in columns:
        connection.execute(
            f"insert into sealed select distinct {literal(_name(contract, linked))}, "
            f"trim({quoted(linked.their_column)}) from store.current "
            f"where {sealed} and nullif(trim({quoted(linked.their_column)}), '') is not null"
        )


def _links_to(contract: Contract, contracts: Sequence[Contract]) -> list[WithholdWith]:
    """How other feeds of the jurisdiction follow this one, each way once."""
    linked = [
        one.meta.withhold_with
        for one in contracts
        if one.jurisdiction == contract.jurisdiction and one.meta.withhold_with
    ]
    of_this = {one.their_column: one for one in linked if one.table == contract.table.name}
    return list(of_this.values())


def _name(contract: Contract, linked: WithholdWith) -> str:
    return f"{contract.jurisdiction}.{linked.table}.{linked.their_column}"


def _bare(column: str) -> str:
    """Names of columns as the source has them, without the prefix of what only has a mark."""
    return f"replace({column}, {literal(identity.MARK)}, '') as {column}"


def _facts(contract: Contract) -> tuple[str, bool, bool]:
    return contract.name, contract.meta.key is not None, contract.meta.shows_revisions


def _holds(settings: Settings, contracts: Sequence[Contract]) -> list[tuple[str | None, ...]]:
    """The ledger of holds as rows; the evidence stays private."""
    jurisdictions = {contract.name: contract.jurisdiction for contract in contracts}
    return [
        (
            hold.id,
            jurisdictions[hold.source_table],
            hold.source_table,
            ", ".join(hold.kinds),
            hold.told,
            hold.snapshot_id,
            hold.last_good_id,
            hold.opened_at,
            hold.state,
            hold.decided_at,
            hold.decided_by,
            hold.reason,
        )
        for hold in all_holds(settings)
        if hold.source_table in jurisdictions
    ]
