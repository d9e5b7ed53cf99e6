"""What a long history costs: the second night beside the last, the bytes, and what is told.

    python benchmarks/long_history.py --nights 730 --rows 15000

An invented feed is delivered night after night through the real steps; what is held is accepted
as a person would. Each change is known beforehand, so precision and recall can be counted.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipelines.history import rebuild
from tests.history.deliveries import Revision
from tests.history.feed import Feed, feed
from tests.history.scoring import scores, table
from tests.history.worlds import World

NEIGHBOURS = 5
EVERY = 50


def main() -> int:
    """Play the history, print what it cost and told; 1 when a promise is not kept."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        here = feed(Path(folder))
        expected = _played(here, World(asked.rows, asked.seed), asked.nights)
        scored = scores(expected, here.revisions())
        print(f"\n{table(scored)}\n")
        kept = [
            all((one.precision, one.recall) == (1, 1) for one in scored),
            _tell_cost(here, asked.nights),
            _tell_bytes(here),
            _tell_rebuild(here) if asked.rebuild else True,
        ]
    return 0 if all(kept) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nights", type=int, default=730)
    parser.add_argument("--rows", type=int, default=15_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rebuild", action="store_true", help="also make the history anew")
    return parser.parse_args()


def _played(here: Feed, world: World, nights: int) -> list[Revision]:
    """Deliver all nights; return what the revision log must say."""
    expected: list[Revision] = []
    start = time.monotonic()
    for night in world.nights(nights):
        hold = here.replay(night)
        expected += night.expected
        if hold is not None:
            print(f"night {night.sequence}: held ({', '.join(hold.kinds)}) and accepted")
        elif night.sequence % EVERY == 0:
            passed = time.monotonic() - start
            print(f"night {night.sequence}: {here.spent:.2f} s CPU, {passed:.0f} s since the start")
    return expected


def _tell_cost(here: Feed, nights: int) -> bool:
    """The median night of the first five after the baseline, and of the last five."""
    early = statistics.median(here.costs[n] for n in range(2, 2 + NEIGHBOURS))
    late = statistics.median(here.costs[n] for n in range(nights - NEIGHBOURS + 1, nights + 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"night 2: {early:.3f} s CPU; night {nights}: {late:.3f} s; ratio {late / early:.2f}")
    print(f"all nights: {sum(here.costs.values()):.0f} s CPU; peak memory {peak:,.0f} MB")
    return late <= 1.5 * early


def _tell_bytes(here: Feed) -> bool:
    blobs = (here.settings.snapshots / "blobs").glob("*/*")
    packed = sum(file.stat().st_size for file in blobs)
    share = here.store_bytes / here.raw_bytes
    print(f"deliveries: {here.raw_bytes:,} bytes, kept packed in {packed:,}")
    print(f"history: {here.store_bytes:,} bytes, {share:.2%} of the deliveries")
    return share <= 0.05


def _tell_rebuild(here: Feed) -> bool:
    kept = rebuild.table_hashes(here.settings, here.contract)
    start = time.process_time()
    rebuild.rebuild(here.settings, here.contract)
    same = rebuild.table_hashes(here.settings, here.contract) == kept
    print(
        f"made anew in {time.process_time() - start:.0f} s CPU: {'the same' if same else 'OTHER'}"
    )
    return same


if __name__ == "__main__":
    sys.exit(main())
