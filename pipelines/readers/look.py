"""What one request tells of a source without downloading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Look:
    """The columns as the source names them, its own type words, row count and stamp, if told."""

    columns: tuple[str, ...]
    types: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    stamp: str = ""
