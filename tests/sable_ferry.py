"""Sable Ferry: an invented city whose camera log was a spreadsheet until it took the template."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from pipelines.settings import PROJECT

CITY = "sable_ferry"
TEMPLATES = PROJECT / "docs" / "templates"
AS_OF = "2026-06-30"
LINES = 120


def headings(table: str) -> list[str]:
    """The headings of a file of the template."""
    return (TEMPLATES / f"{table}.csv").read_text(encoding="utf-8").strip().split(",")


def settle(project: Path) -> None:
    """Do what the template's page asks of a city: a contract, two one-line models, two names."""
    folder = project / "dbt_project" / "models" / "staging" / CITY
    folder.mkdir(parents=True)
    contract = (TEMPLATES / "bwc_sources.yml").read_text(encoding="utf-8")
    contract = contract.replace("your_city", CITY).replace("Your City", "Sable Ferry")
    contract = contract.replace("state: null", "state: NY")
    contract = contract.replace("cadence: monthly", f"cadence: monthly\n            as_of: {AS_OF}")
    (folder / f"_{CITY}__sources.yml").write_text(contract, encoding="utf-8")
    (folder / f"stg_{CITY}__bwc_reviews.sql").write_text(
        f"{{{{ bwc_template('{CITY}', 'bwc_reviews') }}}}\n", encoding="utf-8"
    )
    (folder / f"stg_{CITY}__bwc_audits.sql").write_text(
        f"{{{{ bwc_template('{CITY}', 'bwc_audits', feed='bwc_audits') }}}}\n", encoding="utf-8"
    )
    file = project / "dbt_project" / "dbt_project.yml"
    text = file.read_text(encoding="utf-8")
    for feed in ("bwc_reviews", "bwc_audits"):
        text = text.replace(f"    {feed}:\n", f"    {feed}:\n      - stg_{CITY}__{feed}\n")
    file.write_text(text, encoding="utf-8")


def send(data: Path) -> None:
    """Its two files: every fifth camera is off, every tenth line tells no way of choosing."""
    folder = data / CITY
    folder.mkdir(parents=True)
    _write(folder / "bwc_reviews.csv", headings("bwc_reviews"), map(_line, range(LINES)))
    months = [f"2026-{month:02d}" for month in range(1, 6)]
    rows = [
        (f"{month}-{person}", month, f"S{person}", "4", str(min(person, 4)), "random")
        for month in months
        for person in range(1, 6)
    ]
    _write(folder / "bwc_audits.csv", headings("bwc_audits"), rows)


def _line(number: int) -> tuple[str, ...]:
    is_off, is_open = number % 5 == 0, number % 4 == 3
    return (
        f"L{number:04d}", f"R{number // 2:04d}", "" if number % 3 else f"C{number:04d}",
        f"P{number % 7}", "2026-03-02", "2026-03-30", "Docks",
        "not_recorded" if is_off else "recorded",
        "failed_to_activate" if is_off else "muted|late_activation" if number % 6 == 1 else "",
        "" if number % 10 == 9 else "complaint_driven" if number % 3 == 0 else "random",
        "open" if is_open else "fulfilled", "2026-03-03",
        "" if is_open else f"2026-03-{10 + number % 4:02d}",
    )  # fmt: skip


def _write(file: Path, names: list[str], rows: Iterable[tuple[str, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(names)
        writer.writerows(rows)
