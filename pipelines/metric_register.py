"""The register of metrics: what each published number counts, of what, and how far to trust it.

One YAML file a family stands in `dbt_project/metrics/`. A number whose metric is not in the
register, or lacks one of its facts, reaches no public table: the register is read strictly, the
mart `measures` joins it, and a test of the models names each number that it would leave out.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines import strict_yaml
from pipelines.contract_file import Feed, Identifier, Sentence
from pipelines.failures import Misconfigured
from pipelines.settings import Settings

FOLDER = "metrics"
Kind = Literal["count", "amount", "share", "ratio", "estimate"]
Interval = Literal["none", "wilson", "greenwood", "aalen"]
Maturity = Literal["none", "cohort_closed_share"]
Aspect = Literal[
    "counting_unit",
    "population",
    "investigator",
    "intake_rule",
    "affidavit_rule",
    "findings_told_apart",
    "clock_start",
    "clock_end",
    "outlay_reporting",
    "attendance_rule",
    "review_scope",
]
"""Practices in which two jurisdictions must agree before their numbers may stand side by side."""

HASHED = (
    "kind", "unit", "numerator", "denominator", "date_role", "population", "maturity_rule",
    "interval_method", "day_basis", "rule_version",
)  # fmt: skip
TABLE = (
    "metric varchar, title varchar, family varchar, kind varchar, unit varchar, "
    "numerator varchar, denominator varchar, date_role varchar, population varchar, "
    "maturity_rule varchar, interval_method varchar, day_basis varchar, definition varchar, "
    "caveat varchar, feed varchar, smallest_denominator integer, is_naive boolean, "
    "counterpart varchar, not_valid_for varchar, must_agree varchar, comparability_hash varchar"
)
"""Columns of `pipeline.metrics`, in the order of `rows`. Lists are comma-separated, or empty."""


class Metric(BaseModel):
    """One metric. `metric` is its name in every table, page and export."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: Identifier
    title: Sentence
    kind: Kind
    unit: Sentence
    numerator: Sentence
    denominator: Sentence | None = None
    date_role: Sentence
    population: Sentence
    maturity_rule: Maturity
    interval_method: Interval
    day_basis: Literal["calendar", "business"] | None = None
    definition: Annotated[str, Field(min_length=20)]
    caveat: Annotated[str, Field(min_length=10)]
    feed: Feed
    smallest_denominator: Annotated[int, Field(ge=0)] = 0
    naive: bool = False
    counterpart: Identifier | None = None
    not_valid_for: tuple[Identifier, ...] = ()
    must_agree: tuple[Aspect, ...] = ()
    rule_version: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _whole(self) -> Metric:
        wrong = []
        if self.kind in ("share", "ratio") and not self.denominator:
            wrong.append(f"a {self.kind} needs a denominator")
        if self.kind in ("count", "amount") and self.denominator:
            wrong.append(f"a {self.kind} has no denominator")
        if self.kind == "share" and self.interval_method != "wilson":
            wrong.append("a share has a Wilson interval")
        if self.kind in ("share", "estimate") and self.smallest_denominator < 1:
            wrong.append(f"a {self.kind} says under which number of cases it is not shown")
        if self.naive and not self.counterpart:
            wrong.append("a naive metric names its counterpart")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def comparability_hash(self) -> str:
        """Twelve hex digits that change with the definition, not with its wording for readers."""
        facts = json.dumps([getattr(self, name) for name in HASHED])
        return hashlib.sha256(facts.encode()).hexdigest()[:12]


class Family(BaseModel):
    """One file of the register. Its own caveat, if any, is said with each of its metrics."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Identifier
    title: Sentence
    caveat: Sentence | None = None
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)]

    def told(self) -> list[Metric]:
        """The metrics, with the caveat of the family after their own."""
        if self.caveat is None:
            return list(self.metrics)
        return [m.model_copy(update={"caveat": f"{m.caveat} {self.caveat}"}) for m in self.metrics]


def load_register(settings: Settings) -> list[tuple[str, Metric]]:
    """All metrics with the family of each, by family and place in its file.

    Raises `Misconfigured` with every problem of every file: an unknown or missing fact, a metric
    that stands twice, a counterpart that is not in the register.
    """
    read: list[tuple[str, Metric]] = []
    problems: list[str] = []
    for file in sorted((settings.dbt_project / FOLDER).glob("*.yml")):
        family, wrong = _read(file)
        problems += wrong
        read += [(family.family, metric) for metric in family.told()] if family else []
    problems += _across([metric for _, metric in read])
    if problems:
        raise Misconfigured("The register of metrics: " + "; ".join(problems), place=FOLDER)
    return read


def rows(settings: Settings) -> list[tuple[object, ...]]:
    """The rows of `pipeline.metrics`."""
    return [
        (
            m.metric, m.title, family, m.kind, m.unit, m.numerator, m.denominator, m.date_role,
            m.population, m.maturity_rule, m.interval_method, m.day_basis, m.definition, m.caveat,
            m.feed, m.smallest_denominator, m.naive, m.counterpart, ",".join(m.not_valid_for),
            ",".join(m.must_agree), m.comparability_hash,
        )
        for family, m in load_register(settings)
    ]  # fmt: skip


def _read(file: Path) -> tuple[Family | None, list[str]]:
    document = strict_yaml.read(file)
    if document.problems:
        return None, [str(problem) for problem in document.problems]
    try:
        return Family.model_validate(document.data), []
    except ValidationError as error:
        return None, [
            str(document.problem(tuple(one["loc"]), f"{_place(one['loc'])}: {one['msg']}"))
            for one in error.errors()
        ]


def _place(parts: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in parts) or "file"


def _across(metrics: list[Metric]) -> list[str]:
    names = [metric.metric for metric in metrics]
    twice = sorted({name for name in names if names.count(name) > 1})
    lost = [m for m in metrics if m.counterpart and m.counterpart not in names]
    return [f"metric {name!r} stands twice" for name in twice] + [
        f"metric {m.metric!r} names counterpart {m.counterpart!r}, which is not in the register"
        for m in lost
    ]
