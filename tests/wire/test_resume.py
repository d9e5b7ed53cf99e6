"""A fetch that was killed goes on where it was, and ends in the same snapshot."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import ingest
from pipelines.settings import PROJECT
from tests.wire.examples import EXAMPLES, Example
from tests.wire.server import Request, Wire, serving

PAGED = [name for name in EXAMPLES if name != "file"]
DESCRIBING = ("countonly", "count(", "award_count", "/api/views/", "resource_show")
CHILD = """
import sys
from pathlib import Path
from pipelines import ingest
from tests.wire.examples import EXAMPLES
from tests.wire.server import Wire
name, address, folder = sys.argv[1:]
example = EXAMPLES[name]()
contract = example.contract(Wire(address), Path(folder))
print(ingest.fetch_snapshot(contract, example.settings(Path(folder))).snapshot.id)
"""


def run(example: str, wire: Wire, folder: Path, **environment: str) -> tuple[int, str]:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, example, wire.address, str(folder)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout.strip()


def pages(wire: Wire, since: int) -> list[tuple[str, str, bytes]]:
    """The questions for rows, without those that only count or describe."""
    asked = wire.asked[since:]
    return [(r.path, str(sorted(r.query.items())), r.body) for r in asked if not _describes(r)]


def _describes(request: Request) -> bool:
    told = f"{request.path} {request.query} {request.body!r}".lower()
    is_layer = request.path.endswith("/FeatureServer/0")
    is_empty = request.query.get("limit") == "0"
    return is_layer or is_empty or any(word in told for word in DESCRIBING)


@pytest.mark.parametrize("name", PAGED)
def test_a_killed_fetch_asks_only_for_what_is_missing(
    tmp_path: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    """Killed by SIGKILL when the first page has been kept."""
    example: Example = EXAMPLES[name]()
    with serving(example.service) as wire:
        code, whole = run(name, wire, tmp_path / "whole")
        assert code == 0
        needed = pages(wire, 0)
        start = len(wire.asked)
        code, _ = run(name, wire, tmp_path / "killed", OVERSIGHT_KILL_AT="1")
        assert code == -9
        before, start = pages(wire, start), len(wire.asked)
        code, resumed = run(name, wire, tmp_path / "killed")
        assert (code, resumed) == (0, whole)
        after = pages(wire, start)
        pages_told = f"{len(needed):>3} pages, killed after {len(before)}, then {len(after)} more"
        record_property("told", f"{name:<12}{pages_told}; same snapshot: {resumed == whole}")
        if name == "legistar":  # its list is read until it stands still, so it is read again
            assert len(after) < len(needed)
        else:
            assert not set(after) & set(before)


def test_a_finished_fetch_leaves_nothing_to_resume(tmp_path: Path) -> None:
    example = EXAMPLES["socrata"]()
    with serving(example.service) as wire:
        settings = example.settings(tmp_path)
        ingest.fetch_snapshot(example.contract(wire, tmp_path), settings)
        assert not list(settings.fetching.rglob("page*"))
