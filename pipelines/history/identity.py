"""Who a record is: its key, the id that the public may cite, and the marks of what is not public.

Ids and marks are made with a secret that only this installation has. An id therefore says
nothing of the key it stands for, and a mark says that a protected value changed without holding
the value. Whoever loses the secret loses the ids: it belongs in every backup.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import duckdb

from pipelines.contract_file import Column
from pipelines.contracts import Contract
from pipelines.failures import StorageFailed
from pipelines.parsers.parsed import literal, quoted
from pipelines.settings import Settings

OURS = "getvariable('history_secret')"
BETWEEN = "chr(31)"
MARK = "_mark_"
ID_DIGITS = 16


def arm(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let this connection make ids and marks; the secret is made on the first day.

    Raises `StorageFailed` when others may read it, or when it is damaged.
    """
    connection.execute(f"set variable history_secret = {literal(_secret(settings))}")


def record_key(contract: Contract, rows: str) -> str:
    """SQL for what tells one record from another in `rows`: the key, or the whole content.

    Without a key the place among equal rows must be added; see `place_among_equals`.
    """
    if contract.meta.key is None:
        return _content(contract, rows)
    return _joined([f"trim({rows}.{quoted(name)})" for name in contract.meta.key])


def record_id(source_table: str, key: str) -> str:
    """SQL for the public id that belongs to the first key of a record."""
    told = f"{OURS} || '|' || {literal(source_table)} || '|' || {key}"
    return f"left(sha256({told}), {ID_DIGITS})"


def record_label(contract: Contract, rows: str) -> str:
    """SQL for the agency's own number of a record: what is public of the key.

    For a feed without a key, its required public columns. Not always unique; null when nothing
    of the key is public.
    """
    named = [quoted(name) for name in label_columns(contract)]
    if not named:
        return "null::varchar"
    told = ", ".join(f"nullif(trim({rows}.{name}), '')" for name in named)
    return f"nullif(concat_ws(', ', {told}), '')"


def label_columns(contract: Contract) -> tuple[str, ...]:
    """The columns that name a record in public."""
    public = [column for column in contract.columns if column.klass == "public"]
    if contract.meta.key is None:
        return tuple(c.name for c in public if c.config.meta.required)
    return tuple(name for name in contract.meta.key if name in {c.name for c in public})


def kept(contract: Contract) -> tuple[str, ...]:
    """The columns of the store: those that land, and a mark for each that does not."""
    return (*(c.name for c in contract.landed), *(mark_of(c) for c in contract.marked))


def compared(contract: Contract) -> tuple[str, ...]:
    """Those of them in which a difference is a change of the record."""
    stamps = {column.name for column in contract.columns if not column.config.meta.compared}
    stamps |= {f"{MARK}{name}" for name in stamps}
    return tuple(name for name in kept(contract) if name not in stamps)


def mark_of(column: Column) -> str:
    """The name under which the mark of a column that never lands is kept."""
    return f"{MARK}{column.name}"


def mark(column: Column) -> str:
    """SQL for the mark of a value: null for a blank, else a keyed hash without spaces and capitals.

    A narrative is long and there are many: the quicker hash is good enough for what never leaves
    the private store and cannot be guessed at without the secret.
    """
    value = f"lower(replace({quoted(column.name)}, ' ', ''))"
    told = f"left(md5({OURS} || {literal(f'|{column.name}|')} || {value}), {ID_DIGITS})"
    return f"case when {value} <> '' then {told} end as {quoted(mark_of(column))}"


def _content(contract: Contract, rows: str) -> str:
    """SQL for a hash over all that is compared; over the hash of what is public, where that is
    the same and shorter."""
    wanted = compared(contract)
    public = {column.name for column in contract.columns if column.klass == "public"}
    if not public <= set(wanted):
        return f"md5({_joined([f'{rows}.{quoted(name)}' for name in wanted])})"
    others = [f"{rows}.{quoted(name)}" for name in wanted if name not in public]
    return f"md5({_joined([f'{rows}._row_hash', *others])})" if others else f"{rows}._row_hash"


def _joined(columns: list[str]) -> str:
    told = ", ".join(f"coalesce({column}, '')" for column in columns)
    return f"concat_ws({BETWEEN}, {told})"


def _secret(settings: Settings) -> str:
    file = settings.history / "key"
    try:
        if not file.is_file():
            _make_secret(file)
        if file.stat().st_mode & 0o077:
            raise StorageFailed(
                "The key of the history can be read by others.",
                place=str(file),
                next_step="Make it private with `chmod 600`, then run `oversight refresh` again.",
            )
        secret = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        told = f"The key of the history cannot be read ({type(error).__name__})."
        raise StorageFailed(told, place=str(file)) from None
    if len(secret) < 64:
        raise StorageFailed(
            "The key of the history is damaged.",
            place=str(file),
            next_step="Put it back from the backup: without it every public id would change.",
        )
    return secret


def _make_secret(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.parent.chmod(0o700)
    fresh = file.with_name(f".key-{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as text:
        text.write(f"{secrets.token_hex(32)}\n")
        text.flush()
        os.fsync(text.fileno())
    fresh.replace(file)
