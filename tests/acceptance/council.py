"""How the meetings of New York's council are read without the project."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from tests.acceptance.conftest import FILES
from tests.measures.facts.hearings import Place

FILE = FILES / "meetings_nyc_council" / "events_public_safety.ndjson.gz"


def status(event: dict[str, Any]) -> str:
    """Both words of the clerk; a place that says that nothing takes place goes before them."""
    where = event["Location"].lower()
    if "cancel" in where:
        return "place Cancelled"
    if any(part in where for part in ("defer", "postpone", "reschedule")):
        return "place Deferred"
    return f"agenda {event['AgendaStatusName']}, minutes {event['MinutesStatusName']}"


NEW_YORK = Place("new_york_council", "NY", ZoneInfo("America/New_York"), date(2026, 8, 21), status)
