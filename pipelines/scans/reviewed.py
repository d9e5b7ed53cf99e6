"""What people looked at and found to be no harm: a shape or a value, and the column it stands in.

Kept beside the policies as data, each with its reason, a name and a day. What is not listed there
stops the release.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines import strict_yaml
from pipelines.failures import Misconfigured

FILE = Path("policies") / "reviewed_hits.yml"
PROTECTED_VALUE = "protected_value"
"""Said in place of a pattern's name for a value of a column that is not public."""
Words = Annotated[str, Field(min_length=3)]


class Reviewed(BaseModel):
    """One pattern that may be found in one place, `table.column` or the name of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    finds: Words
    where: Words
    reason: Words
    reviewer: Words
    reviewed_on: date


class ReviewedHits(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: tuple[Reviewed, ...] = ()


def load_reviewed(dbt_project: Path) -> frozenset[tuple[str, str]]:
    """Pairs of what may be found and where. Raises `Misconfigured` with each wrong line."""
    file = dbt_project / FILE
    if not file.is_file():
        return frozenset()
    document = strict_yaml.read(file)
    wrong = list(document.problems)
    if not wrong:
        try:
            read = ReviewedHits.model_validate(document.data)
            return frozenset((one.finds, one.where) for one in read.reviewed)
        except ValidationError as error:
            wrong = [document.problem(tuple(e["loc"]), e["msg"]) for e in error.errors()]
    raise Misconfigured("; ".join(map(str, wrong)), place=file.name)
