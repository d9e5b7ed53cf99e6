"""Signs that a delivery is not what it seems, which a person must look at before it counts."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.accounting import shrinkage
from pipelines.contracts import Contract
from pipelines.history import identity
from pipelines.history.canonical import day
from pipelines.history.compare import Comparison, declared
from pipelines.history.kinds import Recoding
from pipelines.history.rematch import FEWEST, Rematch
from pipelines.holds.ledger import Doubt
from pipelines.parsers.parsed import literal, quoted

LEAST_REMOVED = 5
SHOWN = 5
"""So many of the records concerned are named, where the contract calls their names public."""


def key_moved(comparison: Comparison, found: Rematch) -> Doubt:
    """Most records went and came back under another key."""
    columns = ", ".join(found.columns)
    removed, added = comparison.number("removed"), comparison.number("added")
    return Doubt(
        "key_migrated",
        f"{removed:,} of {comparison.before_count:,} records are gone and {added:,} are new, but "
        f"{found.total:,} of them are equal in everything except {columns}.",
        {
            **_sizes(comparison),
            "key": list(comparison.contract.meta.key or ()),
            "columns": list(found.columns),
            "removed": removed,
            "added": added,
            "paired": found.paired,
            "unclear": found.unclear,
        },
    )


def words_renamed(comparison: Comparison, found: Sequence[Recoding]) -> list[Doubt]:
    """Words gave way to others over the whole feed; a doubt a column."""
    doubts = []
    for column in dict.fromkeys(one.column for one in found):
        ours = [one for one in found if one.column == column]
        words = [{"from": one.shown[0], "to": one.shown[1], "count": one.records} for one in ours]
        first, more = ours[0], f", and {len(ours) - 1} more" if len(ours) > 1 else ""
        told = f"{first.shown[0]!r} became {first.shown[1]!r}"
        doubts.append(
            Doubt(
                "recoded",
                f"In column {column} {told} in all {first.records:,} records that had it{more}.",
                {**_sizes(comparison), "column": column, "words": words},
            )
        )
    return doubts


def mass_removal(comparison: Comparison, received: int, before: int | None) -> Doubt | None:
    """More records are gone than the contract calls ordinary, or the delivery collapsed.

    Of a feed without a key, whose changed rows look removed and added, the balance counts.
    """
    contract, removed = comparison.contract, comparison.number("removed")
    if contract.meta.key is None:
        removed = max(0, removed - comparison.number("added"))
    limit = contract.meta.max_removed_pct
    shrunk = shrinkage(contract, received, before)
    is_many = removed > LEAST_REMOVED and removed > limit / 100 * comparison.before_count
    if not shrunk and not is_many:
        return None
    told = (
        f"{removed:,} of {comparison.before_count:,} records are gone; "
        f"up to {limit:g} % is ordinary here."
    )
    return Doubt(
        "mass_removal",
        f"{shrunk} {told}" if shrunk else told,
        {
            **_sizes(comparison),
            "removed": removed,
            "removed_pct": round(100 * removed / max(comparison.before_count, 1), 1),
            "allowed_pct": limit,
            "labels": _labels(comparison),
        },
    )


def partitions_missing(comparison: Comparison, parts: Sequence[str]) -> list[Doubt]:
    """Everything is gone that shares one value, or a file of the delivery did not come.

    `parts` are the names of files that came last time and not this time.
    """
    sizes = _sizes(comparison)
    doubts = [
        Doubt("partition_missing", "One of its files did not come.", {**sizes, "partition": part})
        for part in parts
    ]
    if comparison.number("removed") < FEWEST:
        return doubts
    for name in comparison.columns:
        for word, number in _emptied(comparison, name):
            told = f"Nothing is left of the {number:,} records with {name} {word!r}."
            found = {"column": name, "partition": word, "partition_before": number}
            doubts.append(
                Doubt("partition_missing", told, {**sizes, **found, "partition_after": 0})
            )
    return doubts


def header_lost(contract: Contract, found: int) -> Doubt:
    """The first line is not headings but data: as many fields as the contract has columns."""
    return Doubt(
        "header_lost",
        f"The file begins without headings: its first line has {found} fields, none of which is "
        f"the name of a column, and the contract declares {len(contract.columns)} columns.",
        {"expected": len(contract.columns), "found": found},
    )


def _sizes(comparison: Comparison) -> dict[str, int]:
    return {"before": comparison.before_count, "after": comparison.rows_count}


def _emptied(comparison: Comparison, name: str) -> list[tuple[str, int]]:
    """Values of a public column that at least 20 removed records had, and no record has now."""
    column = declared(comparison.contract, name)
    if column is None or column.klass != "public" or name in (comparison.contract.meta.key or ()):
        return []
    old, raw = (
        f"strftime({day(column, f'{rows}.{quoted(name)}')}, '%Y-%m')"
        if column.data_type in ("date", "timestamp")
        else comparison.canonical(name, rows)
        for rows in ("before", "raw")
    )
    found = comparison.connection.execute(
        f"select {old} as word, count(*) from before join touched using (pair) "
        f"where step = 'removed' group by 1 having word is not null and count(*) >= {FEWEST}"
    ).fetchall()
    if not found:
        return []
    wanted = ", ".join(literal(str(word)) for word, _ in found)
    left = comparison.connection.execute(
        f"select distinct {raw} from {comparison.contract.raw_table} as raw "
        f"where {raw} in ({wanted})"
    ).fetchall()
    alive = {str(row[0]) for row in left}
    return [(str(word), int(number)) for word, number in found if str(word) not in alive]


def _labels(comparison: Comparison) -> list[str]:
    label = identity.record_label(comparison.contract, "before")
    found = comparison.connection.execute(
        f"select distinct {label} as label from before join touched using (pair) "
        f"where step = 'removed' and {label} is not null order by 1 limit {SHOWN}"
    ).fetchall()
    return [str(row[0]) for row in found]
