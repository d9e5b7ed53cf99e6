"""The part of SoQL that the wire server understands, read strictly.

What the service would refuse is refused with the service's own code; what it would accept but no
reader of whole tables needs (grouping, functions, full text) is refused as malformed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

SYSTEM = {
    ":id": "row_identifier",
    ":created_at": "fixed_timestamp",
    ":updated_at": "fixed_timestamp",
    ":version": "row_version",
}
TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<sign>:\*|<=|>=|!="
    r"|[<>=(),*])|(?P<name>:?[A-Za-z_][A-Za-z0-9_]*))"
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?Z?)?")


class Refused(Exception):
    """What the service does not accept, with its code for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Query:
    """What was asked: columns or a count, conditions that all hold, an order, a slice."""

    columns: tuple[str, ...] = ()
    counted: str | None = None
    where: tuple[tuple[str, str, Any], ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    offset: int = 0

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether a row meets the conditions; a blank meets none."""
        return all(
            values[name] is not None and COMPARISONS[sign](values[name], wanted)
            for name, sign, wanted in self.where
        )


def from_parameters(given: Mapping[str, str], types: Mapping[str, str]) -> Query:
    """The query in `$select`, `$where`, `$order`, `$limit` and `$offset`. Raises `Refused`."""
    for name in given:
        if not name.startswith("$"):
            _unknown(name)
        if name not in ("$select", "$where", "$order", "$limit", "$offset", "$$app_token"):
            raise Refused("query.malformed", f"Unrecognized arguments [{name}]")
    columns, counted = _Reader(given.get("$select", "*"), types).alone("select")
    query = Query(
        columns=columns,
        counted=counted,
        where=_Reader(given["$where"], types).alone("where") if "$where" in given else (),
        order=_Reader(given["$order"], types).alone("order") if "$order" in given else (),
        limit=_natural("$limit", given["$limit"]) if "$limit" in given else None,
        offset=_natural("$offset", given.get("$offset", "0")),
    )
    return _grouped(query)


def from_text(text: str, types: Mapping[str, str]) -> Query:
    """The query in a whole statement: SELECT … WHERE … ORDER BY … LIMIT … OFFSET …."""
    reader = _Reader(text, types)
    reader.words("SELECT")
    columns, counted = reader.select()
    where = reader.where() if reader.has("WHERE") else ()
    order: tuple[tuple[str, bool], ...] = ()
    if reader.has("ORDER"):
        reader.words("BY")
        order = reader.order()
    limit = _natural("LIMIT", reader.take()[1]) if reader.has("LIMIT") else None
    offset = _natural("OFFSET", reader.take()[1]) if reader.has("OFFSET") else 0
    reader.end()
    return _grouped(Query(columns, counted, where, order, limit, offset))


def _grouped(query: Query) -> Query:
    if query.counted and query.order:
        name = query.order[0][0]
        raise Refused("query.soql.column-not-in-group-bys", f"Column not in group bys: {name}")
    return query


class _Reader:
    """Takes a text apart word by word."""

    def __init__(self, text: str, types: Mapping[str, str]) -> None:
        self.text, self.types = text, {**SYSTEM, **types}
        self.user = [name for name in types if not name.startswith(":")]
        self.left: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            found = TOKEN.match(text, place)
            if not found or found.lastgroup is None:
                self.malformed()
            self.left.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()

    def malformed(self) -> NoReturn:
        raise Refused("query.compiler.malformed", f"Could not parse SoQL query {self.text!r}")

    def alone(self, part: str) -> Any:
        found = getattr(self, part)()
        self.end()
        return found

    def end(self) -> None:
        if self.left:
            self.malformed()

    def take(self) -> tuple[str, str]:
        return self.left.pop(0) if self.left else self.malformed()

    def has(self, word: str) -> bool:
        """Whether the next word is this one; it is then taken."""
        kind, text = self.left[0] if self.left else ("", "")
        is_next = kind in ("name", "sign") and text.upper() == word.upper()
        if is_next:
            self.left.pop(0)
        return is_next

    def words(self, *words: str) -> None:
        for word in words:
            if not self.has(word):
                self.malformed()

    def column(self) -> str:
        kind, name = self.take()
        if kind != "name":
            self.malformed()
        if name not in self.types:
            _unknown(name)
        return name

    def select(self) -> tuple[tuple[str, ...], str | None]:
        words = [text.lower() for _, text in self.left[:2]]
        if words == ["count", "("]:
            return (), self.count()
        columns: list[str] = list(SYSTEM) if self.has(":*") else []
        if not columns or self.has(","):
            columns += self.user if self.has("*") else [self.column()]
        while self.has(","):
            columns.append(self.column())
        if len(set(columns)) < len(columns):
            raise Refused("query.soql.duplicate-alias", "There is already a column of that name")
        return tuple(columns), None

    def count(self) -> str:
        """The name of what is counted: `*` or a column."""
        self.words("count", "(")
        counted = "*" if self.has("*") else self.column()
        self.words(")")
        return counted

    def where(self) -> tuple[tuple[str, str, Any], ...]:
        found = [self.comparison()]
        while self.has("AND"):
            found.append(self.comparison())
        return tuple(found)

    def comparison(self) -> tuple[str, str, Any]:
        name, (_, sign), (kind, text) = self.column(), self.take(), self.take()
        if sign not in COMPARISONS or kind not in ("string", "number"):
            self.malformed()
        return name, sign, _literal(self.types[name], kind, text)

    def order(self) -> tuple[tuple[str, bool], ...]:
        found: list[tuple[str, bool]] = []
        while not found or self.has(","):
            name = self.column()
            is_down = self.has("DESC")
            if not is_down:
                self.has("ASC")
            found.append((name, is_down))
        return tuple(found)


def _literal(kind: str, written: str, text: str) -> Any:
    """The value of a literal for a column of that type; a mismatch is refused."""
    value = text[1:-1].replace("''", "'") if written == "string" else text
    try:
        if kind == "number":
            return Decimal(value)
        if written == "string" and kind in ("text", "row_identifier", "row_version"):
            return value
        if written == "string" and kind in ("fixed_timestamp", "floating_timestamp"):
            return moment(value)
    except (ValueError, InvalidOperation):
        pass
    raise Refused("query.soql.type-mismatch", f"Type mismatch: {kind} and {text}")


def moment(text: str) -> datetime:
    """A timestamp literal; without a zone it is UTC. Raises `ValueError`."""
    if not MOMENT.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


def _natural(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refused("query.malformed", f"Invalid value for {name}: {text!r}")
    return int(text)


def _unknown(name: str) -> NoReturn:
    raise Refused("query.soql.no-such-column", f"No such column: {name}")
