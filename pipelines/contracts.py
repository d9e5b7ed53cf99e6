"""The contract of each feed: where it is, what is in it, and what of it may be public.

A jurisdiction's dbt source file is its contract. Python reads the very file that dbt reads, so
nothing is generated and nothing can drift. Reading is strict: unknown keys, duplicate keys,
tags and bad identifiers are refused, all at once, each with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines import strict_yaml
from pipelines.failures import Misconfigured
from pipelines.strict_yaml import Problem

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Sentence = Annotated[str, Field(min_length=3)]
Feed = Literal[
    "complaints",
    "allegations",
    "bwc_reviews",
    "hearings",
    "hearing_items",
    "roll_calls",
    "cops_awards",
    "reference",
]
ReaderName = Literal["csv", "json", "ndjson", "xlsx", "socrata"]
Privacy = Literal["public", "protected", "narrative", "internal"]
DataType = Literal["text", "date", "timestamp", "integer", "number", "boolean"]
Cadence = Literal["daily", "weekly", "monthly", "quarterly", "yearly", "irregular", "frozen"]
LANDED: frozenset[Privacy] = frozenset({"public", "internal"})
DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1}
LINEAGE = ("_snapshot_id", "_row_number", "_as_of", "_part", "_row_hash", "_row_ordinal")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Dialect(_Strict):
    """How a delimited file is written; declared, never guessed."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    header: bool = True


class Withhold(_Strict):
    """Rows that must not land: those whose `column` says expunged, sealed or deleted."""

    column: Identifier
    values: Annotated[tuple[str, ...], Field(min_length=1)]


class WithholdWith(_Strict):
    """Rows that must not land because the record they belong to is withheld in `table`."""

    table: Identifier
    column: Identifier
    their_column: Identifier


class ColumnMeta(_Strict):
    klass: Annotated[Privacy, Field(alias="class")]
    required: bool = False
    optional: bool = False
    formats: tuple[str, ...] = ()


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
    def lands(self) -> bool:
        """Whether the column is stored at all once the bytes have been kept."""
        return self.klass in LANDED


class Count(_Strict):
    count: Annotated[int, Field(ge=1)]
    period: Literal["minute", "hour", "day"]


class Freshness(_Strict):
    warn_after: Count


class TableMeta(_Strict):
    feed: Feed
    reader: ReaderName
    location: str | tuple[str, ...]
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


class TableConfig(_Strict):
    meta: TableMeta
    freshness: Freshness | None = None


class Table(_Strict):
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
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class SourceMeta(_Strict):
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
    version: Literal[2]
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=1)]


class Contract(BaseModel):
    """One feed's contract: a table of a source file together with its source's words."""

    model_config = ConfigDict(frozen=True)

    source: Source
    table: Table
    file: Path

    @property
    def jurisdiction(self) -> str:
        return self.source.name

    @property
    def name(self) -> str:
        """`jurisdiction.table`, the name by which people and messages call the feed."""
        return f"{self.source.name}.{self.table.name}"

    @property
    def meta(self) -> TableMeta:
        return self.table.config.meta

    @property
    def raw_table(self) -> str:
        return f"{self.source.schema_name}.{self.table.name}"

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.table.columns

    @property
    def landed(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.lands)

    @property
    def publisher(self) -> str:
        return self.meta.publisher or self.source.config.meta.publisher

    @property
    def license(self) -> str:
        return self.meta.license or self.source.config.meta.license

    @property
    def landing_page(self) -> str:
        return self.meta.landing_page or self.source.config.meta.landing_page

    @property
    def freshness_days(self) -> float | None:
        """Days after which a delivery is late; null when none is expected any more."""
        if self.table.config.freshness is None:
            return None
        after = self.table.config.freshness.warn_after
        return after.count * DAYS[after.period]


def column_name(heading: str) -> str:
    """The snake_case column of a heading: `Complaint Id` and `complaint_id` are one column."""
    name = re.sub(r"[^a-z0-9]+", "_", heading.strip().lower()).strip("_")
    return f"n{name}" if name[:1].isdigit() else name


def source_files(dbt_project: Path) -> list[Path]:
    """The contract files, in a stable order."""
    return sorted((dbt_project / "models" / "staging").glob("*/_*__sources.yml"))


def load_contracts(
    dbt_project: Path, jurisdictions: Sequence[str] | None = None
) -> tuple[Contract, ...]:
    """All contracts, or those of `jurisdictions`, parents before the feeds that follow them.

    Every problem of every file is reported at once. Raises `Misconfigured`.
    """
    contracts, problems = check_contracts(source_files(dbt_project))
    if problems:
        told = "\n".join(f"  {problem}" for problem in problems)
        raise Misconfigured(f"{len(problems)} problem(s) in the contracts:\n{told}\n")
    wanted = [c for c in contracts if jurisdictions is None or c.jurisdiction in jurisdictions]
    missing = set(jurisdictions or ()) - {c.jurisdiction for c in wanted}
    if missing:
        raise Misconfigured(f"No contract for jurisdiction {', '.join(sorted(missing))}.")
    return tuple(sorted(wanted, key=_parents_first))


def check_contracts(files: Iterable[Path]) -> tuple[list[Contract], list[Problem]]:
    """Read each file; return the contracts that are right and all problems of the others."""
    contracts: list[Contract] = []
    problems: list[Problem] = []
    for file in files:
        document = strict_yaml.read(file)
        found = list(document.problems) or _problems(document)
        problems += found
        if not found:
            source = SourceFile.model_validate(document.data).sources[0]
            contracts += [Contract(source=source, table=t, file=file) for t in source.tables]
    return contracts, problems


def _problems(document: strict_yaml.Document) -> list[Problem]:
    try:
        source = SourceFile.model_validate(document.data).sources[0]
    except ValidationError as error:
        return [_problem(document, detail) for detail in error.errors()]
    return list(_between_tables(document, source))


def _problem(document: strict_yaml.Document, detail: Any) -> Problem:
    place = tuple(detail["loc"])
    named = ".".join(str(step) for step in place)
    return document.problem(place, f"{named}: {detail['msg']}")


def _between_tables(document: strict_yaml.Document, source: Source) -> Iterable[Problem]:
    tables = {table.name: table for table in source.tables}
    folder = document.file.parent.name
    if source.name != folder:
        yield document.problem(
            ("sources", 0, "name"), f"source {source.name!r} in folder {folder!r}"
        )
    seen: set[str] = set()
    for number, table in enumerate(source.tables):
        place: strict_yaml.Place = ("sources", 0, "tables", number, "name")
        if table.name in seen:
            yield document.problem(place, f"table {table.name!r} stands twice")
        seen.add(table.name)
        linked = table.config.meta.withhold_with
        parent = tables.get(linked.table) if linked else None
        if linked and (parent is None or parent.config.meta.withhold is None):
            yield document.problem(
                place, f"withhold_with names {linked.table!r}, which withholds nothing"
            )
        elif linked and parent and linked.their_column not in {c.name for c in parent.columns}:
            yield document.problem(place, f"withhold_with: no column {linked.their_column!r} there")


def _column_uses(meta: TableMeta) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("key", meta.key or ()),
        ("withhold", (meta.withhold.column,) if meta.withhold else ()),
        ("withhold_with", (meta.withhold_with.column,) if meta.withhold_with else ()),
    ]


def _parents_first(contract: Contract) -> tuple[str, bool, str]:
    return contract.jurisdiction, contract.meta.withhold_with is not None, contract.table.name
