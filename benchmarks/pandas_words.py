"""How the pandas program reads cells and gives words their meaning; see `by_pandas.py`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

SEEDS = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds"
AS_OF = pd.Timestamp("2026-10-31")

Frame = pd.DataFrame


def read(feeds: Path, feed: str, *, obligatory: str) -> Frame:
    """One CSV as text; a row with a cell too many is skipped, one cut short lacks its columns."""
    frame = pd.read_csv(feeds / f"{feed}.csv", dtype=str, encoding="utf-8-sig", on_bad_lines="skip")
    frame.columns = [name.lower().replace(" ", "_") for name in frame.columns]
    return frame.dropna(subset=[obligatory])


def settled(frame: Frame, key: str) -> Frame:
    """Without blank keys, the same record twice, and two versions under one key."""
    return frame.dropna(subset=[key]).drop_duplicates().drop_duplicates(subset=[key], keep=False)


def typed(column: pd.Series) -> pd.Series:
    """Without the blanks around the words."""
    text = column.str.strip()
    return text.mask(text == "")


def day(column: pd.Series, pattern: str) -> pd.Series:
    """Dates that can be read and can be true."""
    read_as = pd.to_datetime(column, format=pattern, errors="coerce")
    return read_as.where(read_as.between(pd.Timestamp("1900-01-02"), AS_OF))


def squeezed(column: pd.Series) -> pd.Series:
    """The spelling under which words meet."""
    return column.str.replace(r"\s+", " ", regex=True).str.strip().str.lower()


def seed(name: str, field: str | None = None) -> Frame:
    """The city's words of one vocabulary, one row a word."""
    frame = pd.read_csv(SEEDS / f"{name}.csv", dtype=str)
    if "jurisdiction" in frame:
        frame = frame[frame["jurisdiction"] == "larkhaven"]
    if field:
        frame = frame[frame["field"] == field]
    for bound, beyond in (("valid_from", "1700-01-01"), ("valid_to", "2200-12-31")):
        if bound in frame:
            frame[bound] = pd.to_datetime(frame[bound].fillna(beyond))
    return frame.assign(word=squeezed(frame["local_value"]))


def meanings(said: pd.Series, days: pd.Series | None, name: str, field: str | None = None) -> Frame:
    """The meaning of each word on the day of its record, aligned with `said`."""
    joined = said.to_frame("said").assign(word=squeezed(said)).reset_index()
    joined = joined.merge(seed(name, field), on="word", how="left").set_index("index")
    if days is not None:
        outside = (days < joined["valid_from"]) | (days > joined["valid_to"])
        joined.loc[outside, joined.columns.difference(["said", "word"])] = None
    return joined


def month(column: pd.Series) -> pd.Series:
    """The first day of the month."""
    return column.dt.to_period("M").dt.to_timestamp()


def public_id(feed: str, local: pd.Series) -> pd.Series:
    """The short public id of each row."""
    prefix = f"larkhaven|larkhaven.{feed}|"
    return local.map(lambda text: hashlib.md5((prefix + text).encode()).hexdigest()[:16])
