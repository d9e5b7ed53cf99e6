"""The invented officers: a few are named far more often than the rest."""

from __future__ import annotations

from pipelines.demo.draws import pick
from pipelines.demo.words import FAMILY_NAMES, GIVEN_NAMES, RANKS


def officer_count(scale: float) -> int:
    """A larger city has more officers, though not in proportion."""
    return 300 + int(500 * scale**0.5)


def officer_number(number: str, name: str, officers: int) -> str:
    """SQL for an officer's number from 0, skewed so that the low ones are drawn most often."""
    chance = f"draw({number}, '{name}', 10000)"
    return f"({officers} * (9 * {chance} * {chance} + {chance} * 10000)) // 1000000000"


def badge(officer: str) -> str:
    """SQL for the badge of an officer number."""
    return f"printf('B%05d', cast(10000 + {officer} * 7 as bigint))"


def full_name(officer: str) -> str:
    """SQL for the invented name of an officer number."""
    given, family = pick(GIVEN_NAMES, officer, "given"), pick(FAMILY_NAMES, officer, "family")
    return f"{family} || ', ' || {given}"


def rank(officer: str) -> str:
    """SQL for the rank of an officer number."""
    return pick(RANKS, officer, "rank")
