"""Every measure of complaints and of time of four cities, recomputed from the cities' own files.

The files are read, given meaning and counted by plain Python that shares nothing with the models.
Prints counts, and never a row.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import holidays
import pytest
import yaml

from pipelines.manifest import Manifest
from pipelines.settings import PROJECT
from tests.acceptance.conftest import FILES
from tests.acceptance.raw_cities import READERS
from tests.acceptance.raw_facts import Fact, facts
from tests.acceptance.released_measures import released_measures
from tests.measures.by_hand.complaints import complaints
from tests.measures.by_hand.differences import differences
from tests.measures.by_hand.durations import durations
from tests.measures.by_hand.gate import Shown, Told, count

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]
STATES = {"philadelphia": "PA", "detroit": "MI", "new_orleans": "LA", "chicago": "IL"}
LAST_DAYS = {
    "philadelphia": date(2020, 4, 30),
    "detroit": date(2020, 5, 31),
    "new_orleans": date(2020, 2, 14),
    "chicago": date(2023, 8, 31),
}
FAMILIES = ("complaints", "time")
GROUPS = ("category", "intake_channel", "district")
ENDS = ("resolution_class", "finding", "truncation_reason", "alternative_kind", "void_reason")


def plain(city: str, fact: Fact) -> dict[str, Any]:
    """A fact in the form in which the recomputation takes it."""
    end = fact.outcome
    told = [end.resolution_class, end.finding, end.truncation_reason, end.alternative_kind,
            end.void_reason] if end else [None] * 5  # fmt: skip
    return {
        "jurisdiction": city,
        "complaint_id": fact.complaint,
        "incident_number": None,
        "incident_date": None,
        "received_date": fact.received,
        "closed_date": fact.closed,
        "reopened_date": None,
        "status": fact.status,
        "category": fact.category or None,
        "intake_channel": fact.channel or None,
        "district": fact.district,
        "officer_key": fact.officer,
        "outcome_word": " ".join((fact.outcome_word or "").split()).lower(),
        **{name: word or None for name, word in zip(ENDS, told, strict=True)},
    }


def register() -> dict[str, dict[str, Any]]:
    """The metrics of the two families by name, as the register's files state them."""
    files = (PROJECT / "dbt_project" / "metrics" / f"{name}.yml" for name in FAMILIES)
    return {
        metric["metric"]: metric
        for file in files
        for metric in yaml.safe_load(file.read_text())["metrics"]
    }


def populations(city: str) -> dict[str, set[str]]:
    """Which records the sources of a city hold, by feed; one table may serve two feeds."""
    file = PROJECT / "dbt_project" / "models" / "staging" / city / f"_{city}__sources.yml"
    tables = yaml.safe_load(file.read_text())["sources"][0]["tables"]
    locations = yaml.safe_load(Path(__file__).with_name("locations.yml").read_text())["locations"]
    told: dict[str, set[str]] = {}
    for table in tables:
        meta = table["config"]["meta"]
        if not locations.get(f"{city}.{table['name']}", {}).get("absent"):
            told.setdefault(meta["feed"], set()).add(meta["population"])
    told.setdefault("complaints", told.get("allegations", set()))
    return told


def allowed(told: Told, city: str) -> Told:
    """The same numbers, without those that the choice of records makes wrong."""
    known, held = register(), populations(city)
    shown: Told = {}
    for key, number in told.items():
        metric = known[key[1]]
        if set(metric.get("not_valid_for", ())) & held.get(metric["feed"], set()):
            number = Shown(None, None, None, state="not_valid", first_day=number.first_day)
        shown[key] = number
    return shown


def naive_aside(told: Told) -> Told:
    """Numbers of metrics that are published as themselves."""
    naive = {name for name, metric in register().items() if metric.get("naive")}
    return {key: number for key, number in told.items() if key[1] not in naive}


def stated(told: Told) -> Told:
    """Without groups of which a city never says anything, and officers that it does not tell."""
    words: dict[tuple[str, str], set[str]] = {}
    for _, metric, _, _, dimension, value in told:
        words.setdefault((metric, dimension), set()).add(value)
    silent = {
        which for which, said in words.items() if which[1] in GROUPS and said == {"not_stated"}
    }
    return {key: number for key, number in told.items() if (key[1], key[4]) not in silent}


def by_hand(city: str) -> Told:
    """All numbers of the two families that a city's own files give."""
    named, alleged = (
        [plain(city, fact) for fact in part] for part in facts(READERS[city](FILES / city))
    )
    told = complaints(named, alleged)
    if not any(fact["officer_key"] for fact in alleged):
        told = {key: number for key, number in told.items() if "officer" not in key[1]}
    events = "complaints_received_without_mass_incidents"
    told = {key: number for key, number in told.items() if key[1] != events}
    return naive_aside(allowed(stated(told | timed(city, named)), city))


def timed(city: str, named: list[dict[str, Any]]) -> Told:
    """The times, of a city that tells on which day nine in ten of its closed cases were closed."""
    real = [f for f in named if "void" not in (f["status"], f["resolution_class"])]
    over = [f for f in real if f["status"] not in ("open", "reopened", "tolled")]
    if sum(f["closed_date"] is not None for f in over) < 0.9 * len(over):
        cells = (("all", "all"), ("left_out", "closing_days_not_told"))
        return {
            (city, "complaints_without_clock", "all", "all", *c): count(len(real)) for c in cells
        }
    off = holidays.country_holidays("US", subdiv=STATES[city], years=range(1990, 2051))
    told = durations(named, [], LAST_DAYS[city], set(off))
    if sum(f["resolution_class"] is not None for f in over) >= 0.9 * len(over):
        return told
    # How they ended is not told of enough of them to say which were not sustained.
    return {
        key: replace(number, value=None, lower=None, upper=None, state="not_reached")
        if key[1].startswith("sustain_rate_received") and number.state == "shown"
        else number
        for key, number in told.items()
    }


@pytest.mark.parametrize("city", READERS)
def test_every_measure_is_the_one_made_by_hand_of_the_citys_own_files(
    site: tuple[Manifest, Path, str], city: str
) -> None:
    told = by_hand(city)
    found = differences(told, released_measures(site[1], city, register()))
    print(f"\n{city}: {len(told):,} numbers by hand, {len(found)} differ")
    assert not found, f"{len(found)} differ, the first: {found[:5]}"
