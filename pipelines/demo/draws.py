"""Seeded chance inside DuckDB: every drawn value is a pure function of a row's number.

No random state is kept, so the order in which rows are made, and the scale, change nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb


def install_draws(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Add `draw(number, name, n)`: a whole number from 0 to n-1, the same for the same seed."""
    connection.execute(
        f"create macro draw(number, name, n) as cast(hash(number, name, {int(seed)}) % n as bigint)"
    )


def literal(word: str | int | None) -> str:
    """Write one Python value as SQL."""
    if word is None:
        return "null"
    if isinstance(word, int):
        return str(word)
    return "'" + word.replace("'", "''") + "'"


def pick(words: Sequence[str | int | None], number: str, name: str) -> str:
    """SQL that picks one of the words; a word listed twice is picked twice as often."""
    listed = ", ".join(literal(word) for word in words)
    return f"list_extract([{listed}], 1 + draw({number}, '{name}', {len(words)}))"


def pick_by_share(shares: Sequence[tuple[int, str | None]], number: str, name: str) -> str:
    """SQL that picks a word by its share: (parts of a thousand, word), summing to 1000."""
    drawn = [word for parts, word in shares for _ in range(parts)]
    if len(drawn) != 1000:
        raise ValueError(f"The shares of '{name}' sum to {len(drawn)}, not to 1000.")
    return pick(drawn, number, name)


def misspelt(word: str, number: str) -> str:
    """SQL for how clerks write one word: capitals, a space too many at the end or inside."""
    return (
        f"case draw({number}, 'spelling', 40) when 0 then upper({word})"
        f" when 1 then {word} || ' ' when 2 then replace({word}, ' ', '  ')"
        f" when 3 then lower({word}) else {word} end"
    )
