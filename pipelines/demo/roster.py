"""The roster of the demo's officers: since when each serves, which says how long they could err."""

from __future__ import annotations

from pipelines.demo import canaries
from pipelines.demo.draws import literal, pick
from pipelines.demo.officers import badge, full_name, rank
from pipelines.demo.planted import LOADED
from pipelines.demo.words import AS_OF

LONGEST_SERVICE = 29


def roster_rows(officers: int) -> str:
    """SQL for one row an officer. A few do not say since when; some badges are on no roster."""
    hired = f"{AS_OF[:4]} - draw(officer, 'service', {LONGEST_SERVICE + 1})"
    told = {h: literal(text) for h, text in canaries.cells("officers", "first").items()}
    return f"""
select {badge("officer")} as "Badge",
    case officer when 0 then {told["Officer Name"]} else {full_name("officer")} end
        as "Officer Name",
    {rank("officer")} as "Officer Rank",
    case when draw(officer, 'unknown service', 50) > 0 then cast({hired} as varchar) end
        as "Year Hired",
    case officer when 0 then {told["Duty Status"]}
        else {pick(["Active"] * 9 + ["On leave"], "officer", "status")} end as "Duty Status",
    '{LOADED}' as fate
from range({officers}) as roster(officer)
order by officer
"""
