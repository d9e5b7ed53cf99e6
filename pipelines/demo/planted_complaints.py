"""Complaints that carry a trap. Their numbers start at 9,000,000, where no drawn one can be.

The number of the pitfall that each function plants is in its docstring.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pipelines.demo import canaries
from pipelines.demo.planted import IDENTICAL, LOADED, QUARANTINED, WITHHELD, Planted

HEAVY = 9_000_001
MASS_FIRST, MASS_SIZE = 9_000_100, 120
MASS_INCIDENT = "INC-2020-HARBOUR-MARCH"
REOPENED = range(9_000_300, 9_000_306)
OVERTURNED = range(9_000_320, 9_000_325)
WITHHELD_WORDS = ("EXPUNGED", "Expunged", " expunged ", "SEALED", "Sealed", "DELETED", "deleted")
WITHHELD_NUMBERS = range(9_000_340, 9_000_340 + len(WITHHELD_WORDS))
TWIN_PAIRS = range(9_000_400, 9_000_404)

# A record cut short and one with a cell too many: both belong in quarantine.
RAGGED = (
    f"LH-2024-9000701,INC-09000701,{canaries.cell('complaints', 'cut short', 'Received Date')}",
    "LH-2024-9000702,,01/08/2024,01/09/2024,,,Harbor,Discourtesy,Closed,Unfounded,,1,,Bare, "
    + canaries.cell("complaints", "a cell too many", "Summary"),
)


def planted_id(number: int, year: int = 2023) -> str:
    """The complaint number of a planted case."""
    return f"LH-{year}-{number}"


def us(day: date) -> str:
    """A date as the portal's CSV export writes it."""
    return day.strftime("%m/%d/%Y")


def plain(number: int, received: date = date(2023, 3, 1), **changes: str) -> Planted:
    """A closed, unremarkable complaint, with some cells changed."""
    cells = {
        "Complaint Id": planted_id(number, received.year),
        "Incident Number": f"INC-{number:08d}",
        "Incident Date": us(received - timedelta(days=1)),
        "Received Date": us(received),
        "Closed Date": us(received + timedelta(days=200)),
        "District": "Old Town",
        "Category": "Discourtesy",
        "Status": "Closed",
        "Finding": "Unfounded",
        "Intake Channel": "Web form",
        "Complainant Count": "1",
        "Complainants": "F, 41, Unknown",
        "Summary": f"Invented account {number}, planted.",
    }
    return Planted(cells).but(**changes)


def crowds() -> Iterator[Planted]:
    """P1: one complaint of many allegations. P16: one incident, many complaints in four days."""
    yield plain(HEAVY, Finding="Sustained", Category="Force - Physical")
    for step in range(MASS_SIZE):
        day = date(2020, 6, 6) + timedelta(days=(step * step) % 4)
        yield plain(
            MASS_FIRST + step,
            day,
            Incident_Number=MASS_INCIDENT,
            Incident_Date="06/06/2020",
            Category="Force - Physical",
        )


def states() -> Iterator[Planted]:
    """P10 reopened, P34 overturned on appeal, P35 expunged, sealed or deleted."""
    for number in REOPENED:
        yield plain(number, Status="Reopened", Reopened_Date="02/01/2025").but(
            Closed_Date="", Finding=""
        )
    for number in OVERTURNED:
        yield plain(number, Finding="Sustained - Overturned")
    for number, word in zip(WITHHELD_NUMBERS, WITHHELD_WORDS, strict=True):
        yield plain(number).but(WITHHELD, Status=word, Finding="Exonerated")


def odd_dates() -> Iterator[Planted]:
    """P18: dates in the future, in 1900 and at the epoch, and a closing before the receipt."""
    yield plain(9_000_500).but(Received_Date="11/15/2027", Closed_Date="")
    yield plain(9_000_501).but(Received_Date="12/01/2026", Closed_Date="")
    yield plain(9_000_502).but(Incident_Date="03/01/2031")
    yield plain(9_000_503).but(Closed_Date="06/01/3019")
    yield plain(9_000_504).but(Closed_Date="12/01/2026")
    for number in (9_000_510, 9_000_511, 9_000_512):
        yield plain(number).but(Incident_Date="01/01/1900")
    for number in (9_000_520, 9_000_521):
        yield plain(number).but(Incident_Date="01/01/1970")
    for number in (9_000_530, 9_000_531):
        yield plain(number).but(Closed_Date="02/01/2023")


def years_and_twins() -> Iterator[Planted]:
    """P37: incident, receipt and closing in three years. P19: one complaint under two numbers."""
    for number in range(9_000_540, 9_000_545):
        record = plain(number, date(2022, 1, 4), Incident_Date="12/30/2021")
        yield record.but(Complaint_Id=planted_id(number, 2021), Closed_Date="02/20/2023")
    for pair in TWIN_PAIRS:
        twin = plain(pair, District="Mill Creek", Category="Neglect of Duty")
        yield twin
        later = {"Received Date": "03/02/2023", "Complaint Id": planted_id(pair + 50)}
        yield twin.but(**later)


def people_and_words() -> Iterator[Planted]:
    """P22: several complainants in one cell. And a category that no crosswalk knows."""
    for number in range(9_000_560, 9_000_565):
        three = "F, 22, Black|M, , Declined|X, 67, "
        yield plain(number, Complainants=three, Complainant_Count="3")
    yield plain(9_000_566, date(2024, 1, 10), Finding="Sustained")
    yield plain(9_000_570, Category="Drone Overflight")


def refused() -> Iterator[Planted]:
    """Blank keys, a record sent twice, and two versions of a record under one key."""
    for number in (9_000_600, 9_000_601):
        yield plain(number).but(QUARANTINED, Complaint_Id="")
    for number in (9_000_610, 9_000_611):
        yield plain(number)
        yield plain(number).but(IDENTICAL)
    for number in (9_000_620, 9_000_621):
        yield plain(number).but(QUARANTINED)
        yield plain(number).but(QUARANTINED, District="Harbor")


def planted_complaints() -> list[Planted]:
    """All planted complaints, in the order in which they stand in the file."""
    parts = (crowds, states, odd_dates, years_and_twins, people_and_words, refused)
    records = (record for part in parts for record in part())
    return canaries.among("complaints", "Complaint Id", records)


def kept_complaints() -> list[Planted]:
    """The planted complaints that must load: those that other files may speak of."""
    return [record for record in planted_complaints() if record.fate == LOADED]
