"""Thousands of faulty fetches, drawn by lot: not one may be taken for the data and be less.

The lot is cast from a seed, so that a failure can be repeated: the test's name holds it.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.failures import OversightError
from tests.wire import fetching
from tests.wire.examples import EXAMPLES
from tests.wire.misfortunes import ALL
from tests.wire.server import Reply, Request, serving

FAULTY = 252
"""Fetches of each protocol in which an answer was spoiled: above 2,000 of all eight together."""
OUTCOMES = ("fetches", "faulty", "whole", "refused", "silently accepted")


@pytest.mark.soak
@pytest.mark.parametrize("name", EXAMPLES)
def test_no_faulty_fetch_is_silently_accepted(
    tmp_path: Path, name: str, record_property: Callable[[str, object], None], is_brief: bool
) -> None:
    wanted = FAULTY // 5 if is_brief else FAULTY
    chance = random.Random(f"seed 7 {name}")
    example, outcomes = EXAMPLES[name](), Counter[str]()
    with serving(example.service) as wire:
        contract = example.contract(wire, tmp_path)
        whole = fetching.rows(contract, example.settings(tmp_path / "whole"))
        assert whole
        while outcomes["faulty"] < wanted:
            outcomes["fetches"] += 1
            folder = tmp_path / "one"
            befallen = Counter[str]()
            wire.faults = _lot(random.Random(chance.random()), befallen)
            settings = fetching.hurried(example.settings(folder), attempts=3, longest_wait=0.002)
            try:
                got = fetching.rows(contract, settings)
            except OversightError:
                outcomes["refused"] += 1
            else:
                kind = "whole" if got == whole else "silently accepted"
                outcomes[kind] += 1
                assert got == whole, f"{name}, fetch {outcomes['fetches']}: {dict(befallen)}"
            outcomes["faulty"] += bool(befallen)
            wire.faults = None
            shutil.rmtree(folder, ignore_errors=True)
    counts = ", ".join(f"{outcomes[kind]:>4} {kind}" for kind in OUTCOMES)
    record_property("told", f"{name:<12}{counts}")
    assert outcomes["silently accepted"] == 0


def _lot(chance: random.Random, befallen: Counter[str]) -> Callable[[Request, Reply], Reply]:
    """Each answer is befallen with a chance drawn for the fetch, by a fault drawn for it."""
    share = chance.choice([0.1, 0.3, 1.0])
    kinds = chance.sample(sorted(ALL), chance.randint(1, 3))

    def fault(request: Request, reply: Reply) -> Reply:
        if reply.status != 200 or chance.random() > share:
            return reply
        kind = chance.choice(kinds)
        befallen[kind] += 1
        return ALL[kind](chance, request, reply)

    return fault
