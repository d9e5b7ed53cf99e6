"""Values of a dimension with fewer people than the threshold, put together into one.

A reader can count how many people a district has. Where these are fewer than the threshold, so
is every count of them by an attribute, and nothing that is hidden beside it changes that.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.disclosure.words import ALL, POOL


def pooled(totals: Mapping[str, int], threshold: int) -> dict[str, str]:
    """What each value is published as: itself, or the pool, which is never a small one either.

    A value that is spelt like one of our own words goes to the pool, whatever its size.
    """
    by_size = sorted(totals, key=lambda value: (value not in (ALL, POOL), totals[value], value))
    pool: list[str] = []
    people = 0
    for value in by_size:
        is_full = people >= threshold or not pool
        if is_full and totals[value] >= threshold and value not in (ALL, POOL):
            break
        pool.append(value)
        people += totals[value]
    return {value: POOL if value in pool else value for value in totals}
