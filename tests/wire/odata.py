"""The small part of OData 3 that Legistar speaks: `$filter` and `$orderby`, strictly read."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Test = Callable[[Mapping[str, Any]], bool]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
TOKEN = re.compile(
    r"\s*(?:(?P<moment>datetime'(?P<when>[^']*)')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+)(?![\w.])|(?P<word>[A-Za-z_]\w*)|(?P<mark>[(),]))"
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?)?")


class InvalidQuery(Exception):
    """The service does not understand the query; the words are its own."""


@dataclass(frozen=True)
class Token:
    """A word of a filter: its kind, and its value as it is compared."""

    kind: str
    value: Any


def moment(text: str) -> datetime:
    """A date or a date and time without a zone, to the microsecond. Raises `InvalidQuery`."""
    if not MOMENT.fullmatch(text):
        raise InvalidQuery(f"Unrecognized 'Edm.DateTime' literal 'datetime'{text}''.")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidQuery(f"Unrecognized 'Edm.DateTime' literal 'datetime'{text}''.") from None


def condition(text: str, kinds: Mapping[str, str]) -> Test:
    """The test that a `$filter` stands for; `kinds` says what each property holds.

    Kinds are "number", "text" and "moment". Raises `InvalidQuery` for anything that is not the
    language, names no property, or compares a property with a literal of another kind.
    """
    reading = _Reading(_tokens(text), kinds)
    test = reading.either()
    if reading.left:
        raise InvalidQuery(f"Syntax error at position {len(text)} in '{text}'.")
    return test


def ordered(
    rows: Sequence[Mapping[str, Any]], text: str, kinds: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The rows in the order that an `$orderby` asks for; nothing comes before something."""
    result = list(rows)
    for part in reversed(text.split(",")):
        match = re.fullmatch(r"\s*(\w+)(?:\s+(asc|desc))?\s*", part)
        if match is None:
            raise InvalidQuery(f"Syntax error in the order '{text}'.")
        name = _property(match[1], kinds)
        result.sort(key=lambda row, n=name: _place(row, n, kinds), reverse=match[2] == "desc")
    return result


def _place(row: Mapping[str, Any], name: str, kinds: Mapping[str, str]) -> tuple[bool, Any]:
    value = _value(row, name, kinds)
    return value is not None, 0 if value is None else value


def _property(name: str, kinds: Mapping[str, str]) -> str:
    if name not in kinds:
        raise InvalidQuery(f"Could not find a property named '{name}' on the type.")
    return name


def _value(row: Mapping[str, Any], name: str, kinds: Mapping[str, str]) -> Any:
    value = row.get(name)
    return datetime.fromisoformat(value) if kinds[name] == "moment" and value else value


def _tokens(text: str) -> list[Token]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = TOKEN.match(text, at)
        if match is None:
            raise InvalidQuery(f"Syntax error at position {at} in '{text}'.")
        at = match.end()
        if match["moment"]:
            found.append(Token("moment", moment(match["when"])))
        elif match["text"]:
            found.append(Token("text", match["text"][1:-1].replace("''", "'")))
        elif match["number"]:
            found.append(Token("number", int(match["number"])))
        else:
            found.append(Token("word" if match["word"] else "mark", match["word"] or match["mark"]))
    return found


@dataclass
class _Reading:
    """Reads a filter from left to right: either, both, one."""

    left: list[Token]
    kinds: Mapping[str, str]

    def either(self) -> Test:
        tests = [self.both()]
        while self._have("or"):
            tests.append(self.both())
        return lambda row: any(test(row) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self._have("and"):
            tests.append(self.one())
        return lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self._have("("):
            test = self.either()
            self._need(")")
            return test
        if self._have("substringof"):
            return self._substring()
        return self._comparison()

    def _comparison(self) -> Test:
        name = _property(self._next("word"), self.kinds)
        word = self._next("word")
        if word not in COMPARE:
            raise InvalidQuery(f"Syntax error: '{word}' is not an operator.")
        compare, kind = COMPARE[word], self.kinds[name]
        literal = self._next(kind)

        def test(row: Mapping[str, Any]) -> bool:
            value = _value(row, name, self.kinds)
            return value is not None and compare(value, literal)

        return test

    def _substring(self) -> Test:
        self._need("(")
        part = self._next("text")
        self._need(",")
        name = _property(self._next("word"), self.kinds)
        self._need(")")
        if self.kinds[name] != "text":
            raise InvalidQuery(f"'{name}' is no text.")
        return lambda row: part in (row.get(name) or "")

    def _have(self, value: str) -> bool:
        if self.left and self.left[0] in (Token("word", value), Token("mark", value)):
            self.left.pop(0)
            return True
        return False

    def _need(self, value: str) -> None:
        if not self._have(value):
            raise InvalidQuery(f"Syntax error: '{value}' expected.")

    def _next(self, kind: str) -> Any:
        if not self.left or self.left[0].kind != kind:
            raise InvalidQuery(f"A binary operator with incompatible types was found ({kind}).")
        return self.left.pop(0).value
