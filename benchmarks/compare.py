"""What the refresh costs beside two programs that write the same files, as ratios of one sitting.

Usage: python benchmarks/compare.py [--scale 20] [--large 100] [--rounds 3] [--quick].
Each program runs as a whole process in a fresh folder, one after the other, in rounds. Exit
code 1 says that a bar is missed or that the tables of two programs differ.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from processes import Cost, Failed, measure
from tables import RECORDS, TABLES
from verdicts import Bar, differences, told

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
PROGRAMS = ("by hand", "refresh", "unchanged refresh", "pandas")

FIXED_CPU_SECONDS = 25.0
IMPORTS = 7
"""Start-up of dbt, Dagster and Great Expectations, paid once by the refresh."""


@dataclass
class Sitting:
    """All that was measured at one scale: a cost a round for each program."""

    scale: float
    folder: Path
    costs: dict[str, list[Cost]] = field(default_factory=dict)
    keeping: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def cpu(self, program: str) -> float:
        """Median CPU seconds of the rounds."""
        return statistics.median(cost.cpu_seconds for cost in self.costs[program])

    def peak(self, program: str) -> float:
        """The largest peak of any round, in MB."""
        return max(cost.peak_mb for cost in self.costs[program])


def sit(scale: float, rounds: int, folder: Path) -> Sitting:
    """Run all programs on the demo of one scale, interleaved, each time from nothing."""
    sitting = Sitting(scale, folder / f"scale_{scale:g}")
    feeds = sitting.folder / "feeds"
    python("-m", "pipelines", "demo", "--scale", f"{scale:g}", data=feeds, log="demo")
    for number in range(1, rounds + 1):
        one_round(sitting, feeds / "demo", number)
    keep(sitting, feeds)
    shutil.rmtree(sitting.folder)
    return sitting


def one_round(sitting: Sitting, demo: Path, number: int) -> None:
    """Each program once; then the tables they wrote are held against each other."""
    folder = sitting.folder / f"round_{number}"
    hand, data, pandas = folder / "hand", folder / "data", folder / "pandas"
    shutil.copytree(demo, data / "demo", copy_function=os.link)
    demo = data / "demo"
    commands = {
        "by hand": (str(HERE / "by_hand.py"), str(demo), str(hand)),
        "refresh": ("-m", "pipelines", "refresh"),
        "unchanged refresh": ("-m", "pipelines", "refresh"),
        "pandas": (str(HERE / "by_pandas.py"), str(demo), str(pandas)),
    }
    for program in PROGRAMS:
        cost = python(*commands[program], data=data, log=program.replace(" ", "_"))
        sitting.costs.setdefault(program, []).append(cost)
        spent = f"{cost.cpu_seconds:.1f} CPU s, {cost.peak_mb:.0f} MB"
        print(f"  scale {sitting.scale:g}, round {number}: {program}: {spent}", flush=True)
    sitting.problems += compared(hand, data / "current", pandas)
    shutil.rmtree(folder)


def keep(sitting: Sitting, feeds: Path) -> None:
    """What each program pays for knowing tomorrow what changed.

    With that part, less without it; of the refresh, loading is measured by itself, so that the
    rest does not blur it. The pandas program does it in a place of its own, and counts there.
    """
    data, demo = sitting.folder / "kept", str(feeds / "demo")
    shutil.copytree(feeds / "demo", data / "demo", copy_function=os.link)
    python("-m", "pipelines", "ingest", data=data, log="ingest")
    commands = {
        "by hand": (str(HERE / "by_hand.py"), demo, str(data / "hand")),
        "refresh": (str(HERE / "landed.py"), str(data)),
    }
    for program, command in commands.items():
        spent = []
        for more in ((), ("--forget",)):
            spent.append(python(*command, *more, data=data, log="keep").cpu_seconds)
            shutil.rmtree(data / "hand", ignore_errors=True)
        sitting.keeping[program] = max(0.0, spent[0] - spent[1])
    python(str(HERE / "by_pandas.py"), demo, str(data / "pandas"), data=data, log="keep")
    counted = (sitting.folder / "keep.log").read_text(encoding="utf-8").split()[-1]
    sitting.keeping["pandas"] = float(counted)


def compared(hand: Path, released: Path, pandas: Path) -> list[str]:
    """Where the release differs from the tables by hand, or pandas in its number of rows."""
    found = []
    for table in TABLES:
        name = f"csv/{table.name}.csv"
        found += differences(hand / name, released / name, same_rows=True)
        if table in RECORDS:
            found += differences(hand / name, pandas / name, same_rows=False)
    return found


def imports(data: Path) -> dict[str, float]:
    """CPU seconds of importing the code location, and of the library it stands on.

    The least of several readings: of two seconds, what the neighbours add is too large a part.
    """
    python("-m", "pipelines", "demo", "--scale", "0.02", data=data, log="demo")
    python("-m", "pipelines", "refresh", data=data, log="refresh")
    costs: dict[str, list[float]] = {}
    for _ in range(IMPORTS):
        for module in ("dagster_dbt", "pipelines.definitions"):
            cost = python("-c", f"import {module}", data=data, log="import")
            costs.setdefault(module, []).append(cost.cpu_seconds)
    return {module: min(spent) for module, spent in costs.items()}


def python(*arguments: str, data: Path, log: str) -> Cost:
    """Run this Python on a data folder and say what it cost."""
    environment = {"OVERSIGHT_DATA": str(data), "PYTHONPATH": str(PROJECT)}
    return measure((sys.executable, *arguments), data.parent / f"{log}.log", environment)


def bars(sitting: Sitting, imported: dict[str, float]) -> list[Bar]:
    """What the project promises of its refresh, each with what was measured."""
    hand, refresh = sitting.cpu("by hand"), sitting.cpu("refresh")
    definitions = imported["pipelines.definitions"] / imported["dagster_dbt"]
    return [
        Bar("refresh, less start-up, per hand-written",
            (refresh - FIXED_CPU_SECONDS) / hand, 2.0),
        Bar("pandas per refresh", sitting.cpu("pandas") / refresh, 1.6, is_floor=True),
        Bar("unchanged refresh per refresh", sitting.cpu("unchanged refresh") / refresh, 0.25),
        Bar("import of definitions per dagster_dbt", definitions, 1.3),
        Bar("peak memory of the refresh, GB", sitting.peak("refresh") / 1024, 2.0),
    ]  # fmt: skip


def table(sitting: Sitting) -> list[str]:
    """The measurements of one scale, beside the hand-written program."""
    hand = sitting.cpu("by hand")
    lines = [f"Scale {sitting.scale:g}", f"  {'':18}{'CPU s':>8}{'x hand':>8}{'peak MB':>9}"]
    for program in PROGRAMS:
        cpu, peak = sitting.cpu(program), sitting.peak(program)
        lines.append(f"  {program:18}{cpu:8.1f}{cpu / hand:8.2f}{peak:9.0f}")
    told = ", ".join(f"{program} {spent:.1f}" for program, spent in sitting.keeping.items())
    lines.append(f"  of it for tomorrow's comparison, CPU s: {told}")
    lines.append(f"  pandas per refresh: {sitting.cpu('pandas') / sitting.cpu('refresh'):.2f}")
    return lines


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """What to measure; `--quick` proves that everything runs and agrees, and holds no bar."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scale", type=float, default=20)
    parser.add_argument("--large", type=float, default=100, help="0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="where to work")
    parser.add_argument("--quick", action="store_true", help="scale 2, once, no bars")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, judge."""
    wanted = arguments(words)
    with tempfile.TemporaryDirectory(prefix="bench_", dir=wanted.folder) as name:
        folder = Path(name)
        try:
            if wanted.quick:
                return report([sit(2, 1, folder)], [])
            imported = imports(folder / "imports" / "data")
            sittings = [sit(wanted.scale, wanted.rounds, folder)]
            if wanted.large:
                sittings.append(sit(wanted.large, 1, folder))
            return report(sittings, bars(sittings[0], imported))
        except Failed as failure:
            print(failure, file=sys.stderr)
            return 1


def report(sittings: Sequence[Sitting], promised: Sequence[Bar]) -> int:
    """Print what was found; 1 when a bar is missed or two programs disagree."""
    problems = [problem for sitting in sittings for problem in sitting.problems]
    for sitting in sittings:
        print("\n".join(["", *table(sitting)]))
    print("\n".join(["", *map(told, promised)]) if promised else "")
    print("\n".join(problems) if problems else "All programs wrote the same rows.")
    return int(bool(problems) or not all(bar.is_held for bar in promised))


if __name__ == "__main__":
    sys.exit(main())
