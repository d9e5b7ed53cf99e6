"""Body-worn-camera review lines that carry a trap."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.demo import canaries
from pipelines.demo.planted import IDENTICAL, QUARANTINED, WITHHELD, Planted
from pipelines.demo.planted_complaints import HEAVY, WITHHELD_NUMBERS, planted_id

RAGGED = (f"BR-90000901-1,BR-90000901,{canaries.cell('bwc_reviews', 'cut short', 'Complaint Id')}",)


def line(number: int, complaint_id: str = "", **changes: str) -> Planted:
    """An unremarkable review line, with some cells changed."""
    review_id = f"BR-{number:08d}"
    cells = {
        "Review Line Id": f"{review_id}-1",
        "Review Id": review_id,
        "Complaint Id": complaint_id,
        "Badge": "B10007",
        "Officer Name": "Birch, Ivy",
        "Event Date": "2023-02-28",
        "Reviewed Date": "2023-03-20",
        "District": "Old Town",
        "Camera Status": "ON",
        "Selected By": "Complaint" if complaint_id else "Random draw",
    }
    return Planted(cells).but(**changes)


def cells_of_many() -> Iterator[Planted]:
    """P21 and P30: several kinds of violation in one cell, with stray spaces around the bars."""
    heavy = planted_id(HEAVY)
    yield line(90000001, heavy, Violations="Failed to activate|No notification|Muted")
    yield line(90000002, heavy, Violations="late activation | EARLY DEACTIVATION")
    yield line(90000003, heavy, Violations="No notification|No notification")


def requests() -> Iterator[Planted]:
    """Footage said not to exist and found later; a request still open after two years."""
    asked = {"Requested Date": "2023-03-01", "Request Outcome": "Found later"}
    yield line(90000010, **asked).but(Fulfilled_Date="2023-09-01")
    yield line(90000011, **asked).but(Request_Outcome="Open")


def others() -> Iterator[Planted]:
    """P18, P20, P35; a complaint nobody filed; a footage word nobody knows; no way of choosing."""
    yield line(90000020).but(Event_Date="1900-01-01")
    yield line(90000021).but(Reviewed_Date="2031-01-01")
    yield line(90000022).but(Badge="UNK", Officer_Name="")
    for step, number in enumerate(WITHHELD_NUMBERS):
        yield line(90000030 + step, planted_id(number)).but(WITHHELD)
    yield line(90000040, planted_id(9_000_900))
    for number in (90000050, 90000051, 90000052):
        yield line(number).but(Camera_Status="SEE SGT NOTES")
    for number in (90000055, 90000056):
        yield line(number, Violations="Late activation").but(Selected_By="")


def refused() -> Iterator[Planted]:
    """Blank keys, a line sent twice, and two versions of a line under one key."""
    yield line(90000060).but(QUARANTINED, Review_Line_Id="")
    for number in (90000061, 90000062, 90000063):
        yield line(number)
        yield line(number).but(IDENTICAL)
    for camera in ("ON", "OFF"):
        yield line(90000064).but(QUARANTINED, Camera_Status=camera)


def planted_reviews() -> list[Planted]:
    """All planted review lines, in the order in which they stand in the file."""
    parts = (cells_of_many, requests, others, refused)
    records = (record for part in parts for record in part())
    return canaries.among("bwc_reviews", "Review Line Id", records)
