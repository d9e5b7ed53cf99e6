"""Two hundred invented data sets, drawn by lot with a fixed seed: ties, cuts and extremes."""

from __future__ import annotations

import random

DATA_SETS = 200
CAUSES = ("sustained", "other_closure")
Wait = tuple[int, str | None]


def data_sets(seed: int = 5) -> list[list[Wait]]:
    """Days waited and what ended the wait, none for a case still open. Some sets have many ties,
    some no open case, some none that ended."""
    lot = random.Random(seed)
    return [_data_set(lot, number) for number in range(DATA_SETS)]


def _data_set(lot: random.Random, number: int) -> list[Wait]:
    size = lot.choice((10, 11, 17, 40, 90))
    longest = lot.choice((3, 30, 400, 1200))
    open_share = 1.0 if number == 0 else lot.choice((0.0, 0.1, 0.4, 0.8))
    return [
        (
            lot.randrange(longest) if lot.random() < 0.7 else lot.randrange(2 * longest),
            None if lot.random() < open_share else lot.choice(CAUSES),
        )
        for _ in range(size)
    ]
