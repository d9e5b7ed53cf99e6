"""What may be true of an invented complaint."""

from __future__ import annotations

import random
from datetime import date, timedelta

FIRST_NIGHT = date(2024, 1, 1)
CHOICES = {
    "status": ("Open", "Under investigation", "Awaiting board", "Closed"),
    "finding": ("Sustained", "Not sustained", "Unfounded"),
    "district": ("North", "East", "South", "West", "Harbor"),
    "complainant_race": ("Asian", "Black", "Hispanic", "White"),
}


def fact(lot: random.Random, column: str, who: int) -> str:
    """Something that may stand in `column` for record `who`, drawn by lot."""
    match column:
        case "incident_date" | "received_date" | "closed_date":
            return (FIRST_NIGHT - timedelta(days=lot.randrange(1500))).isoformat()
        case "officer_count":
            return str(lot.randrange(1, 12))
        case "investigator_badge":
            return str(lot.randrange(100, 130))
        case "narrative":
            return f'Complaint {who}, "as told", version {lot.randrange(10**6)}.'
        case _:
            return lot.choice(CHOICES[column])
