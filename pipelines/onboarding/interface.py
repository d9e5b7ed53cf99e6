"""What a staging model of each feed must give, read from the models that stack them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.failures import Misconfigured

COLUMN = re.compile(r"^\s*'([a-z_]+)':\s*'([^']+)',?\s*$", re.MULTILINE)
LINEAGE = ("source_table", "source_priority")


@dataclass(frozen=True)
class Given:
    """A column of a feed's interface with its SQL type."""

    name: str
    data_type: str

    @property
    def group(self) -> str:
        """Under which heading of a staging model the column stands."""
        if self.name in LINEAGE:
            return "lineage"
        if self.data_type in ("date", "timestamp"):
            return "dates"
        if self.name.startswith("row_") or self.name.endswith(("_id", "_key")):
            return "ids"
        return "ids" if self.name == "jurisdiction" else "words of the source"


def interface(dbt_project: Path, feed: str) -> tuple[Given, ...]:
    """The columns that `int_<feed>__unioned` takes; none for a feed without a public table."""
    if feed == "reference":
        return ()
    file = dbt_project / "models" / "intermediate" / f"int_{feed}__unioned.sql"
    if not file.is_file():
        raise Misconfigured(
            f"There is no feed {feed!r}; there are {', '.join(feeds(dbt_project))}.",
            place="--feed",
            next_step="Choose one of them.",
        )
    return tuple(Given(*found) for found in COLUMN.findall(file.read_text(encoding="utf-8")))


def feeds(dbt_project: Path) -> tuple[str, ...]:
    """The feeds that have a public table, and `reference` for those that have none."""
    found = (dbt_project / "models" / "intermediate").glob("int_*__unioned.sql")
    names = (file.stem.removeprefix("int_").removesuffix("__unioned") for file in found)
    return (*sorted(names), "reference")
