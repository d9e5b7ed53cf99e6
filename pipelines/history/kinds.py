"""What kind of change each difference is, field by field and for whole records.

`recoded`, `key_migrated` and `reformatted` say that somebody writes the same thing in another
way; the others say that the thing is another. Only values of public columns are told.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.history import identity
from pipelines.history.compare import Comparison, declared
from pipelines.history.rematch import FEWEST
from pipelines.parsers.parsed import literal, quoted

WHOLE = {
    "added": "added",
    "removed": "removed",
    "restored": "restored",
    "rekeyed": "key_migrated",
    "rekeyed_from": "key_migrated",
    "rekeyed_to": "key_migrated",
}
"""The kinds that befall a record as a whole, by step."""


@dataclass(frozen=True)
class Recoding:
    """A word of a public column that gave way to another in every record that had it.

    `old` and `new` are the canonical words, `shown` the two as they were written.
    """

    column: str
    old: str
    new: str
    records: int
    shown: tuple[str, str]


def differences(comparison: Comparison) -> None:
    """Fill the temp table `differences`: one row for each field that differs, with its kind."""
    comparison.connection.execute(
        "create or replace temp table differences (pair bigint, column_name varchar, "
        "change_kind varchar, old_value varchar, new_value varchar, old_word varchar, "
        "new_word varchar)"
    )
    moved = set(comparison.contract.meta.key or ()) if comparison.number("rekeyed") else set()
    fields = [_field(comparison, name) for name in comparison.columns if name not in moved]
    if fields:
        comparison.connection.execute(f"insert into differences {' union all '.join(fields)}")


def recodings(comparison: Comparison) -> list[Recoding]:
    """Words renamed over the whole feed: at least 20 records moved from one to the other, none
    keeps the old one, and nothing had the new one before.

    Only of public columns: of the others nobody could be told what is the same as what."""
    found = comparison.connection.execute(
        "select column_name, old_word, new_word, count(*), min(old_value), min(new_value) "
        "from differences where change_kind = 'value_changed' and old_value is not null "
        "group by 1, 2, 3 having "
        f"count(*) >= {FEWEST} order by 4 desc, 1, 2, 3"
    ).fetchall()
    candidates = [
        Recoding(str(column), str(old), str(new), int(number), (str(before), str(after)))
        for column, old, new, number, before, after in found
    ]
    return [one for one in candidates if _is_total(comparison, one)]


def known_recodings(comparison: Comparison) -> None:
    """Name as recoded what goes from a word to one that people accepted as the same before."""
    spelt = {
        name: comparison.canonical(name, "one")
        for name in comparison.columns
        if declared(comparison.contract, name)
    }
    if not spelt:
        return
    found = comparison.connection.execute(
        "select distinct column_name, old_value, new_value from store.changes "
        "where change_kind = 'recoded'"
    ).fetchall()
    for column, old, new in found:
        if column in spelt and old is not None and new is not None:
            value = f"one.{quoted(column)}"
            first, second = (spelt[column].replace(value, literal(word)) for word in (old, new))
            _name_recoded(comparison, column, first, second)
            _name_recoded(comparison, column, second, first)


def name_recoded(comparison: Comparison, found: list[Recoding]) -> None:
    """Name the differences of these renamed words as recoded."""
    for one in found:
        _name_recoded(comparison, one.column, literal(one.old), literal(one.new))


def _name_recoded(comparison: Comparison, column: str, old: str, new: str) -> None:
    comparison.connection.execute(
        "update differences set change_kind = 'recoded' where change_kind = 'value_changed' "
        f"and column_name = {literal(column)} and old_word = {old} and new_word = {new}"
    )


def _field(comparison: Comparison, name: str) -> str:
    """SQL for the differences of one column; of one that is not public only that it changed."""
    column = declared(comparison.contract, name)
    old, new = (comparison.canonical(name, rows) for rows in ("before", "after"))
    shown = column is not None and column.klass == "public"
    told = name.removeprefix(identity.MARK) if column is None else name
    values = f"before.{quoted(name)}, after.{quoted(name)}" if shown else "null, null"
    kind = (
        f"case when {old} is not distinct from {new} then 'reformatted' "
        f"when {old} is null then 'filled' when {new} is null then 'blanked' "
        "else 'value_changed' end"
    )
    real = "" if shown else f" and {old} is distinct from {new}"
    if not shown:
        kind = "'value_changed'"
    return (
        f"select pair, {literal(told)}, {kind}, {values}, {old}, {new} "
        "from before join after using (pair) join touched using (pair) "
        "where step in ('changed', 'restored', 'rekeyed') and "
        f"coalesce(before.{quoted(name)}, '') <> coalesce(after.{quoted(name)}, ''){real}"
    )


def _is_total(comparison: Comparison, one: Recoding) -> bool:
    raw = comparison.canonical(one.column, "raw")
    kept = comparison.canonical(one.column, "kept")
    found = comparison.connection.execute(
        f"select (select count(*) from {comparison.contract.raw_table} as raw "
        f"where {raw} = {literal(one.old)}) + (select count(*) from store.current as kept "
        f"where missing_since is null and withheld_since is null and {kept} = {literal(one.new)})"
    ).fetchone()
    return found is not None and found[0] == 0
