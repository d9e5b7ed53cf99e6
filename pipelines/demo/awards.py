"""The federal grants of the demo, as a reply of the USAspending award search."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from pipelines.demo.answers import FeedAnswer

AWARDS_AT_SCALE_ONE = 120

RECIPIENTS = (
    ("CITY OF LARKHAVEN", "LARKHAVEN"), ("COUNTY OF LARK", "LARKHAVEN"),
    ("LARKHAVEN UNIFIED SCHOOL DISTRICT", "LARKHAVEN"), ("CITY OF GULL ISLAND", "GULL ISLAND"),
    ("TOWN OF MILL CREEK (INVENTED)", "MILL CREEK"),
)  # fmt: skip
PROSE = (
    "INVENTED AWARD. FUNDS {n} OFFICER POSITIONS; AN AWARD FUNDS POSITIONS AND DOES NOT SAY HOW "
    "MANY OFFICERS WERE HIRED OR RETAINED."
)
# The letters in the old award numbers with their programme, and the ending of the new ones.
OLD_PROGRAMS = (
    ("CK", "CHP"),
    ("UM", "CHP"),
    ("HE", "TRGP-E/T"),
    ("HH", "TRGP-HIRE"),
    ("SV", "SVPP"),
)
NEW_PROGRAMS = ("UHPX", "SVPP", "TECP")

Award = dict[str, Any]


def award(number: int, chance: Random) -> Award:
    """One award: coded until fiscal year 2021, in prose and with outlays after it."""
    year = chance.randint(2011, 2026)
    recipient, city = RECIPIENTS[min(chance.randint(0, 9), 4)]
    amount = chance.choice([0.125, 0.25, 0.375, 0.5, 0.75, 1.25, 2.0]) * 1_000_000.0
    # A federal fiscal year begins in October of the year before.
    start = chance.choice([date(year - 1, 10, 1), date(year, 7, 1), date(year, 9, 1)])
    if year <= 2021:
        letters, description = chance.choice(OLD_PROGRAMS)
        award_id = f"{year}{letters}WX{number:04d}"
        outlays = None
    else:
        award_id = f"15JCOPS{year % 100}GG{number:05d}{chance.choice(NEW_PROGRAMS)}"
        description = PROSE.format(n=chance.randint(1, 20))
        outlays = chance.choice([None, 0.0, round(amount * chance.random(), 2)])
    return shaped(award_id, recipient, city, amount, outlays, start, description)


def shaped(
    award_id: str | None,
    recipient: str,
    city: str,
    amount: float,
    outlays: float | None,
    start: date,
    description: str,
) -> Award:
    """The fields of an award under the names and in the order of the reply."""
    return {
        "internal_id": sum(ord(letter) * 31 for letter in award_id or ""),
        "Award ID": award_id,
        "Recipient Name": recipient,
        "Award Amount": amount,
        "Total Outlays": outlays,
        "Start Date": start.isoformat(),
        "End Date": start.replace(year=start.year + 3).isoformat(),
        "Description": description,
        "CFDA Number": listing(award_id or "", start),
        "Recipient Location": {"country_name": "USA", "state_code": "CA", "city_name": city},
        "generated_internal_id": f"ASST_NON_{award_id}_015",
    }


def listing(award_id: str, start: date) -> str:
    """Assistance listing: school violence awards moved to their own with fiscal year 2025."""
    return "16.071" if award_id.endswith("SVPP") and start >= date(2024, 10, 1) else "16.710"


def coded(award_id: str | None, amount: float, outlays: float | None, start: date) -> Award:
    """A planted award to the city."""
    return shaped(award_id, "CITY OF LARKHAVEN", "LARKHAVEN", amount, outlays, start, "CHP")


def planted() -> list[Award]:
    """P31 and P32: negative, zero, unreported. P38: the last and first day of a fiscal year."""
    return [
        coded("2014UMWX9001", -30851.29, None, date(2014, 7, 1)),
        coded("2014UMWX9002", 0.0, None, date(2014, 7, 1)),
        coded("2020UMWX9003", 0.0, 0.0, date(2020, 10, 2)),
        coded("2018UMWX9004", 500000.0, None, date(2018, 9, 30)),
        coded("2019UMWX9005", 500000.0, None, date(2018, 10, 1)),
        coded("15JCOPS23GG09006UHPX", 875000.0, 912345.67, date(2022, 10, 1)),
    ]


def reply(awards: list[Award]) -> dict[str, Any]:
    """The document around the awards."""
    page = {"page": 1, "hasNext": False, "last_record_unique_id": None,
            "last_record_sort_value": "None"}  # fmt: skip
    return {
        "spending_level": "awards",
        "limit": len(awards),
        "results": awards,
        "page_metadata": page,
        "messages": ["Invented awards of an invented city, in the shape of the real reply."],
    }


def good_awards(scale: float, seed: int) -> list[Award]:
    """The awards that load: the drawn ones, then the planted ones."""
    chance = Random(seed + 1)  # noqa: S311
    count = max(20, round(AWARDS_AT_SCALE_ONE * scale**0.5))
    return [*(award(number, chance) for number in range(1, count + 1)), *planted()]


def write_awards(path: Path, scale: float, seed: int) -> tuple[FeedAnswer, Counter[str]]:
    """Write the awards and return what must become of them and the traps among those that load."""
    good = good_awards(scale, seed)
    conflict = [coded("2015UMWX9010", dollars, None, date(2015, 7, 1)) for dollars in (1.0, 2.0)]
    bad = [coded(None, 125000.0, None, date(2016, 7, 1)), *conflict]
    document = reply([*good, good[3], *bad])
    path.write_text(json.dumps(document), encoding="utf-8")
    traps = Counter(
        P31_negative_awards=sum(a["Award Amount"] < 0 for a in good),
        P31_zero_awards=sum(a["Award Amount"] == 0 for a in good),
        P32_outlays_not_reported=sum(a["Total Outlays"] is None for a in good),
        P32_outlays_of_zero=sum(a["Total Outlays"] == 0 for a in good),
        P38_awards_starting_in_the_fourth_calendar_quarter=sum(
            a["Start Date"][5:7] >= "10" for a in good
        ),
    )
    return FeedAnswer(len(document["results"]), len(good), len(bad), 1), traps
