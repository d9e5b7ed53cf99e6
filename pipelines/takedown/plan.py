"""What a takedown reaches: the record, the records that go with it, and the words that name them.

While a takedown is carried out its plan lies in a private file, so that one that was interrupted
can go on. It is the one file that names the record, and goes with the last step.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from pipelines.appended import sync
from pipelines.contracts import Contract
from pipelines.history import store
from pipelines.parsers.parsed import literal, quoted
from pipelines.settings import Settings
from pipelines.takedown import register

ID_DIGITS = 16


@dataclass(frozen=True)
class Target:
    """The records of one feed that go: how they are named, and the ids the public had for them."""

    source_table: str
    columns: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    record_ids: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All that is needed to carry out one takedown, or to go on with it.

    `names` are the numbers by which the public knew the record, `blobs` the stored bytes that
    were rewritten: the old hash, and the hash, size and records taken out of the new ones. It
    `is_whole` where the name is the whole key of a record and not a value that others share, and
    `is_tried` once the bytes are known to be such that the record can be taken out of them.
    """

    id: str
    jurisdiction: str
    source_table: str
    reason: str
    order_ref: str
    is_whole: bool
    targets: tuple[Target, ...]
    names: tuple[str, ...]
    blobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_tried: bool = False

    @property
    def record_ids(self) -> tuple[str, ...]:
        """The public ids of all records that go."""
        return tuple(sorted({one for target in self.targets for one in target.record_ids}))

    @property
    def records(self) -> int:
        """How many records the history knew, at least the one that was named."""
        return max(1, len(self.record_ids))


def found(
    settings: Settings,
    contracts: Sequence[Contract],
    contract: Contract,
    columns: Sequence[str],
    values: Iterable[Sequence[str]],
) -> tuple[Target, ...]:
    """The records and all that is withheld with them, as the histories know them.

    `values` are those of `columns`, one sequence a record.
    """
    waiting = [(contract, tuple(columns), set(map(tuple, values)))]
    done: list[Target] = []
    while waiting:
        one, named, wanted = waiting.pop()
        known = _known(settings, one, named, wanted)
        done.append(Target(one.name, named, tuple(sorted(wanted | known.values)), known.ids))
        for child in contracts:
            link = child.meta.withhold_with
            if not link or f"{child.jurisdiction}.{link.table}" != one.name:
                continue
            lent = set(known.lent.get(link.their_column, ()))
            if link.their_column in named:
                place = named.index(link.their_column)
                lent |= {value[place] for value in wanted | known.values}
            waiting.append((child, (link.column,), {(value,) for value in lent}))
    return tuple(done)


def target(
    settings: Settings,
    contract: Contract,
    columns: tuple[str, ...],
    values: Sequence[tuple[str, ...]],
) -> Target:
    """Some records of one feed, with the ids that its history has for them."""
    return Target(
        contract.name, columns, tuple(values), _known(settings, contract, columns, values).ids
    )


def names_of(contract: Contract, targets: Sequence[Target], *, is_whole: bool) -> tuple[str, ...]:
    """The numbers by which the public knew the record: the key, and the id made of it."""
    (own,) = (target for target in targets if target.source_table == contract.name)
    public = {column.name for column in contract.columns if column.klass == "public"}
    shown = [n for n, name in enumerate(own.columns) if name in public]
    told = {value[n] for value in own.values for n in shown if value[n]}
    if is_whole and len(own.columns) == 1:
        made = (f"{contract.jurisdiction}|{contract.name}|{value[0]}" for value in own.values)
        told |= {
            hashlib.md5(one.encode(), usedforsecurity=False).hexdigest()[:ID_DIGITS] for one in made
        }
    return tuple(sorted(told))


def write(settings: Settings, plan: Plan) -> None:
    """Keep the plan until it is carried out, readable by the account of the refresh alone."""
    file = register.make_folder(settings) / f"{plan.id}.plan.json"
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as text:
        json.dump(asdict(plan), text)
        text.flush()
        os.fsync(text.fileno())
    new.replace(file)
    sync(file.parent)


def waiting(settings: Settings) -> list[Plan]:
    """The plans that were not carried out to their end."""
    files = sorted(register.folder_of(settings).glob("*.plan.json"))
    return [_read(json.loads(file.read_text(encoding="utf-8"))) for file in files]


def remove(settings: Settings, plan: Plan) -> None:
    """Forget the plan: nothing names the record any more."""
    (register.folder_of(settings) / f"{plan.id}.plan.json").unlink(missing_ok=True)
    sync(register.folder_of(settings))


def _read(told: dict[str, Any]) -> Plan:
    targets = tuple(
        Target(
            one["source_table"],
            tuple(one["columns"]),
            tuple(map(tuple, one["values"])),
            tuple(one["record_ids"]),
        )
        for one in told["targets"]
    )
    return Plan(**{**told, "targets": targets, "names": tuple(told["names"])})


@dataclass(frozen=True)
class _Known:
    """What the history has of some records: all names they ever had, their ids, what they lend."""

    values: set[tuple[str, ...]]
    ids: tuple[str, ...]
    lent: dict[str, set[str]]


def _known(
    settings: Settings, contract: Contract, columns: Sequence[str], wanted: Iterable[Sequence[str]]
) -> _Known:
    named = sorted(map(tuple, wanted))
    if not named or not store.file_of(settings, contract.name).is_file():
        return _Known(set(), (), {})
    with store.opened(settings, contract.name) as connection:
        kept = store.columns_of(connection)
        ids = _ids(connection, columns, named)
        rows = f"versions where record_id in ({', '.join(map(literal, ids)) or 'null'})"
        told = ", ".join(f"coalesce(trim({quoted(name)}), '')" for name in columns)
        values = connection.execute(f"select distinct {told} from {rows}").fetchall()
        lent = {
            name: {
                str(row[0])
                for row in connection.execute(
                    f"select distinct trim({quoted(name)}) from {rows} and "
                    f"coalesce(trim({quoted(name)}), '') <> ''"
                ).fetchall()
            }
            for name in _lent_columns(contract)
            if name in kept
        }
    # A record that is known by its key keeps its id through a new key; its old names go too.
    is_key = tuple(columns) == tuple(contract.meta.key or ())
    return _Known({tuple(map(str, row)) for row in values} if is_key else set(), ids, lent)


def _ids(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], named: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    told = ", ".join(f"coalesce(trim({quoted(name)}), '')" for name in columns)
    wanted = ", ".join(
        f"({', '.join(literal(value.strip(' ')) for value in one)})" for one in named
    )
    one_of = f"({told}) in ({wanted})" if len(columns) > 1 else f"{told} in ({wanted})"
    rows = connection.execute(f"select distinct record_id from versions where {one_of}").fetchall()
    return tuple(sorted(str(row[0]) for row in rows))


def _lent_columns(contract: Contract) -> set[str]:
    links = (table.config.meta.withhold_with for table in contract.source.tables)
    return {link.their_column for link in links if link and link.table == contract.table.name}
