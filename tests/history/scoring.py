"""What the revision log says beside what it should say: precision and recall of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.history.store import KINDS
from tests.history.deliveries import Revision

WRITING = ("recoded", "key_migrated", "reformatted")
"""The kinds that say that the same thing is written in another way; the others are substantive."""


@dataclass(frozen=True)
class Score:
    """How many changes of a kind there were, how many were told, and how many of those rightly."""

    kind: str
    happened: int
    told: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.told if self.told else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.happened if self.happened else 1.0


def scores(expected: Iterable[Revision], found: Iterable[Revision]) -> list[Score]:
    """A score for each kind. A revision is right when all of it is: sequence, label and values."""
    wanted, told = Counter(expected), Counter(found)
    right = wanted & told
    return [Score(kind, *(_number(one, kind) for one in (wanted, told, right))) for kind in KINDS]


def table(found: Sequence[Score]) -> str:
    """The scores in lines that people can read."""
    lines = [f"{'kind':<15}{'happened':>10}{'told':>10}{'precision':>12}{'recall':>9}"]
    for one in found:
        lines.append(
            f"{one.kind:<15}{one.happened:>10,}{one.told:>10,}"
            f"{one.precision:>11.2%} {one.recall:>8.2%}"
        )
    return "\n".join(lines)


def differences(expected: Iterable[Revision], found: Iterable[Revision], shown: int = 3) -> str:
    """Some of the changes that were not told, and of those that were told and did not happen."""
    wanted, told = Counter(expected), Counter(found)
    lines = [f"not told: {one}" for one in list(wanted - told)[:shown]]
    lines += [f"told wrongly: {one}" for one in list(told - wanted)[:shown]]
    return "\n".join(lines)


def substantive(found: Iterable[Revision]) -> list[Revision]:
    """Those that say that something is another, and not only written otherwise."""
    return [one for one in found if one.kind not in WRITING]


def _number(counted: Counter[Revision], kind: str) -> int:
    return sum(number for one, number in counted.items() if one.kind == kind)
