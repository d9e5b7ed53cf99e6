"""The shape of a contract file, read strictly: what may stand in it, and nothing else.

The keys are dbt's own wherever dbt has one; what only we need stands under `config.meta`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.contract_people import People, people_problems
from pipelines.contract_queries import QueryValue, query_problems

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Sentence = Annotated[str, Field(min_length=3)]
Feed = Literal[
    "complaints",
    "allegations",
    "discipline",
    "officers",
    "bwc_reviews",
    "bwc_audits",
    "hearings",
    "hearing_items",
    "roll_calls",
    "cops_awards",
    "cops_transactions",
    "cops_positions",
    "reference",
]
FileReader = Literal["csv", "json", "ndjson", "xlsx", "parquet", "city_scrapers"]
ServiceReader = Literal[
    "socrata", "arcgis", "ckan", "carto", "legistar", "usaspending", "usaspending_download"
]
ReaderName = Literal[FileReader, ServiceReader]
Privacy = Literal["public", "protected", "narrative", "internal"]
DataType = Literal["text", "date", "timestamp", "integer", "number", "boolean"]
Cadence = Literal["daily", "weekly", "monthly", "quarterly", "yearly", "irregular", "frozen"]
LANDED: frozenset[Privacy] = frozenset({"public", "internal"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Dialect(_Strict):
    """How a delimited file is written; declared, never guessed."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    header: bool = True


class Withhold(_Strict):
    """Rows that must not land: those whose `column` says expunged, sealed or deleted.

    `values` are the source's words, each with what it means; the policy of the jurisdiction
    decides on the meaning.
    """

    column: Identifier
    values: Annotated[dict[str, Literal["expunged", "sealed", "deleted"]], Field(min_length=1)]


class WithholdWith(_Strict):
    """Rows that must not land because the record they belong to is withheld in `table`."""

    table: Identifier
    column: Identifier
    their_column: Identifier


class ColumnMeta(_Strict):
    """What dbt does not ask of a column: its privacy class, and what its values may be."""

    klass: Annotated[Privacy, Field(alias="class")]
    required: bool = False
    optional: bool = False
    may_be_future: bool = False
    formats: tuple[str, ...] = ()
    officer: Literal["number", "name"] | None = None
    """Of an officer: the number a pseudonym is made of, or the name a policy may make public."""
    compared: bool = True
    """False for a stamp that moves in every delivery and says nothing of the record."""


class ColumnConfig(_Strict):
    meta: ColumnMeta


class Column(_Strict):
    """One column of the source, named by its heading in snake_case."""

    name: Identifier
    description: Sentence
    data_type: DataType = "text"
    config: ColumnConfig

    @property
    def klass(self) -> Privacy:
        return self.config.meta.klass

    @property
    def officer(self) -> str | None:
        return self.config.meta.officer

    @property
    def lands(self) -> bool:
        """Whether the column is stored at all once the bytes have been kept."""
        return self.klass in LANDED


class Count(_Strict):
    """A span of time, in dbt's own words for freshness."""

    count: Annotated[int, Field(ge=1)]
    period: Literal["minute", "hour", "day"]


class Freshness(_Strict):
    """When a delivery is late."""

    warn_after: Count


class Update(_Strict):
    """Whether each fetch takes everything or only what changed, and why that is right here.

    `incremental` is for publishers that upsert: rows keep their identity and move their stamp.
    A publisher that replaces the whole set is read whole, as a `snapshot`.
    """

    mode: Literal["snapshot", "incremental"]
    why: Sentence


class Tombstone(_Strict):
    """A source that its publisher took away. Its last good snapshot stays, and it stays listed."""

    since: date
    why: Sentence


class Maturity(_Strict):
    """How complete a month is: the day a record is counted by, and the field that decides it.

    A record is decided when `decided` is filled with another word than those in `pending`.
    """

    date: Identifier
    decided: Identifier
    pending: tuple[str, ...] = ()


