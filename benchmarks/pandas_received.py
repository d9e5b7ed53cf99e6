"""What the pandas program keeps of a night, so that the next one can tell what changed."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
from pandas_words import Frame

PROTECTED = {
    "complaints": ["complainants", "summary"],
    "allegations": ["officer_name", "complainant_age", "complainant_race", "complainant_gender",
                    "allegation_text"],
    "bwc_reviews": ["officer_name", "reviewer_notes"],
    "hearings": ["Comment", "Items"],
    "hearing_items": ["RollCall"],
    "roll_calls": ["Slug", "FullName"],
    "cops_awards": [],
}  # fmt: skip
"""Columns that must not be kept: of them a keyed hash tells whether they changed."""

Keep = Callable[[str, Frame], None]


def keeper(out: Path) -> Keep:
    """A function that writes the received records of one feed below `out`."""
    out.mkdir()
    secret = secrets.token_hex(32)
    (out / "secret").write_text(secret, encoding="ascii")

    def keep(feed: str, received: Frame) -> None:
        protected = PROTECTED[feed]
        marks = {name: marked(secret, name, received[name]) for name in protected}
        kept = received.drop(columns=protected).assign(**marks)
        file = str(out / f"{feed}.parquet")
        duckdb.from_df(kept).write_parquet(file, compression="zstd")

    return keep


class Timed:
    """A keeper that counts the CPU seconds it takes; all that keeping costs happens in it."""

    def __init__(self, keep: Keep) -> None:
        self.keep, self.spent = keep, 0.0

    def __call__(self, feed: str, received: Frame) -> None:
        """Keep one feed."""
        start = time.process_time()
        self.keep(feed, received)
        self.spent += time.process_time() - start


def marked(secret: str, name: str, column: pd.Series) -> pd.Series:
    """The keyed hash of each cell; none of a blank."""
    prefix = f"{secret}|{name}|"
    text = column.astype(str).where(column.notna()).str.strip()
    return text.mask(text == "").map(
        lambda cell: hashlib.sha256((prefix + cell).encode()).hexdigest()[:16], "ignore"
    )
