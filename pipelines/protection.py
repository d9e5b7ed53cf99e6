"""The protect step: cuts what is due, and puts every frozen cut before the public tables.

It runs once the public tables are built, because place and outcome are theirs to say, and before
anything is written for the public.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines import count_cells, ingest, warehouse
from pipelines.contract_people import People
from pipelines.contracts import Contract
from pipelines.disclosure import cuts, frozen, people
from pipelines.disclosure.frozen import Frozen
from pipelines.disclosure.quarters import last_closed
from pipelines.disclosure.vocabulary import Minors, Vocabulary, load_vocabulary
from pipelines.failpoints import reached
from pipelines.parsers.parsed import literal
from pipelines.policies import Policy, load_policies
from pipelines.settings import Settings
from pipelines.snapshots import Snapshot

if TYPE_CHECKING:
    from pipelines.ingest import Fetched

Tell = Callable[[str], None]


def due(settings: Settings, contracts: Sequence[Contract]) -> str:
    """Changes on the day on which another quarter may be cut; empty where nobody is counted."""
    return str(last_closed(_today(settings))) if any(c.meta.people for c in contracts) else ""


def protect(
    settings: Settings,
    contracts: Sequence[Contract],
    fetched: Mapping[str, Fetched],
    tell: Tell,
) -> list[Frozen]:
    """Make the cuts that are due, then fill the tables of counts with all that are frozen.

    Raises `PrivacyRefused` when a new cut could be undone, `StorageFailed` when a frozen one is
    not as it was written.
    """
    known = frozen.ledger(settings, settings.jurisdictions)
    frozen.refuse_lost(settings, known)
    policies = load_policies(settings.dbt_project, settings.jurisdictions)
    for contract in contracts:
        policy = policies[contract.jurisdiction]
        one = fetched[contract.name]
        if policy.demographics.publish and not one.absent:
            for who in contract.meta.people:
                known += _cut(settings, one, who, policy, known, tell)
    files = frozen.files(settings, known)
    with warehouse.connect(settings) as connection:
        count_cells.fill(connection, known, files)
    reached("count tables filled")
    return known


def _cut(
    settings: Settings,
    one: Fetched,
    who: People,
    policy: Policy,
    known: Sequence[Frozen],
    tell: Tell,
) -> list[Frozen]:
    """The cuts of one role that are due today, frozen."""
    contract, snapshot = one.contract, one.snapshot
    jurisdiction = contract.jurisdiction
    done_until = frozen.until(known, jurisdiction, who.role)
    with warehouse.connect(settings) as connection:
        first = _first_day(connection, jurisdiction)
        quarters = cuts.waiting(first, done_until, _complete_until(settings, one))
        if not quarters:
            return []
        tell(f"counting people of {contract.name}")
        words = load_vocabulary(settings.dbt_project, jurisdiction)
        days = quarters[0].first_day, quarters[-1].last_day
        complaints = people.complaints_from(connection, jurisdiction, *days)
        minors = policy.demographics.minors
        received = _people(connection, contract, who, snapshot, settings, complaints, words, minors)
    if words.strange:
        tell(f"{contract.name}: {len(words.strange)} word(s) for race or sex count as unknown")
    threshold = policy.demographics.threshold
    possible = cuts.possible_values(words, who.attributes)
    found = []
    for span, inside in cuts.cuts_of(received, quarters, threshold, is_first=not done_until):
        made = cuts.made(jurisdiction, who.role, span, inside, threshold, possible, _attack)
        found.append(frozen.freeze(settings, span, made.tables, made.rows))
    return found


def _people(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    who: People,
    snapshot: Snapshot,
    settings: Settings,
    complaints: Mapping[str, people.Facts],
    words: Vocabulary,
    minors: Minors,
) -> list[people.Received]:
    """Who is in the landed records of the very snapshot that the public tables were made of."""
    read = ingest.as_read(contract, snapshot, settings)
    folder = settings.work / "counting"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        rows = people.written_rows(connection, contract, who, read, settings, folder)
        return people.persons(rows, who, complaints, words, minors)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _complete_until(settings: Settings, one: Fetched) -> date:
    """The day up to which late records can have come in: today, unless the data are older."""
    if one.snapshot.as_of:
        return min(_today(settings), date.fromisoformat(one.snapshot.as_of))
    return date.fromisoformat(one.snapshot.fetched_at[:10]) if one.held else _today(settings)


def _first_day(connection: duckdb.DuckDBPyConnection, jurisdiction: str) -> date | None:
    """The day of the first complaint that the public can see."""
    answer = connection.execute(
        "select min(received_date) from marts.complaints "
        f"where jurisdiction = {literal(jurisdiction)}"
    ).fetchone()
    return answer[0] if answer else None


def _attack(
    rows: Sequence[Mapping[str, Any]], truth: Mapping[tuple[str, str, str, str], int], k: int
) -> list[str]:
    """The attacker, imported on the day of a cut alone."""
    from pipelines.attack.truth import found_out

    return found_out(rows, truth, k)


def _today(settings: Settings) -> date:
    return settings.now.astimezone(UTC).date()