class TableMeta(_Strict):
    """What dbt does not ask of a feed: where it is, how it is written, what it leaves out."""

    feed: Feed
    reader: ReaderName
    location: str | tuple[str, ...]
    query: dict[Identifier, QueryValue] = {}
    token: Identifier | None = None
    redirect_hosts: tuple[str, ...] = ()
    update: Update | None = None
    verified: date | Literal[False] = False
    tombstone: Tombstone | None = None
    publisher: str | None = None
    license: str | None = None
    landing_page: str | None = None
    cadence: Cadence
    as_of: date | None = None
    key: tuple[Identifier, ...] | None
    identical_rows: Literal["keep", "drop"] = "keep"
    dialect: Dialect = Dialect()
    sheet: str | None = None
    records: str = ""
    inherit: dict[Identifier, str] = {}
    population: Sentence
    coverage_exclusions: tuple[Sentence, ...] = ()
    withhold: Withhold | None = None
    withhold_with: WithholdWith | None = None
    max_drop_pct: Annotated[float, Field(ge=0, le=100)] = 10
    max_quarantined_pct: Annotated[float, Field(ge=0, le=100)] = 0.5
    max_removed_pct: Annotated[float, Field(ge=0, le=100)] = 1
    revisions: Literal["public", "counts"] | None = None
    matures: Maturity | None = None
    people: tuple[People, ...] = ()

    @property
    def shows_revisions(self) -> bool:
        """Whether each change is public, or only how many there were."""
        return (self.revisions or ("counts" if self.feed == "reference" else "public")) == "public"

    @model_validator(mode="after")
    def _query_is_known(self) -> TableMeta:
        places = (self.location,) if isinstance(self.location, str) else self.location
        wrong = query_problems(self.reader, places, self.query)
        if wrong:
            raise ValueError(f"reader {self.reader!r}: {'; '.join(wrong)}")
        return self


class TableConfig(_Strict):
    meta: TableMeta
    freshness: Freshness | None = None


class Table(_Strict):
    """One feed: a table of the source, with every column it has."""

    name: Identifier
    description: Sentence
    config: TableConfig
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _columns_named_exist(self) -> Table:
        names = [column.name for column in self.columns]
        known, meta = set(names), self.config.meta
        wrong = [
            f"column {n!r} stands twice" for n in sorted({n for n in names if names.count(n) > 1})
        ]
        for what, used in _column_uses(meta):
            wrong += [
                f"{what} names column {n!r}, which is not declared" for n in used if n not in known
            ]
        wrong += [
            f"inherit names {n!r}, which is not declared" for n in meta.inherit if n not in known
        ]
        wrong += people_problems(meta.people, {c.name: c.klass for c in self.columns})
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class SourceMeta(_Strict):
    """The jurisdiction, and the publisher of its feeds unless a feed names another."""

    title: Sentence
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    time_zone: str
    invented: bool = False
    publisher: Sentence
    license: Sentence
    landing_page: str


class SourceConfig(_Strict):
    meta: SourceMeta


class Source(_Strict):
    """One jurisdiction with its feeds."""

    name: Identifier
    schema_name: Annotated[Identifier, Field(alias="schema")]
    description: Sentence
    config: SourceConfig
    tables: Annotated[tuple[Table, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _raw_schema(self) -> Source:
        if self.schema_name != f"raw_{self.name}":
            raise ValueError(f"schema must be 'raw_{self.name}'")
        return self


class SourceFile(_Strict):
    """A whole contract file: one jurisdiction."""

    version: Literal[2]
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=1)]


def _column_uses(meta: TableMeta) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("key", meta.key or ()),
        ("withhold", (meta.withhold.column,) if meta.withhold else ()),
        ("withhold_with", (meta.withhold_with.column,) if meta.withhold_with else ()),
        ("inherit", tuple(meta.inherit)),
        ("matures", (meta.matures.date, meta.matures.decided) if meta.matures else ()),
    ]
