"""The values that must be public nowhere, taken from the very bytes that the sources sent.

Protected columns and narratives never land, so a scan cannot ask the warehouse for them: it reads
the kept snapshots again. Only hashes of them are held, and only while the scan runs.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb

from pipelines import parsers, snapshots
from pipelines.contracts import Contract
from pipelines.failures import DataRefused
from pipelines.parsers.parsed import Odd, Parsed, quoted
from pipelines.scans.encodings import BORDER, spelled_out, words
from pipelines.scans.identifying import Run, Told, runs_of, told_by
from pipelines.settings import Settings
from pipelines.snapshots import Part, Snapshot


@dataclass
class Known:
    """Hashes of runs of words, each with the source column it was met in first."""

    places: dict[int, str] = field(default_factory=dict)
    starts: dict[str, set[int]] = field(default_factory=dict)
    """The lengths of the runs that begin with a word."""

    def add(self, runs: Iterable[Run], place: str) -> None:
        """Remember runs of words as values of one place."""
        for run in runs:
            self.places.setdefault(hash(run), place)
            self.starts.setdefault(run[0], set()).add(len(run))

    def found_in(self, text: str) -> dict[int, str]:
        """The runs that stand in a text, by hash, each with its source column."""
        said, found = words(text), dict[int, str]()
        for at, word in enumerate(said):
            for length in self.starts.get(word, ()):
                run = hash(tuple(said[at : at + length]))
                if run in self.places:
                    found[run] = self.places[run]
        return found


def gather(settings: Settings, contracts: Sequence[Contract]) -> Known:
    """The values of all columns that may not be public, as the current snapshots have them."""
    known, groups = Known(), _words_for_groups(settings)
    for contract in contracts:
        for told, values in _values(settings, contract, told_by(contract)):
            known.add((run for run in runs_of(told, values) if run not in groups), told.place)
    return known


def stated_publicly(
    settings: Settings, contracts: Sequence[Contract], known: Known, found: Iterable[int]
) -> set[int]:
    """Which of the runs found a source itself states in a column that is public.

    A member's name in the title of a motion is not ours to hide, and what the project's own words
    say is no person's. Looked up only when something was found, because it takes long.
    """
    wanted = set(found)
    if not wanted:
        return set()
    ours = BORDER.join(_own_words(settings))
    public = known.found_in(ours).keys() & wanted
    for contract in contracts if wanted - public else ():
        columns = [column.name for column in contract.columns if column.klass == "public"]
        public |= _standing_in(settings, contract, columns, known) & wanted
    return public


def named_by_policy(
    settings: Settings, contracts: Sequence[Contract], known: Known, found: Iterable[int]
) -> set[int]:
    """Which of the runs found name an officer whom a policy lets be named.

    A name that stands in a protected column of another feed as well, as a supervisor's, is one.
    """
    wanted, named = set(found), set[int]()
    for contract in contracts if wanted else ():
        if contract.policy.officers.names == "public":
            columns = [column.name for column in contract.columns if column.officer == "name"]
            named |= _standing_in(settings, contract, columns, known) & wanted
    return named


def _standing_in(
    settings: Settings, contract: Contract, columns: Sequence[str], known: Known
) -> set[int]:
    """The known runs that stand in some columns of a feed."""
    found = set[int]()
    for _, values in _values(settings, contract, [Told(n, quoted(n)) for n in columns]):
        text = BORDER.join(values)
        found |= known.found_in(f"{text}{BORDER}{spelled_out(text)}").keys()
    return found


def _own_words(settings: Settings) -> Iterator[str]:
    """The contracts, descriptions and vocabularies of the project, which anybody can read."""
    files = [*settings.dbt_project.rglob("*.yml"), *settings.dbt_project.rglob("seeds/*.csv")]
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        yield " ".join(lines) if file.suffix == ".yml" else BORDER.join(lines)


def _words_for_groups(settings: Settings) -> frozenset[Run]:
    """The words of agencies for a race, a sex or an age: many people share each."""
    file = settings.dbt_project / "seeds" / "demographics.csv"
    if not file.is_file():
        return frozenset()
    with file.open(encoding="utf-8", newline="") as lines:
        return frozenset(tuple(words(row["local_value"])) for row in csv.DictReader(lines))


def _values(
    settings: Settings, contract: Contract, wanted: Sequence[Told]
) -> Iterator[tuple[Told, list[str]]]:
    """All different values in the snapshot that was accepted last."""
    snapshot = snapshots.latest(settings, contract) if wanted else None
    if snapshot is None:
        return
    settings.work.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": 1, "memory_limit": settings.memory_limit}) as duck:
        for part in snapshot.parts:
            found = _part(duck, contract, wanted, snapshot, part, settings)
            yield from zip(wanted, found, strict=True)


def _part(
    duck: duckdb.DuckDBPyConnection,
    contract: Contract,
    wanted: Sequence[Told],
    snapshot: Snapshot,
    part: Part,
    settings: Settings,
) -> list[list[str]]:
    """One part, read as it was read when it landed: fast, or line by line where that is unsure."""
    blob, work = snapshots.part_path(settings, part), settings.work
    for careful in (False, True):
        try:
            parsed = parsers.parse(contract, snapshot, part, blob, work, careful=careful)
            return _different(duck, parsed, wanted)
        except (Odd, duckdb.InvalidInputException, duckdb.ConversionException):
            continue
    raise DataRefused("One of its kept files cannot be read again.", place=contract.name)


def _different(
    duck: duckdb.DuckDBPyConnection, parsed: Parsed, wanted: Sequence[Told]
) -> list[list[str]]:
    kept = ", ".join(f"list(distinct {told.sql})" for told in wanted)
    row = duck.execute(f"select count(*), {kept} from {parsed.relation}").fetchone()
    if not row or row[0] != parsed.records:
        raise Odd
    return [[value for value in values or () if value] for values in row[1:]]
