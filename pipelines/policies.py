"""What a jurisdiction's law or policy lets be public: one file each, with who decided and why.

Without a file, or without a word in it, the careful answer holds: officers under pseudonyms and
never a row for one officer, nothing that is expunged, sealed or deleted, small counts hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines import strict_yaml
from pipelines.failures import Misconfigured

Names = Literal["public", "pseudonym", "none"]
Treatment = Literal["withheld", "public"]
KINDS = ("expunged", "sealed", "deleted")


class _Decided(BaseModel):
    """A decision, which somebody took on a day, with the text that it rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    citation: Annotated[str, Field(min_length=3)] | None = None
    decided_on: date | None = None
    reviewer: Annotated[str, Field(min_length=3)] | None = None

    @model_validator(mode="after")
    def _is_answered_for(self) -> _Decided:
        words = {"citation", "decided_on", "reviewer"}
        said = self.model_fields_set - words
        if said and (missing := sorted(words - self.model_fields_set)):
            raise ValueError(f"{', '.join(sorted(said))} decided without {', '.join(missing)}")
        return self


class Officers(_Decided):
    """How an officer may appear: by name, under a pseudonym, or not at all."""

    names: Names = "pseudonym"
    row_grain: Literal["permitted", "none"] = "none"


class Withheld(_Decided):
    """What becomes of rows that the source marks so.

    What is expunged or sealed is withheld everywhere: no law is known that lets it be published,
    and every model and check counts on it. A record that a clerk deleted may be another matter.
    """

    expunged: Literal["withheld"] = "withheld"
    sealed: Literal["withheld"] = "withheld"
    deleted: Treatment = "withheld"


class Demographics(_Decided):
    """Whether people are counted by what is protected of them, and from how many on it is shown."""

    publish: bool = True
    threshold: Annotated[int, Field(ge=5, le=30)] = 11
    minors: Literal["as_unknown", "merged"] = "as_unknown"


class Policy(BaseModel):
    """The decisions of one jurisdiction."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    jurisdiction: str
    officers: Officers = Officers()
    withheld: Withheld = Withheld()
    demographics: Demographics = Demographics()

    def withholds(self, kind: str) -> bool:
        """Whether rows of this kind stay out of everything that is public."""
        return bool(getattr(self.withheld, kind) == "withheld")


def load_policies(dbt_project: Path, jurisdictions: Iterable[str]) -> dict[str, Policy]:
    """The policy of each jurisdiction. Raises `Misconfigured` with all that is wrong."""
    found, wrong = {}, []
    for name in jurisdictions:
        file = dbt_project / "policies" / f"{name}.yml"
        if not file.is_file():
            found[name] = Policy(jurisdiction=name)
            continue
        document = strict_yaml.read(file)
        try:
            if document.problems:
                raise Misconfigured("; ".join(map(str, document.problems)), place=file.name)
            found[name] = Policy.model_validate(document.data)
        except ValidationError as error:
            wrong += [
                f"{file.name}:{document.line(tuple(one['loc']))}: "
                f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
                for one in error.errors()
            ]
            continue
        if found[name].jurisdiction != name:
            wrong.append(f"{file.name}: it speaks of {found[name].jurisdiction!r}")
    if wrong:
        raise Misconfigured("; ".join(wrong), place="policies")
    return found
