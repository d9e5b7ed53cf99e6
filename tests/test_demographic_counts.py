"""People are counted once, small numbers are hidden, and what was counted never changes."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import count_cells, ingest, protection, warehouse
from pipelines.attack.differenced import differenced
from pipelines.attack.published import Published, families_of
from pipelines.attack.truth import found_out
from pipelines.contract_people import People
from pipelines.contracts import check_contracts
from pipelines.disclosure import cuts, frozen
from pipelines.disclosure.frozen import Frozen
from pipelines.disclosure.people import Facts, Received, persons
from pipelines.disclosure.quarters import Quarter, Span, last_closed
from pipelines.disclosure.tables import Person
from pipelines.disclosure.vocabulary import Vocabulary, age_band, load_vocabulary
from pipelines.failures import Misconfigured, PrivacyRefused, StorageFailed
from pipelines.settings import PROJECT
from tests import feeds
from tests.conftest import Installation

PEOPLE = {
    "role": "complainant",
    "complaint": "complaint_id",
    "person": "row",
    "race": "race",
    "sex": "sex",
    "age": "age",
}
STRANGE = "Quorvian"
RACES = ("Black", "Black", "White", "Hispanic", "Black", "White", STRANGE)
Row = tuple[str, str, str, str]


def protected(name: str) -> dict[str, Any]:
    return feeds.column(name, **{"class": "protected"})


def people_table(**changes: Any) -> Any:
    columns = [feeds.column("complaint_id", required=True), *map(protected, ("race", "sex", "age"))]
    return feeds.table(
        "people", columns, feed="allegations", key=None, people=[PEOPLE | changes], location="p.csv"
    )


@dataclass(frozen=True)
class City:
    """An invented city: its complaints by number, and a file of who made them."""

    place: feeds.Place

    def night(
        self, today: date, complaints: Mapping[str, date], rows: Iterable[Row]
    ) -> list[Frozen]:
        """One night as far as the counts go: land the file, then protect."""
        now = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
        place = self.place.at(now=now)
        lines = ["complaint_id,race,sex,age", *(",".join(row) for row in rows)]
        place.put("\n".join(lines) + "\n", "p.csv")
        settings, contract = place.settings, place.contract
        warehouse.create(settings)
        fetched = ingest.fetch_snapshot(contract, settings)
        fetched, _ = ingest.load(fetched, settings)
        with warehouse.connect(settings) as connection:
            connection.execute("create schema marts; create schema pipeline")
            connection.execute(
                "create table marts.complaints (jurisdiction varchar, complaint_id varchar, "
                "received_date date, district varchar, category varchar, resolution_class varchar)"
            )
            public = [
                ("larkhaven", number, day.isoformat(), f"D{int(number[1:]) % 3}", None, "open")
                for number, day in complaints.items()
            ]
            warehouse.insert(connection, "marts.complaints", public)
            count_cells.create(connection)
        tables = self.place.contracts
        return protection.protect(settings, tables, {contract.name: fetched}, lambda _: None)

    def cells(self) -> list[tuple[Any, ...]]:
        return self.place.rows("select * from pipeline.demographic_cells order by all")

    def published(self, made: Sequence[Frozen]) -> Published:
        """What a reader has of this night."""
        names = [name.split()[0] for name in count_cells.TABLES["demographic_cells"].split(", ")]
        texts = [None if cell is None else str(cell) for row in self.cells() for cell in row]
        rows = [
            dict(zip(names, texts[at : at + len(names)], strict=True))
            for at in range(0, len(texts), len(names))
        ]
        periods = {("larkhaven", c.cut): (str(c.period_start), str(c.period_end)) for c in made}
        return Published(families_of(rows, {}), periods)

    @property
    def bytes_kept(self) -> dict[str, str]:
        cuts_folder = self.place.settings.protected / "cuts"
        files = sorted(file for file in cuts_folder.rglob("*") if file.is_file())
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def complaints_of(quarters: Iterable[Quarter], each: int = 50) -> dict[str, date]:
    days = [q.first_day + timedelta(days=n) for q in quarters for n in range(each)]
    return {f"C{number}": day for number, day in enumerate(days, 1)}


def people_of(complaints: Iterable[str]) -> list[Row]:
    return [
        (number, RACES[int(number[1:]) % 7], "F" if int(number[1:]) % 5 < 3 else "M", "34")
        for number in complaints
    ]


YEAR = [Quarter(2020, number) for number in (1, 2, 3, 4)]


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(feeds.place(tmp_path, people_table()))


def test_a_quarter_is_closed_45_days_after_its_end() -> None:
    assert last_closed(date(2026, 11, 13)) == Quarter(2026, 2)
    assert last_closed(date(2026, 11, 14)) == Quarter(2026, 3)
    assert Span(Quarter(2016, 1), Quarter(2019, 4)).label == "2016-Q1/2019-Q4"
    assert Span(Quarter(2020, 1), Quarter(2020, 1)).label == "2020-Q1"


@pytest.mark.parametrize(
    ("written", "as_unknown", "merged"),
    [
        ("17", "unknown", "under_25"), ("18", "under_25", "under_25"), ("25", "25_34", "25_34"),
        ("64", "55_64", "55_64"), ("65", "65_and_over", "65_and_over"), ("0", "unknown", "unknown"),
        ("-1", "unknown", "unknown"), ("930", "unknown", "unknown"), ("", "unknown", "unknown"),
        ("41.0", "35_44", "35_44"), ("forty", "unknown", "unknown"),
    ],
)  # fmt: skip
def test_minors_and_impossible_ages_are_told_apart_nowhere(
    written: str, as_unknown: str, merged: str
) -> None:
    assert age_band(written, "as_unknown") == as_unknown
    assert age_band(written, "merged") == merged


def test_a_strange_word_counts_as_unknown_and_only_its_number_is_told() -> None:
    words = load_vocabulary(PROJECT / "dbt_project", "larkhaven")
    assert words.value("race", " two  OR more") == "multiple"
    assert [words.value("race", word) for word in (STRANGE, STRANGE.upper(), "", None)] == [
        "unknown"
    ] * 4
    assert len(words.strange) == 1


def test_a_word_outside_the_shared_ones_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    text = "jurisdiction,attribute,local_value,value,source_note\nx,race,Elf,elf,none\n"
    (tmp_path / "seeds" / "demographics.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match="line 2"):
        load_vocabulary(tmp_path, "x")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"race": "complaint_id"}, "class is not protected"),
        ({"sex": "shoe_size"}, "not declared"),
        ({"race": None, "sex": None, "age": None}, "states none of"),
    ],
)
def test_the_word_people_is_read_strictly(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    feeds.contracts(tmp_path, people_table())
    file = tmp_path / "larkhaven" / "_larkhaven__sources.yml"
    planted = yaml.safe_load(file.read_text(encoding="utf-8"))
    planted["sources"][0]["tables"][0]["config"]["meta"]["people"][0].update(change)
    file.write_text(yaml.safe_dump(planted), encoding="utf-8")
    _, problems = check_contracts([file])
    assert told in " ".join(map(str, problems))


def test_one_person_is_one_person_however_many_rows_and_spellings() -> None:
    stated = {"race": "r", "sex": "sex", "age": "age"}
    grouped = People(role="complainant", complaint="c", person=("sex", "age"), **stated)
    facts = {"1": Facts(date(2020, 1, 1), {}), "2": Facts(date(2020, 1, 1), {})}
    words = Vocabulary(
        {("sex", "f"): "female", ("sex", "female"): "female", ("race", "b"): "black"}
    )
    rows = [
        {"c": "1", "sex": "F", "age": "34", "r": "b"},
        {"c": "1", "sex": "Female", "age": "34", "r": "b"},
        {"c": "1 ", "sex": "F", "age": "35", "r": "b"},
        {"c": "2", "sex": "F", "age": "34", "r": "b"},
        {"c": "2", "sex": "F", "age": "34", "r": "w"},
        {"c": "2", "sex": "", "age": None, "r": "b"},
        {"c": "3", "sex": "F", "age": "34", "r": "b"},
    ]
    told = [one.person for one in persons(rows, grouped, facts, words, "merged")]
    found = [(one.complaint, one.attributes["race"]) for one in told]
    assert found == [("1", "black"), ("1", "black"), ("2", "unknown")]
    assert len(persons(rows, replace_person(grouped, "row"), facts, words, "merged")) == 6
    assert len(persons(rows, replace_person(grouped, "complaint"), facts, words, "merged")) == 2


def replace_person(people: People, person: str) -> People:
    return People.model_validate({**people.model_dump(), "person": person})


def test_the_numbers_are_those_counted_by_hand(city: City) -> None:
    complaints = complaints_of(YEAR)
    made = city.night(date(2021, 2, 14), complaints, people_of(complaints))
    assert [(cut.cut, cut.people_count) for cut in made] == [("2020-Q1/2020-Q4", 200)]
    shown = {cell[3:7]: cell[7] for cell in city.cells()}
    races = Counter(RACES[n % 7] for n in range(1, 201))
    assert shown["race", "black", "all", "all"] == races["Black"]
    assert shown["race", "white", "all", "all"] == races["White"]
    assert shown["all", "all", "district", "D1"] == sum(n % 3 == 1 for n in range(1, 201))
    assert shown["sex", "female", "all", "all"] == sum(n % 5 < 3 for n in range(1, 201))
    small = Counter((RACES[n % 7], n % 3) for n in range(1, 201))["Hispanic", 1]
    assert 0 < small < 11
    assert shown["race", "hispanic", "district", "D1"] is None


def test_before_the_embargo_is_over_nobody_is_counted(city: City) -> None:
    complaints = complaints_of(YEAR[-1:])
    assert city.night(date(2021, 2, 13), complaints, people_of(complaints)) == []
    assert city.cells() == []
    assert len(city.night(date(2021, 2, 14), complaints, people_of(complaints))) == 1


def test_a_quarter_with_too_few_people_waits_for_the_next_one(city: City) -> None:
    complaints = complaints_of(YEAR)
    city.night(date(2021, 2, 14), complaints, people_of(complaints))
    later = {f"C{n}": date(2021, 1, 5 + n % 9) for n in range(901, 907)}
    for today in (date(2021, 5, 15), date(2021, 5, 16)):
        assert len(city.night(today, complaints | later, people_of(complaints | later))) == 1
    later |= {f"C{n}": date(2021, 4, 5 + n % 9) for n in range(911, 921)}
    made = city.night(date(2021, 8, 14), complaints | later, people_of(complaints | later))
    assert [(cut.cut, cut.people_count) for cut in made[1:]] == [("2021-Q1/2021-Q2", 16)]


def test_on_thirty_nights_of_changes_a_new_quarter_is_added_and_nothing_else_moves(
    city: City,
) -> None:
    complaints = complaints_of([*YEAR, Quarter(2021, 1)])
    rows = people_of(complaints)
    seen: set[tuple[Any, ...]] = set()
    kept: dict[str, str] = {}
    labels, published = [], Published(())
    for night in range(30):
        today = date(2021, 5, 1) + timedelta(days=night)
        complaints[f"C{1000 + night}"] = date(2020, 2, 1) + timedelta(days=night)
        rows = [*rows[1:], (f"C{1000 + night}", "White", "M", "51")]
        tonight = city.night(today, complaints, rows)
        labels.append([cut.cut for cut in tonight])
        before, published = published, city.published(tonight)
        assert differenced(before, published) == [], f"night {night}: a change can be located"
        cells = set(city.cells())
        assert seen <= cells, f"night {night}: a number that was published has changed"
        assert kept.items() <= city.bytes_kept.items(), f"night {night}: frozen bytes changed"
        seen, kept = cells, city.bytes_kept
    assert labels[:14] == [["2020-Q1/2020-Q4"]] * 14
    assert labels[14:] == [["2020-Q1/2020-Q4", "2021-Q1"]] * 16


def test_protected_values_are_nowhere_but_in_the_kept_bytes(city: City) -> None:
    complaints = complaints_of(YEAR)
    city.night(date(2021, 2, 14), complaints, people_of(complaints))
    settings = city.place.settings
    kept = [
        f for f in settings.data.rglob("*") if f.is_file() and STRANGE.encode() in f.read_bytes()
    ]
    inside = {settings.snapshots, settings.data / "p.csv"}
    assert kept, "the planted word must be in the bytes kept"
    assert [f.name for f in kept if inside.isdisjoint({f, *f.parents})] == []
    for file in (settings.protected / "cuts").rglob("*.csv"):
        assert file.stat().st_mode & 0o77 == 0
        assert file.parent.stat().st_mode & 0o77 == 0


def test_a_frozen_table_that_was_touched_or_lost_stops_the_night(city: City) -> None:
    complaints = complaints_of(YEAR)
    tonight = (date(2021, 2, 14), complaints, people_of(complaints))
    (cut,) = city.night(*tonight)
    file = city.place.settings.protected / "cuts" / cut.file
    content = file.read_bytes()
    for planted in (content.replace(b"Q1", b"Q2", 1), b""):
        file.write_bytes(planted)
        with pytest.raises(StorageFailed, match="not as it was written"):
            city.night(*tonight)
    file.write_bytes(content)
    city.night(*tonight)
    shown = city.place.settings.current / "csv"
    shown.mkdir(parents=True)
    told = f"jurisdiction,cut,role,sha256\nlarkhaven,{cut.cut},{cut.role},{cut.sha256}\n"
    (shown / "demographic_cuts.csv").write_text(told, encoding="utf-8")
    city.night(*tonight)
    (city.place.settings.protected / "ledger.ndjson").unlink()
    with pytest.raises(StorageFailed, match="not in the ledger"):
        city.night(*tonight)


def test_a_cut_that_the_attacker_undoes_is_never_frozen() -> None:
    people = [
        Received(
            Person(str(n), {"sex": "female" if n % 7 else "male"}, {"district": f"D{n % 3}"}),
            date(2020, 1, 1),
        )
        for n in range(180)
    ]
    span = Span(Quarter(2020, 1), Quarter(2020, 1))
    kept = cuts.made("larkhaven", "complainant", span, people, 11, {}, found_out)
    assert kept.rows

    def when_only_small_ones_are_hidden(rows: Any, truth: Any, threshold: int) -> list[str]:
        bare = [_bare(row, truth, threshold) for row in rows]
        return found_out(bare, truth, threshold)

    with pytest.raises(PrivacyRefused):
        cuts.made("larkhaven", "complainant", span, people, 11, {}, when_only_small_ones_are_hidden)


def _bare(row: Mapping[str, Any], truth: Any, threshold: int) -> dict[str, Any]:
    true = truth[tuple(row[name] for name in frozen.PLACE)]
    hidden = 1 <= true < threshold
    state = "suppressed" if hidden else "shown"
    return {**row, "people_count": None if hidden else true, "value_state": state}


def test_the_demo_shows_what_can_be_shown_and_nothing_small(released: Installation) -> None:
    shown = list(_csv(released.settings.current / "csv" / "demographic_counts.csv"))
    (cut,) = _csv(released.settings.current / "csv" / "demographic_cuts.csv")
    true = _counted_by_hand(released, cut["period_start"], cut["period_end"])
    for row in shown:
        if (
            row["dimension"] == "all"
            and row["attribute"] in ("race", "sex")
            and row["people_count"]
        ):
            counted = true[row["attribute"], row["attribute_value"]]
            assert int(row["people_count"]) == counted, row["attribute_value"]
    states = Counter(row["value_state"] for row in shown if row["attribute"] != "all")
    assert states["shown"] > 50
    assert states["suppressed"] > 50
    assert not [row for row in shown if 0 < int(row["people_count"] or 0) < 11]
    assert int(cut["people_count"]) == sum(n for (what, _), n in true.items() if what == "sex")


def _counted_by_hand(released: Installation, first: str, last: str) -> Counter[tuple[str, str]]:
    public = _csv(released.settings.current / "csv" / "complaints.csv")
    received = {row["complaint_id"] for row in public if first <= row["received_date"] <= last}
    words = {
        (row["attribute"], row["local_value"].lower()): row["value"]
        for row in _csv(PROJECT / "dbt_project" / "seeds" / "demographics.csv")
        if row["jurisdiction"] == "larkhaven"
    }
    people = {
        (
            row["Complaint Id"],
            row["Complainant Age"],
            words.get(("race", (row["Complainant Race"] or "").lower()), "unknown"),
            words.get(("sex", (row["Complainant Gender"] or "").lower()), "unknown"),
        )
        for row in _csv(released.feeds / "allegations.csv")
        if row["Complaint Id"] in received and len(row) == 11 and None not in row.values()
    }
    races = Counter(("race", person[2]) for person in people)
    return races + Counter(("sex", person[3]) for person in people)


def _csv(file: Path) -> Iterable[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        yield from csv.DictReader(opened)
