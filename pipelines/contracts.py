"""The contract of each feed: where it is, what is in it, and what of it may be public.

A jurisdiction's dbt source file is its contract. Python reads the very file that dbt reads, so
nothing is generated and nothing can drift. Reading is strict: unknown keys, duplicate keys,
tags and bad identifiers are refused, all at once, each with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines import strict_yaml
from pipelines.contract_file import (
    Column,
    Source,
    SourceFile,
    Table,
    TableMeta,
    WithholdWith,
)
from pipelines.failures import Misconfigured
from pipelines.policies import Policy, load_policies
from pipelines.strict_yaml import Problem

DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1}


class Contract(BaseModel):
    """One feed's contract: a table of a source file together with its source's words."""

    model_config = ConfigDict(frozen=True)

    source: Source
    table: Table
    file: Path
    policy: Policy = Policy(jurisdiction="")

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
        return tuple(column for column in self.columns if self.lands(column))

    @property
    def marked(self) -> tuple[Column, ...]:
        """Columns that never land: only whether they changed is known of them."""
        return tuple(column for column in self.columns if not self.lands(column))

    @property
    def withheld_words(self) -> tuple[str, ...]:
        """The words of the source that keep a row from landing, by the jurisdiction's policy."""
        stated = self.meta.withhold.values if self.meta.withhold else {}
        return tuple(word for word, kind in stated.items() if self.policy.withholds(kind))

    def lands(self, column: Column) -> bool:
        """Whether a column is stored: by its class, and an officer's name where that is public."""
        is_named = column.officer == "name" and self.policy.officers.names == "public"
        return column.lands or is_named

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

    Every problem of every file that is wanted is reported at once; the draft of another city
    stops nobody's night. Raises `Misconfigured`.
    """
    files = source_files(dbt_project)
    if jurisdictions is not None:
        files = [file for file in files if file.parent.name in jurisdictions]
    contracts, problems = check_contracts(files)
    policies = load_policies(dbt_project, sorted({one.jurisdiction for one in contracts}))
    if problems:
        told = "\n".join(f"  {problem}" for problem in problems)
        raise Misconfigured(f"{len(problems)} problem(s) in the contracts:\n{told}\n")
    missing = set(jurisdictions or ()) - {contract.jurisdiction for contract in contracts}
    if missing:
        raise Misconfigured(f"No contract for jurisdiction {', '.join(sorted(missing))}.")
    decided = [one.model_copy(update={"policy": policies[one.jurisdiction]}) for one in contracts]
    return tuple(sorted(decided, key=_parents_first))


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
        # A list whose items are wrong is also reported as too short; that is not another fault.
        return [_problem(document, d) for d in error.errors() if d["type"] != "too_short"] or [
            _problem(document, d) for d in error.errors()
        ]
    return list(_between_tables(document, source))


def _problem(document: strict_yaml.Document, detail: Any) -> Problem:
    place = tuple(detail["loc"])
    named = ".".join(str(step) for step in place)
    return document.problem(place, f"{named}: {detail['msg']}")


def _between_tables(document: strict_yaml.Document, source: Source) -> Iterable[Problem]:
    folder = document.file.parent.name
    if source.name != folder:
        wrong = f"source {source.name!r} stands in folder {folder!r}"
        yield document.problem(("sources", 0, "name"), wrong)
    tables = {table.name: table for table in source.tables}
    roles = [one.role for table in source.tables for one in table.config.meta.people]
    for role in sorted({role for role in roles if roles.count(role) > 1}):
        yield document.problem(("sources", 0, "name"), f"two tables name the people {role!r}")
    for number, table in enumerate(source.tables):
        place: strict_yaml.Place = ("sources", 0, "tables", number, "name")
        if tables[table.name] is not table:
            yield document.problem(place, f"table {table.name!r} stands twice")
        linked = table.config.meta.withhold_with
        if linked:
            parent = tables.get(linked.table)
            yield from (document.problem(place, told) for told in _link_problems(linked, parent))


def _link_problems(linked: WithholdWith, parent: Table | None) -> Iterable[str]:
    if parent is None or parent.config.meta.withhold is None:
        yield f"withhold_with names table {linked.table!r}, which withholds nothing"
    elif linked.their_column not in {column.name for column in parent.columns}:
        yield f"withhold_with: table {linked.table!r} has no column {linked.their_column!r}"


def _parents_first(contract: Contract) -> tuple[str, bool, str]:
    return contract.jurisdiction, contract.meta.withhold_with is not None, contract.table.name
