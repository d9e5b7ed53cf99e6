"""A record that its source seals after it was public leaves what was published before, too."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from pipelines import manifest, shelf, signing
from pipelines.orchestration.run import run
from pipelines.settings import Settings
from pipelines.takedown import register
from pipelines.takedown.search import search
from tests.conftest import Installation

FIELD = "complaint_id"


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def chosen(of: Installation) -> str:
    """A public complaint with allegations and a camera review."""
    folder = of.settings.current
    told = {row[FIELD] for row in table(folder, "bwc_reviews")}
    alleged = {row[FIELD] for row in table(folder, "allegations")}
    return next(r[FIELD] for r in table(folder, "complaints") if r[FIELD] in told & alleged)


def seal(of: Installation, number: str) -> None:
    """The agency's file says from now on that the complaint is expunged."""
    file = of.feeds / "complaints.csv"
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    place, status = rows[0].index("Complaint Id"), rows[0].index("Status")
    for row in rows[1:]:
        if len(row) == len(rows[0]) and row[place].strip() == number:
            row[status] = "EXPUNGED"
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(rows)


def night(settings: Settings) -> None:
    refresh = run("nightly_refresh", settings)
    assert [failure.told() for failure in refresh.failures] == []


def places(settings: Settings, number: str) -> list[str]:
    """Where the number, or the public id made of it, still stands in what is published."""
    made = f"larkhaven|larkhaven.complaints|{number}"
    words = [number, hashlib.md5(made.encode(), usedforsecurity=False).hexdigest()[:16]]
    public = {"releases", "current", "changes"}
    apart = [path.name for path in settings.data.iterdir() if path.name not in public]
    return [str(place.file) for place in search(settings.data, words, leave_out=apart).places]


def test_it_leaves_the_releases_kept_once_and_everything_else_stays(
    yesterday: Installation,
) -> None:
    settings, number = yesterday.settings, chosen(yesterday)
    first = shelf.folder(settings, 1)
    before = {name: table(first, name) for name in manifest.read(first).tables}
    assert {place.split("/")[1] for place in places(settings, number)} == {"0001"}
    seal(yesterday, number)
    night(settings)
    assert shelf.numbers(settings) == [1, 2]
    assert places(settings, number) == []
    after = {name: table(first, name) for name in before}
    assert after["complaints"] == [r for r in before["complaints"] if r[FIELD] != number]
    kept = [row for row in before["allegations"] if row[FIELD] != number]
    assert 0 < len(kept) == len(after["allegations"]) < len(before["allegations"])
    manifest.verify(first)
    assert signing.is_ours(settings, first)
    (removed,) = manifest.read(first).removed
    assert removed["records"] >= 2
    (told,) = table(settings.current, "takedowns")
    assert (told["reason"], told["releases_reissued_count"]) == ("expunged", "1")
    assert "withheld" in {r["record_state"] for r in table(settings.current, "missing_records")}

    other = chosen(yesterday)
    seal(yesterday, other)
    night(settings)
    assert [one.releases for one in register.all_takedowns(settings)] == [1, 2]
    assert [one["takedown"] for one in manifest.read(first).removed] == ["T-0001", "T-0002"]
    assert (places(settings, number), places(settings, other)) == ([], [])
