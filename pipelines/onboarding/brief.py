"""What a person says of a new source and what its sample says: all that a draft is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.contract_file import Dialect
from pipelines.onboarding.interface import Given
from pipelines.onboarding.places import Place
from pipelines.onboarding.profiles import Profile


@dataclass(frozen=True)
class Brief:
    """The words of a person: where the source is, whose it is, and what its rows are.

    `said` names, for columns of the interface, the column of the source.
    """

    place: Place
    jurisdiction: str
    table: str
    feed: str
    state: str | None = None
    title: str = ""
    publisher: str = ""
    remarks: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> str:
        return f"stg_{self.jurisdiction}__{self.table}"

    @property
    def shown(self) -> str:
        """The name of the jurisdiction as people read it."""
        return self.title or self.jurisdiction.replace("_", " ").title()

    @property
    def one(self) -> str:
        """What one row of the feed is called."""
        return self.feed.replace("_", " ").removesuffix("s") if self.feed != "reference" else "row"


@dataclass(frozen=True)
class Findings:
    """What the sample shows; `mapped` is the column of the source for each known one of ours."""

    rows: int
    profiles: tuple[Profile, ...]
    given: tuple[Given, ...]
    mapped: Mapping[str, Profile]
    dialect: Dialect
    records: str
    sheets: tuple[str, ...] = ()

    @property
    def key(self) -> Profile | None:
        """The mapped column that numbers the rows of the feed, when it does so in the sample."""
        ids = (self.mapped.get(name) for name in KEYS)
        return next((p for p in ids if p and p.is_unique and not p.is_partial), None)


KEYS = (
    "allegation_local_id",
    "bwc_review_local_id",
    "hearing_item_id",
    "hearing_id",
    "award_id",
    "complaint_id",
)
"""Columns of the interface that may number the rows, the finest first."""
