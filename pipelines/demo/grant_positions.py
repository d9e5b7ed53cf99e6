"""What recipients of the demo's hiring grants reported: officers funded, hired and retained."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random

from pipelines.demo.answers import FeedAnswer
from pipelines.demo.awards import Award, good_awards
from pipelines.demo.csv_lines import write_lines

HEADINGS = (
    "Award Id", "Officers Funded", "Officers Hired", "Officers Retained", "Local Match",
    "Match Waived", "Report Date",
)  # fmt: skip
PLANTED = {
    "2014UMWX9001": (4, 0, 0),
    "2014UMWX9002": (2, 0, 0),
    "2020UMWX9003": (3, None, None),
    "2018UMWX9004": (4, 3, 2),
    "2019UMWX9005": (4, 4, None),
    "15JCOPS23GG09006UHPX": (7, 5, None),
}
"""P33: funded and never hired, hires not reported, hired and not kept."""

REPORTED = "2026-09-30"
USD_PER_POSITION = 125_000
Row = tuple[str, ...]
Officers = tuple[int, int | None, int | None]


def is_for_hiring(award: Award) -> bool:
    """Only hiring awards fund positions."""
    return award["Award ID"].endswith("UHPX") or award["Description"] in ("CHP", "TRGP-HIRE")


def officers(award: Award, chance: Random) -> Officers:
    """Officers funded, hired and retained; None where the recipient has not reported."""
    told = re.search(r"FUNDS (\d+) OFFICER", award["Description"])
    funded = int(told[1]) if told else max(1, round(award["Award Amount"] / USD_PER_POSITION))
    hired = None if chance.random() < 0.2 else chance.randint(funded // 2, funded)
    if hired is None or award["Start Date"] >= "2023" or chance.random() < 0.3:
        return funded, hired, None
    return funded, hired, chance.randint(hired // 2, hired)


def row(award: Award, counts: Officers, chance: Random) -> Row:
    """The report on one award. A quarter of the costs of a CHP position is for the recipient."""
    is_tribal = award["Description"] == "TRGP-HIRE"
    match = 0.0 if is_tribal else max(0.0, award["Award Amount"] / 3)
    waived = "No" if is_tribal else chance.choice(["No", "No", "No", "Yes"])
    reported = ("" if count is None else str(count) for count in counts)
    return (award["Award ID"], *reported, f"{match:.2f}", waived, REPORTED)


def write_positions(path: Path, scale: float, seed: int) -> tuple[FeedAnswer, Counter[str]]:
    """Write the reports and return what must become of them, and the traps among those that load.

    One row comes twice and one names no award.
    """
    chance = Random(seed + 4)  # noqa: S311
    hiring = [award for award in good_awards(scale, seed) if is_for_hiring(award)]
    counts = [PLANTED.get(award["Award ID"]) or officers(award, chance) for award in hiring]
    good = [row(award, its, chance) for award, its in zip(hiring, counts, strict=True)]
    write_lines(path, HEADINGS, [*good, good[-1], ("", *good[0][1:])])
    traps = Counter(
        P33_officers_funded=sum(funded for funded, _, _ in counts),
        P33_officers_hired=sum(hired or 0 for _, hired, _ in counts),
        P33_officers_retained=sum(kept or 0 for _, _, kept in counts),
        P33_awards_that_report_no_hires=sum(hired is None for _, hired, _ in counts),
    )
    return FeedAnswer(len(good) + 2, len(good), quarantined=1, dropped_identical=1), traps
