"""Pages of a Carto table: the rows, without the service's own columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.contracts import Contract
from pipelines.parsers import paged
from pipelines.parsers.parsed import Parsed
from pipelines.readers.carto import SERVICE_COLUMNS


def parse(contract: Contract, path: Path, part: str, announced: int | None, work: Path) -> Parsed:
    """Read one page. Raises `DataRefused` when it is not the page that was received."""

    def dress(document: Any) -> Any:
        found = paged.records(contract, part, document, "rows")
        return [paged.without(record, SERVICE_COLUMNS) for record in found]

    return paged.parse(contract, path, part, announced, work, dress=dress, counted_at="$.rows[*]")
