"""Accounting for every record received, and the gates that stop a feed that does not add up."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts import Contract
from pipelines.failures import DataRefused

MAX_GROWTH = 3.0
BANDS = ((0, "none"), (10, "fewer than 11"), (99, "11 to 99"), (999, "100 to 999"))
MANY = "1,000 or more"


@dataclass(frozen=True)
class Accounting:
    """What became of each record of one feed. All figures are records."""

    source_table: str
    snapshot_id: str
    received: int
    loaded: int
    quarantined: int
    dropped_identical: int
    withheld: int
    unknown_columns: tuple[str, ...]

    @property
    def received_in_public(self) -> int:
        """The records received without those withheld, so that these cannot be subtracted."""
        return self.received - self.withheld

    @property
    def withheld_band(self) -> str:
        """About how many records are withheld: all that may be said of it in public."""
        return next((words for most, words in BANDS if self.withheld <= most), MANY)


def check_identity(accounting: Accounting) -> None:
    """Raise `DataRefused` unless every record received is accounted for exactly once."""
    parts = (
        accounting.loaded,
        accounting.quarantined,
        accounting.dropped_identical,
        accounting.withheld,
    )
    if accounting.received != sum(parts):
        raise DataRefused(
            f"{accounting.received:,} records were received but {sum(parts):,} accounted for "
            "({:,} loaded, {:,} quarantined, {:,} identical, {:,} withheld).".format(*parts),
            place=accounting.source_table,
        )


def check_quarantine(contract: Contract, quarantined: int, received: int, first: str) -> None:
    """Raise `DataRefused` when more records would be set aside than the contract allows.

    Beyond that share the file itself is in doubt. A single record never stops a feed, however
    small the feed is.
    """
    limit = contract.meta.max_quarantined_pct
    if quarantined > 1 and quarantined > limit / 100 * received:
        raise DataRefused(
            f"{quarantined:,} of {received:,} records would be quarantined, "
            f"above {limit:g} %; the first: {first}.",
            place=contract.name,
        )


def shrinkage(contract: Contract, received: int, before: int | None) -> str | None:
    """In words, that a delivery has far fewer records than the one accepted `before`; else none."""
    if not before or received >= (1 - contract.meta.max_drop_pct / 100) * before:
        return None
    # Without the two numbers: it is published, and records that are withheld are among them.
    return (
        f"The delivery is {100 - 100 * received / before:.0f} % smaller than the last accepted "
        f"one, and at most {contract.meta.max_drop_pct:g} % may go missing."
    )


def check_growth(contract: Contract, received: int, before: int | None) -> None:
    """Raise `DataRefused` when the feed grew beyond belief since it was last accepted."""
    if before and received > MAX_GROWTH * before:
        raise DataRefused(
            f"{received:,} records were received, more than {MAX_GROWTH:g} times the {before:,} "
            "of the last accepted snapshot.",
            place=contract.name,
        )
