"""Allegations that carry a trap, most of them against the planted complaints."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.demo import canaries
from pipelines.demo.planted import QUARANTINED, WITHHELD, Planted
from pipelines.demo.planted_complaints import (
    HEAVY,
    MASS_FIRST,
    MASS_SIZE,
    OVERTURNED,
    REOPENED,
    TWIN_PAIRS,
    WITHHELD_NUMBERS,
    planted_id,
)
from pipelines.demo.words import GENDERS, RACES

HEAVY_SIZE = 57
IDENTICAL_COPIES = 3
RAGGED = (
    "LH-2023-9000001,B10007",
    "LH-2023-9000001,B10007,Birch, Ivy,Officer,Discourtesy,Unfounded,,33,Other,F,"
    + canaries.cell("allegations", "a cell too many", "Allegation Text"),
)


def against(complaint_id: str, badge: str = "B10007", **changes: str) -> Planted:
    """An unremarkable allegation of one complaint, with some cells changed."""
    cells = {
        "Complaint Id": complaint_id,
        "Badge": badge,
        "Officer Name": "Birch, Ivy",
        "Officer Rank": "Officer",
        "Allegation": "Discourtesy",
        "Finding": "Unfounded",
        "Complainant Age": "41",
        "Complainant Race": "Other",
        "Complainant Gender": "F",
        "Allegation Text": f"Invented allegation against {badge}, {complaint_id}.",
    }
    return Planted(cells).but(**changes)


def crowds() -> Iterator[Planted]:
    """P1: 57 allegations of one complaint, of which the last alone is sustained. P16."""
    heavy = planted_id(HEAVY)
    for step in range(HEAVY_SIZE):
        finding = "Sustained" if step == HEAVY_SIZE - 1 else "Unfounded"
        yield against(heavy, f"B{20000 + step}", Allegation="Force - Physical", Finding=finding)
    for step in range(MASS_SIZE):
        march = against(planted_id(MASS_FIRST + step, 2020), Allegation="Force - Physical")
        text = f"Invented march {MASS_FIRST + step}."
        yield march.but(Allegation_Text=text, **marcher(step))


def marcher(step: int) -> dict[str, str]:
    """One of those who complained about the march: people as the drawn ones are."""
    return {
        "Complainant_Age": str(17 + 7 * step % 41),
        "Complainant_Race": RACES[13 * step % len(RACES)] or "",
        "Complainant_Gender": GENDERS[7 * step % len(GENDERS)] or "",
    }


def repeats() -> Iterator[Planted]:
    """P1: identical rows that are right, one an unnamed officer each. P20: nobody identified."""
    unknown = {"Badge": "", "Officer Name": "UNKNOWN UNKNOWN", "Officer Rank": ""}
    complaint_id = planted_id(9_000_560)
    for _ in range(1 + IDENTICAL_COPIES):
        yield against(complaint_id, **unknown)


def states() -> Iterator[Planted]:
    """P10, P34 and P35, as the complaints of the same numbers; P19 twins name the same officer."""
    for number in REOPENED:
        yield against(planted_id(number))
    for number in OVERTURNED:
        yield against(planted_id(number), Finding="Sustained - Overturned", Discipline="Reprimand")
    for number in WITHHELD_NUMBERS:
        yield against(planted_id(number)).but(WITHHELD, Finding="Exonerated")
    for pair in TWIN_PAIRS:
        yield against(planted_id(pair), "B10014")
        yield against(planted_id(pair + 50), "B10014")


def spellings() -> Iterator[Planted]:
    """P12 and the clerks: one finding in several spellings; two findings that nobody mapped."""
    complaint_id = planted_id(9_000_566, 2024)
    for place, word in enumerate(("SUSTAINED", "Sustained ", " sustained", "Sustained")):
        yield against(complaint_id, f"B{10100 + place}", Finding=word, Discipline="Retraining")
    for place, word in enumerate(("UNABLE TO DETERMINE", "Unable  to  Determine ")):
        yield against(complaint_id, f"B{10110 + place}", Finding=word)
    for place in range(2):
        yield against(planted_id(9_000_562), f"B{10120 + place}", Finding="See Legal Memo")


def orphans() -> Iterator[Planted]:
    """Allegations of complaints that the complaints file lacks, as real exports have."""
    for number in (9_000_900, 9_000_901):
        yield against(planted_id(number))


def refused() -> Iterator[Planted]:
    """An allegation of no complaint at all."""
    yield against("").but(QUARANTINED)


def planted_allegations() -> list[Planted]:
    """All planted allegations, in the order in which they stand in the file."""
    parts = (crowds, repeats, states, spellings, orphans, refused)
    records = (record for part in parts for record in part())
    return canaries.among("allegations", "Complaint Id", records)
