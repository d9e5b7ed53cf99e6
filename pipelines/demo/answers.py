"""What the demo holds, known by the generator and not by the line that reads it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

ANSWERS_FILE = "answers.json"


@dataclass(frozen=True)
class FeedAnswer:
    """What must become of every record of one table: received is the sum of the other four."""

    received: int
    loaded: int
    quarantined: int = 0
    dropped_identical: int = 0
    withheld: int = 0


@dataclass(frozen=True)
class DemoAnswers:
    """The known answers of one generated demo folder.

    `traps` counts records that should load and that carry the named trap (the key begins with the
    number of the pitfall); `received_by_month` counts complaints that should load, by the month
    in which they were received; `unmapped` lists the words that no crosswalk knows, with their
    number of loaded records. `deliveries` counts, for each delivery after the first and each file,
    the changes by kind that its records show against the delivery before.
    """

    scale: float
    seed: int
    as_of: str
    feeds: dict[str, FeedAnswer]
    traps: dict[str, int]
    received_by_month: dict[str, int]
    sustained_allegations: int
    unmapped: dict[str, dict[str, int]]
    delivery: int = 1
    deliveries: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)


def write_answers(answers: DemoAnswers, folder: Path) -> Path:
    """Write the answers as JSON beside the files they speak of, and return the path."""
    path = folder / ANSWERS_FILE
    text = json.dumps(asdict(answers), indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read_answers(folder: Path) -> DemoAnswers:
    """Read back the answers of a generated folder."""
    facts = json.loads((folder / ANSWERS_FILE).read_text(encoding="utf-8"))
    facts["feeds"] = {name: FeedAnswer(**counts) for name, counts in facts["feeds"].items()}
    return DemoAnswers(**facts)
