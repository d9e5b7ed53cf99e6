"""What happened to the money of the demo's grants: each action on each award.

The actions on an award add up to its amount, to the cent: granted at once or in two steps, granted
and partly taken back, or changed in words only.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random

from pipelines.demo import canaries
from pipelines.demo.answers import FeedAnswer
from pipelines.demo.awards import Award, good_awards
from pipelines.demo.csv_lines import write_lines
from pipelines.demo.words import AS_OF

HEADINGS = (
    "assistance_transaction_unique_key", "assistance_award_unique_key", "award_id_fain",
    "modification_number", "federal_action_obligation", "action_date", "action_type_description",
    "transaction_description",
)  # fmt: skip
Action = tuple[date, int]
"""A day and an amount in cents, negative when money is taken back."""

PLANTED: dict[str, list[Action]] = {
    "2014UMWX9001": [(date(2014, 7, 1), 40_000_000), (date(2017, 9, 30), -43_085_129)],
    "2014UMWX9002": [(date(2014, 7, 1), 25_000_000), (date(2015, 10, 1), -25_000_000)],
    "2020UMWX9003": [(date(2020, 10, 2), 0)],
    "2018UMWX9004": [(date(2018, 9, 30), 50_000_000)],
    "2019UMWX9005": [(date(2018, 10, 1), 60_000_000), (date(2019, 9, 30), -10_000_000)],
    "15JCOPS23GG09006UHPX": [(date(2022, 9, 15), 87_500_000)],
}
"""P31: money taken back. P38: the last and first day of a fiscal year, and an award signed in the
fiscal year before the one in which it starts."""

Row = tuple[str, ...]


def actions(award: Award, chance: Random) -> list[Action]:
    """The actions on one award, in order of their days."""
    cents = round(award["Award Amount"] * 100)
    signed = date.fromisoformat(award["Start Date"]) - timedelta(days=chance.choice([0, 0, 14, 40]))
    later = min(signed + timedelta(days=chance.randint(200, 900)), date.fromisoformat(AS_OF))
    part = round(cents * chance.randint(5, 40) / 100)
    happened = chance.choice(["once", "once", "once", "added", "taken back", "words"])
    if happened == "added":
        return [(signed, cents - part), (later, part)]
    if happened == "taken back":
        return [(signed, cents + part), (later, -part)]
    return [(signed, cents), (later, 0)] if happened == "words" else [(signed, cents)]


def rows(award: Award, happened: list[Action]) -> list[Row]:
    """The actions in the columns of the download."""
    number = award["Award ID"]
    told = canaries.cells("cops_transactions", number)
    return [
        (
            f"1550_{number}_-NONE-_{award['CFDA Number']}_{place}",
            award["generated_internal_id"],
            number,
            str(place),
            f"{cents / 100:.2f}",
            day.isoformat(),
            "NEW" if place == 0 else "REVISION",
            told.get(HEADINGS[-1], "Invented action on an invented award."),
        )
        for place, (day, cents) in enumerate(happened)
    ]


def write_transactions(path: Path, scale: float, seed: int) -> tuple[FeedAnswer, Counter[str]]:
    """Write the actions and return what must become of them, and the traps among those that load.

    One row comes twice and one has lost its key. The sums are in cents.
    """
    chance = Random(seed + 3)  # noqa: S311
    happened = [
        (award, PLANTED.get(award["Award ID"]) or actions(award, chance))
        for award in good_awards(scale, seed)
    ]
    good = [row for award, its in happened for row in rows(award, its)]
    keyless = ("", *good[1][1:-1], canaries.cell("cops_transactions", "", HEADINGS[-1]))
    write_lines(path, HEADINGS, [*good, good[0], keyless])
    money = [cents for _, its in happened for _, cents in its]
    traps = Counter(
        P31_obligated_cents=sum(cents for cents in money if cents > 0),
        P31_deobligated_cents=-sum(cents for cents in money if cents < 0),
        P31_actions_that_take_money_back=sum(cents < 0 for cents in money),
        P38_actions_in_the_fourth_calendar_quarter=sum(
            day.month >= 10 for _, its in happened for day, _ in its
        ),
    )
    return FeedAnswer(len(good) + 2, len(good), quarantined=1, dropped_identical=1), traps
