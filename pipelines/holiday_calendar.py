"""The public holidays of each state, for clocks that run in business days."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.contracts import Contract

TABLE = "state varchar, day date, name varchar"
YEARS = range(1990, 2051)
FEDERAL = "US"
"""The calendar of a jurisdiction without a state: federal holidays alone."""


def rows(contracts: Sequence[Contract]) -> list[tuple[object, ...]]:
    """State, day and name of each holiday in `YEARS`, for the states of these contracts.

    The calendar is that of the package `holidays`; the day on which a holiday is observed counts.
    """
    import holidays

    states = sorted({contract.source.config.meta.state or FEDERAL for contract in contracts})
    return [
        (state, day.isoformat(), name)
        for state in states
        for day, name in sorted(
            holidays.country_holidays(
                "US", subdiv=None if state == FEDERAL else state, years=YEARS
            ).items()
        )
    ]
