"""Who stands in a feed's protected columns, read from the kept bytes on the day of a cut.

Protected columns never land, not even in the private warehouse. A record takes part only if it
landed, so that what is withheld, doubled or in quarantine is not counted; where the complaint
happened and how it ended is what its public row says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines import parsers, snapshots
from pipelines.contract_people import People
from pipelines.contracts import Contract
from pipelines.disclosure.tables import Person
from pipelines.disclosure.vocabulary import Minors, Vocabulary, age_band
from pipelines.failures import DataRefused
from pipelines.parsers.parsed import RECORD, Odd, Parsed, literal, quoted
from pipelines.settings import Settings
from pipelines.snapshots import Part, Snapshot

FACTS = ("district", "category", "resolution_class")
YEAR = "received_year"
Written = Mapping[str, str | None]


@dataclass(frozen=True)
class Received:
    """One person, and the day on which the oversight body received the complaint."""

    person: Person
    day: date


@dataclass(frozen=True)
class Facts:
    """What the public row of a complaint says of it."""

    received: date
    dimensions: Mapping[str, str | None]


def complaints_from(
    connection: duckdb.DuckDBPyConnection, jurisdiction: str, first: date, last: date
) -> dict[str, Facts]:
    """The public complaints of a jurisdiction received from one day to another, by number."""
    rows = connection.execute(
        f"select complaint_id, received_date, {', '.join(FACTS)} from marts.complaints "
        f"where jurisdiction = {literal(jurisdiction)} and received_date between "
        f"date '{first}' and date '{last}' order by complaint_id"
    ).fetchall()
    return {
        row[0]: Facts(row[1], dict(zip(FACTS, row[2:], strict=True)) | {YEAR: str(row[1].year)})
        for row in rows
    }


def written_rows(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    people: People,
    snapshot: Snapshot,
    settings: Settings,
    work: Path,
) -> Iterator[Written]:
    """What the landed records of a snapshot say of people, in the order of the file."""
    before = 0
    for part in snapshot.parts:
        parsed, rows = _part(connection, contract, people, snapshot, part, settings, work, before)
        before += parsed.received
        yield from rows


def _part(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    people: People,
    snapshot: Snapshot,
    part: Part,
    settings: Settings,
    work: Path,
    before: int,
) -> tuple[Parsed, list[Written]]:
    """One part, read as it was read when it landed: fast, or line by line where that is unsure."""
    blob = snapshots.part_path(settings, part)
    for careful in (False, True):
        try:
            parsed = parsers.parse(contract, snapshot, part, blob, work, careful=careful)
            return parsed, _landed(connection, contract, people, parsed, part.name, before)
        except (Odd, duckdb.InvalidInputException, duckdb.ConversionException):
            continue
    raise DataRefused(f"{part.name!r} cannot be read again.", place=contract.name)


def _landed(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    people: People,
    parsed: Parsed,
    part: str,
    before: int,
) -> list[Written]:
    grouped = people.person if isinstance(people.person, tuple) else ()
    names = list(dict.fromkeys([people.complaint, *grouped, *people.attributes.values()]))
    columns = ", ".join(f"stated.{quoted(name)}" for name in names)
    counted = connection.execute(f"select count(*) from {parsed.relation}").fetchone()
    if not counted or counted[0] != parsed.records:
        raise Odd
    rows = connection.execute(
        f"select {columns} from (select * from {parsed.relation}) as stated "
        f"join {contract.raw_table} as landed "
        f"on landed._row_number = stated.{RECORD} + {before} and landed._part = {literal(part)} "
        "order by landed._row_number"
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def persons(
    rows: Iterable[Written],
    people: People,
    complaints: Mapping[str, Facts],
    vocabulary: Vocabulary,
    minors: Minors,
) -> list[Received]:
    """One entry for each person of each public complaint, in our own words.

    Where the rows of one person disagree about an attribute, it is unknown.
    """
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for number, row in enumerate(rows):
        complaint = (row[people.complaint] or "").strip()
        if complaint not in complaints:
            continue
        said = _said(row, people, vocabulary, minors)
        identity = _identity(row, people, said, number)
        if identity is not None:
            known = found.setdefault((complaint, *identity), said)
            found[complaint, *identity] = {
                name: value if known[name] == value else "unknown" for name, value in said.items()
            }
    return [
        Received(Person(key[0], said, complaints[key[0]].dimensions), complaints[key[0]].received)
        for key, said in found.items()
    ]


def _said(row: Written, people: People, words: Vocabulary, minors: Minors) -> dict[str, str]:
    said = {
        name: words.value(name, row[column])
        for name, column in people.attributes.items()
        if name != "age"
    }
    return said | ({"age_band": age_band(row[people.age], minors)} if people.age else {})


def _identity(
    row: Written, people: People, said: Mapping[str, str], number: int
) -> tuple[str, ...] | None:
    """What makes rows of one complaint the same person; none for a row that names nobody.

    Two spellings of one word are one word here.
    """
    if people.person == "complaint":
        return ()
    if people.person == "row":
        return (str(number),)
    if not any((row[column] or "").strip() for column in people.person):
        return None
    meant = {people.race: said.get("race"), people.sex: said.get("sex")}
    return tuple(
        meant.get(column) or " ".join((row[column] or "").casefold().split())
        for column in people.person
    )
