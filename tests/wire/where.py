"""The little SQL that the layers of the wire server understand: conditions on object ids."""

from __future__ import annotations

import re
from collections.abc import Callable

Condition = Callable[[int], bool]

TERM = re.compile(
    r"\s*(?:(?P<left>\d+)\s*=\s*(?P<right>\d+)"
    r"|(?P<name>\w+)\s*(?P<sign>>=|<=|<>|=|<|>)\s*(?P<number>-?\d+)"
    r"|(?P<within>\w+)\s+BETWEEN\s+(?P<low>-?\d+)\s+AND\s+(?P<high>-?\d+)"
    r"|(?P<member>\w+)\s+IN\s*\((?P<list>\s*-?\d+(?:\s*,\s*-?\d+)*\s*)\))\s*(?P<next>AND\s|$)",
    re.IGNORECASE,
)
SIGNS: dict[str, Callable[[int, int], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def condition(where: str, oid: str) -> Condition | None:
    """What `where` says of an object id; None when it is not SQL that this server knows.

    Known are `1=1`, comparisons, BETWEEN and IN over the column `oid`, joined by AND.
    """
    terms: list[Condition] = []
    position, has_more = 0, True
    while has_more:
        term = TERM.match(where, position)
        if term is None or _column(term) not in (None, oid.lower()):
            return None
        terms.append(_meaning(term))
        position, has_more = term.end(), bool(term["next"])
    return lambda number: all(holds(number) for holds in terms)


def _column(term: re.Match[str]) -> str | None:
    name = term["name"] or term["within"] or term["member"]
    return name.lower() if name else None


def _meaning(term: re.Match[str]) -> Condition:
    if term["left"]:
        return lambda _: int(term["left"]) == int(term["right"])
    if term["name"]:
        sign, bound = SIGNS[term["sign"]], int(term["number"])
        return lambda number: sign(number, bound)
    if term["within"]:
        low, high = int(term["low"]), int(term["high"])
        return lambda number: low <= number <= high
    members = {int(number) for number in term["list"].split(",")}
    return lambda number: number in members
