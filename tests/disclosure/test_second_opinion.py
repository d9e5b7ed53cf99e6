"""Twenty families audited by another program, with equations and engine of its own."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from pipelines.disclosure.family import Family
from pipelines.disclosure.suppress import protect
from tests.disclosure.random_tables import drawn
from tests.disclosure.readers import NEARLY, small_alone, told

THRESHOLD = 11
TABLES = 20


def test_another_program_finds_no_unsafe_cell_in_twenty_families(tmp_path: Path) -> None:
    started, hidden_cells = time.process_time(), 0
    for seed, one in enumerate(drawn(range(TABLES))):
        hidden = protect(one.family, THRESHOLD)
        hidden_cells += len(hidden)
        report = audited(one.family, hidden, tmp_path / f"{seed}.jj")
        assert {each["cell"] for each in report} == hidden
        assert [each["cell"] for each in report if each["unsafe"]] == []
        assert unsafe(one.family, report) == []
    print(f"\n{TABLES} families, {hidden_cells} cells, {time.process_time() - started:.1f} s")


def test_both_programs_name_the_same_cells_where_only_small_ones_are_hidden(
    tmp_path: Path,
) -> None:
    found = 0
    for seed, one in enumerate(drawn(range(TABLES))):
        hidden = small_alone(one.family, THRESHOLD)
        report = audited(one.family, hidden, tmp_path / f"{seed}.jj")
        assert unsafe(one.family, report) == told(one.family, hidden, THRESHOLD)
        found += sum(each["unsafe"] for each in report)
    print(f"\n{found} cells that both call unsafe")
    assert found > 20


def unsafe(family: Family, report: list[dict[str, Any]]) -> list[int]:
    """By its intervals: its own mark leaves out cells that are only known not to be empty."""
    small = family.small(THRESHOLD)
    return sorted(
        each["cell"]
        for each in report
        if each["cell"] in small and (each["min"] > NEARLY or each["max"] < THRESHOLD - NEARLY)
    )


def audited(family: Family, hidden: Collection[int], path: Path) -> list[dict[str, Any]]:
    """The audit's rows of a family, handed over in the file format of its engine."""
    audit = pytest.importorskip("pytauargus._tauargus").audit_jj
    path.write_text(_as_jj(family, hidden), encoding="utf-8")
    return list(audit(str(path)))


def _as_jj(family: Family, hidden: Collection[int]) -> str:
    """Cells with cost, state, range and protection levels; then equations that sum to nothing."""
    small, most = family.small(THRESHOLD), 10 * max(family.counts) + 10 * THRESHOLD
    lines = ["0", str(len(family.counts))]
    for cell, count in enumerate(family.counts):
        state = "u" if cell in small else "m" if cell in hidden else "s"
        down, up = (count, THRESHOLD - count) if cell in small else (0, 0)
        lines.append(f"{cell} {count} 1 {state} 0 {most} {down:.3f} {up:.3f} 0")
    lines.append(str(len(family.equations)))
    for total, parts in family.equations:
        terms = " ".join(f"{part} (1)" for part in parts)
        lines.append(f"0 {len(parts) + 1} : {total} (-1) {terms}")
    return "\n".join(lines) + "\n"
