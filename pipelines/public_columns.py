"""The list of all that may be public: each table with each of its columns, and each file.

It is read by people before it is read here: whoever wants to publish a column names what kind of
thing it is, and who looked at it on which day. What a contract keeps private has no kind here.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines import strict_yaml
from pipelines.failures import Misconfigured

NEVER = frozenset({"protected", "narrative", "internal"})
"""The classes of a contract's columns that are not public in any table."""

Words = Annotated[str, Field(min_length=3)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublicClass(_Strict):
    """A kind of column: why it is public and what could go wrong with it.

    `needs` names the decision of a jurisdiction without which the column holds nothing of it;
    `only_in` are the only tables that may have such a column.
    """

    reason: Words
    risk: Words
    needs: Literal["names", "row_grain"] | None = None
    only_in: tuple[str, ...] | None = None


class PublicTable(_Strict):
    """The columns of a table, each with its class, as somebody read them on a day."""

    reviewer: Words
    reviewed_on: date
    columns: Annotated[dict[str, str], Field(min_length=1)]


class PublicColumns(_Strict):
    """All tables, what else stands in the database, and all files but those of the tables."""

    classes: dict[str, PublicClass]
    database: dict[str, Words]
    files: dict[str, Words]
    tables: dict[str, PublicTable]

    @model_validator(mode="after")
    def _holds_together(self) -> PublicColumns:
        wrong = [f"{name} is a class that is never public" for name in NEVER & set(self.classes)]
        for table, told in self.tables.items():
            for column, klass in told.columns.items():
                known = self.classes.get(klass)
                if known is None:
                    wrong.append(f"{table}.{column} has the class {klass!r}, which is not public")
                elif known.only_in is not None and table not in known.only_in:
                    wrong.append(f"{table}.{column}: {klass} may not stand in this table")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def needing(self, decision: str) -> list[tuple[str, str]]:
        """Tables with a column that needs this decision of a jurisdiction, and the column."""
        return [
            (table, column)
            for table, told in self.tables.items()
            for column, klass in told.columns.items()
            if self.classes[klass].needs == decision
        ]


def file_of(dbt_project: Path) -> Path:
    """Where the list is kept."""
    return dbt_project / "policies" / "public_columns.yml"


def load_public_columns(dbt_project: Path) -> PublicColumns:
    """The list. Raises `Misconfigured` with the lines to mend when it is not there or not whole."""
    file = file_of(dbt_project)
    if not file.is_file():
        raise Misconfigured("There is no list of what may be public.", place=str(file))
    document = strict_yaml.read(file)
    wrong = [str(problem) for problem in document.problems]
    try:
        read = PublicColumns.model_validate(document.data)
    except ValidationError as error:
        wrong += [
            f"{file.name}:{document.line(tuple(one['loc']))}: "
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors()
        ]
    if wrong:
        raise Misconfigured("; ".join(wrong), place="policies")
    return read
