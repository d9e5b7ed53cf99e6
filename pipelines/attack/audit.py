"""The whole attack on one release, as anyone can run it on a copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.attack import forms
from pipelines.attack.differenced import differenced
from pipelines.attack.grouped import by_name, by_words
from pipelines.attack.located import Found, attack
from pipelines.attack.published import Published, read


class NotARelease(ValueError):
    """The folder holds neither the database nor the count tables of a release."""


@dataclass(frozen=True)
class Audit:
    """What the attack came to, by family, and all reasons why the release exposes someone."""

    found: tuple[Found, ...]
    reasons: tuple[str, ...]

    @property
    def summary(self) -> str:
        """One sentence with the numbers that matter."""
        hidden = sum(each.hidden for each in self.found)
        located = sum(each.located for each in self.found)
        below = sum(each.below for each in self.found)
        seconds = sum(each.seconds for each in self.found)
        return (
            f"{len(self.found)} families of tables, {hidden:,} hidden cells: {located} worked out "
            f"exactly, {below} told to be under the threshold, in {seconds:.1f} s."
        )

    def lines(self) -> Iterator[str]:
        """The audit as text: a line a family, then the reasons, then the summary."""
        for each in self.found:
            yield (
                f"{each.name}: {each.cells:,} cells, {each.hidden:,} hidden, "
                f"{each.located} worked out, {each.below} told to be small, {each.seconds:.2f} s"
            )
        yield from self.reasons
        yield self.summary


def audit(folder: Path, before: Path | None = None) -> Audit:
    """Attack a release folder, alone and by subtraction from an earlier one.

    Reads nothing but the files. Raises `NotARelease` where there is nothing to attack.
    """
    published = _read(folder)
    earlier = _read(before) if before else Published(())
    found = tuple(attack(family) for family in published.families)
    return Audit(
        found,
        (
            *published.reasons,
            *(reason for each in found for reason in each.reasons),
            *differenced(earlier, published),
            *by_name(folder),
            *by_words(folder),
        ),
    )


def _read(folder: Path) -> Published:
    published = read(folder)
    if published is None and not forms.database(folder).is_file():
        raise NotARelease(f"{folder} holds no release: no oversight.db and no count tables.")
    return published or Published(())
