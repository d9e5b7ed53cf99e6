"""The demo jurisdiction is the same every time, and is what its answers say.

The recount reads the files with Python's own csv and json modules and shares no rule with the
generator, so that an answer can be trusted as a measure of the line that reads the files.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import Contract, column_name, load_contracts
from pipelines.demo.answers import DemoAnswers, FeedAnswer, read_answers
from pipelines.demo.generate import generate

SCALE = 0.1
AS_OF = date(2026, 10, 31)
HERE = Path(__file__).parents[1]
CSV_FILES = ("complaints", "allegations", "bwc_reviews")
REQUIRED = {
    "complaints": "Complaint Id", "allegations": "Complaint Id", "bwc_reviews": "Review Line Id"
}  # fmt: skip

Row = dict[str, str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo")
    generate(made, scale=SCALE)
    return made


@pytest.fixture(scope="module")
def answers(folder: Path) -> DemoAnswers:
    return read_answers(folder)


@pytest.fixture(scope="module")
def loaded(folder: Path) -> dict[str, list[Row]]:
    return {name: recount(folder, name)[1] for name in CSV_FILES}


def records(folder: Path, name: str) -> Iterator[list[str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file)


def withheld_numbers(folder: Path) -> set[str]:
    head, *rows = records(folder, "complaints")
    whole = [dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head)]
    words = {"EXPUNGED", "SEALED", "DELETED"}
    return {row["Complaint Id"] for row in whole if row["Status"].strip().upper() in words}


def recount(folder: Path, name: str) -> tuple[FeedAnswer, list[Row]]:
    """Sort the records of a file by the rules of the line: what loads, what does not and why."""
    head, *rows = records(folder, name)
    key, gone = REQUIRED[name], withheld_numbers(folder)
    fates: Counter[str] = Counter(received=len(rows))
    candidates: list[tuple[str, ...]] = []
    for row in rows:
        cells = dict(zip(head, row, strict=False))
        if len(row) != len(head) or not cells[key].strip():
            fates["quarantined"] += 1
        elif cells["Complaint Id"] in gone:
            fates["withheld"] += 1
        else:
            candidates.append(tuple(row))
    if name != "allegations":
        candidates = keyed(candidates, fates)
    fates["loaded"] = len(candidates)
    kept = [dict(zip(head, row, strict=True)) for row in candidates]
    return FeedAnswer(**fates), kept


def keyed(candidates: list[tuple[str, ...]], fates: Counter[str]) -> list[tuple[str, ...]]:
    distinct = list(dict.fromkeys(candidates))
    fates["dropped_identical"] += len(candidates) - len(distinct)
    per_key = Counter(row[0] for row in distinct)
    kept = [row for row in distinct if per_key[row[0]] == 1]
    fates["quarantined"] += len(distinct) - len(kept)
    return kept


def us(text: str) -> date | None:
    return datetime.strptime(text, "%m/%d/%Y").date() if text else None  # noqa: DTZ007


def word(text: str) -> str:
    return " ".join(text.split()).lower()


def hashes(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def test_the_same_seed_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, scale=SCALE)
    assert hashes(tmp_path) == hashes(folder)


def test_another_seed_writes_other_bytes(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, scale=SCALE, seed=1)
    same = hashes(tmp_path).items() & hashes(folder).items()
    assert not same


def test_scale_one_is_the_size_that_was_promised(tmp_path: Path) -> None:
    feeds = generate(tmp_path, scale=1).feeds
    expected = {"complaints": 5_000, "allegations": 10_000, "bwc_reviews": 50_000}
    for name, size in expected.items():
        assert feeds[name].received == pytest.approx(size, rel=0.05)


def test_a_scale_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="above 0"):
        generate(tmp_path, scale=0)


def test_the_answers_are_what_generate_returned(tmp_path: Path) -> None:
    assert generate(tmp_path, scale=0.02) == read_answers(tmp_path)


def test_nothing_but_the_files_is_left_behind(folder: Path) -> None:
    names = {"allegations.csv", "answers.json", "bwc_audits.csv", "bwc_reviews.csv",
             "complaints.csv", "cops_awards.json", "cops_positions.csv", "cops_transactions.csv",
             "discipline.csv", "hearings.ndjson", "officers.csv"}  # fmt: skip
    assert {file.name for file in folder.iterdir()} == names


@pytest.mark.parametrize("name", CSV_FILES)
def test_a_recount_of_each_csv_file_agrees(folder: Path, answers: DemoAnswers, name: str) -> None:
    assert recount(folder, name)[0] == answers.feeds[name]


def test_every_answer_obeys_the_accounting_identity(answers: DemoAnswers) -> None:
    for feed in answers.feeds.values():
        fates = feed.loaded + feed.quarantined + feed.dropped_identical + feed.withheld
        assert feed.received == fates


def test_each_way_out_of_the_file_is_taken(answers: DemoAnswers) -> None:
    for name in ("complaints", "bwc_reviews"):
        feed = answers.feeds[name]
        assert min(feed.quarantined, feed.dropped_identical, feed.withheld) > 0


def test_a_recount_of_the_discipline_and_the_roster_agrees(
    folder: Path, answers: DemoAnswers
) -> None:
    head, *rows = records(folder, "discipline")
    gone = sum(row[0] in withheld_numbers(folder) for row in rows)
    assert len({tuple(row[:2]) for row in rows}) == len(rows)
    assert answers.feeds["discipline"] == FeedAnswer(len(rows), len(rows) - gone, withheld=gone)
    overturned = sum(row[head.index("Appeal Decision")] == "Overturned" for row in rows)
    assert answers.traps["P34_discipline_overturned_on_appeal"] == overturned > 0
    badges = [row[0] for row in records(folder, "officers")][1:]
    assert answers.feeds["officers"] == FeedAnswer(len(set(badges)), len(badges))


def json_answer(rows: list[Any], key: Any, withheld: int = 0) -> FeedAnswer:
    texts = [json.dumps(row, sort_keys=True) for row in rows if key(row) is not None]
    distinct = [json.loads(text) for text in dict.fromkeys(texts)]
    per_key = Counter(key(row) for row in distinct)
    loaded = sum(per_key[key(row)] == 1 for row in distinct)
    identical = len(texts) - len(distinct)
    quarantined = len(rows) - identical - loaded
    return FeedAnswer(len(rows) + withheld, loaded, quarantined, identical, withheld)


def test_a_recount_of_the_meetings_agrees(folder: Path, answers: DemoAnswers) -> None:
    lines = (folder / "hearings.ndjson").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    items = [item for event in events for item in event["Items"]]
    calls = [{**call, "item": item["ID"]} for item in items for call in item["RollCall"]]
    assert json_answer(events, lambda e: e["ID"]) == answers.feeds["hearings"]
    sealed = withheld_numbers(folder)
    kept = [item for item in items if item["ComplaintNumber"] not in sealed]
    told = json_answer(kept, lambda i: i["ID"], len(items) - len(kept))
    assert told == answers.feeds["hearing_items"]
    assert told.withheld > 0
    assert json_answer(calls, lambda c: (c["item"], c["ID"])) == answers.feeds["roll_calls"]


def test_a_recount_of_the_awards_agrees(folder: Path, answers: DemoAnswers) -> None:
    rows = json.loads((folder / "cops_awards.json").read_text(encoding="utf-8"))["results"]
    assert json_answer(rows, lambda a: a["Award ID"]) == answers.feeds["cops_awards"]


def test_the_traps_of_the_complaints_are_there(
    loaded: dict[str, list[Row]], answers: DemoAnswers
) -> None:
    rows = loaded["complaints"]
    received, closed = [us(r["Received Date"]) for r in rows], [us(r["Closed Date"]) for r in rows]
    incident = [us(r["Incident Date"]) for r in rows]
    both = [(c, r) for c, r in zip(closed, received, strict=True) if c and r]
    expected = {
        "P02_open_complaints": closed.count(None),
        "P04_closed_after_two_years": sum((c - r).days > 730 and c <= AS_OF for c, r in both),
        "P05_received_in_the_last_month": sum(f"{r:%Y-%m}" == "2026-10" for r in received if r),
        "P10_reopened_complaints": sum(r["Status"] == "Reopened" for r in rows),
        "P15_resource_directive_closures": sum("directive" in word(r["Finding"]) for r in rows),
        "P16_complaints_of_the_mass_incident":
            Counter(r["Incident Number"] for r in rows).most_common(1)[0][1],
        "P18_closed_before_received": sum(c < r for c, r in both),
        "P18_future_dates_closed": sum(c > AS_OF for c in closed if c),
        "P18_future_dates_of_incident": sum(i > AS_OF for i in incident if i),
        "P18_future_dates_received": sum(r > AS_OF for r in received if r),
        "P18_incidents_at_the_epoch": incident.count(date(1970, 1, 1)),
        "P18_incidents_in_1900": incident.count(date(1900, 1, 1)),
        "P22_several_complainants": sum("|" in r["Complainants"] for r in rows),
        "P37_incident_and_receipt_in_different_years":
            sum(i.year != r.year for i, r in zip(incident, received, strict=True) if i and r),
        "several_lines_in_a_narrative": sum("\n" in r["Summary"] for r in rows),
        "telephone_number_in_a_narrative": sum("555-01" in r["Summary"] for r in rows),
    }  # fmt: skip
    assert {name: answers.traps[name] for name in expected} == expected
    assert min(expected.values()) > 0


def test_the_months_of_receipt_are_right(
    loaded: dict[str, list[Row]], answers: DemoAnswers
) -> None:
    days = [us(row["Received Date"]) for row in loaded["complaints"]]
    months = Counter(f"{day:%Y-%m}" for day in days if day and day <= AS_OF)
    assert answers.received_by_month == months
    assert len(months) == 94


def test_the_traps_of_the_allegations_are_there(
    loaded: dict[str, list[Row]], answers: DemoAnswers
) -> None:
    rows = loaded["allegations"]
    words = Counter(word(row["Finding"]) for row in rows)
    races = Counter(row["Complainant Race"] for row in rows)
    per_complaint = Counter(row["Complaint Id"] for row in rows)
    distinct = {tuple(row.values()) for row in rows}
    expected = {
        "P01_most_allegations_of_one_complaint": per_complaint.most_common(1)[0][1],
        "P01_identical_copies_of_allegations": len(rows) - len(distinct),
        "P03_findings_pending": words["pending"],
        "P12_renamed_findings":
            words["unable to determine"] + words["within department guidelines"],
        "P12_findings_by_their_old_name":
            words["not sustained"] + words["unsubstantiated"] + words["exonerated"],
        "P20_unidentified_officers": sum(row["Badge"] in ("", "0", "UNK") for row in rows),
        "P23_race_blank": races[""],
        "P23_race_unknown": races["Unknown"],
        "P23_race_declined": races["Declined"],
        "P34_overturned_findings": words["sustained - overturned"],
        "sustained_allegations": words["sustained"],
    }  # fmt: skip
    assert {name: answers.traps[name] for name in expected} == expected
    assert min(expected.values()) > 0
    assert answers.sustained_allegations == words["sustained"]


def test_one_finding_is_spelt_in_many_ways(loaded: dict[str, list[Row]]) -> None:
    spellings = {row["Finding"] for row in loaded["allegations"]}
    assert {"SUSTAINED", "Sustained", "Sustained ", " sustained"} <= spellings


def test_a_finding_has_the_name_of_its_time(loaded: dict[str, list[Row]]) -> None:
    months: dict[str, set[str]] = {}
    for row in loaded["complaints"]:
        if (day := us(row["Received Date"])) and day <= AS_OF:
            months.setdefault(word(row["Finding"]), set()).add(f"{day:%Y-%m}")
    assert max(months["not sustained"]) < min(months["unsubstantiated"])
    assert max(months["unsubstantiated"]) < "2023-07" <= min(months["unable to determine"])
    assert max(months["exonerated"]) < "2023-07" <= min(months["within department guidelines"])


def test_twins_differ_in_nothing_but_number_and_day(loaded: dict[str, list[Row]]) -> None:
    seen = Counter(
        (row["Incident Number"], row["Incident Date"]) for row in loaded["complaints"]
    )  # fmt: skip
    assert sum(count == 2 for count in seen.values()) == 4


def test_the_traps_of_the_reviews_are_there(
    loaded: dict[str, list[Row]], answers: DemoAnswers
) -> None:
    rows = loaded["bwc_reviews"]
    found = [row["Violations"].lower() for row in rows]
    outcomes = Counter(row["Request Outcome"] for row in rows)
    expected = {
        "P21_cells_of_several_violations": sum("|" in cell for cell in found),
        "P30_lines_with_a_violation": sum(cell != "" for cell in found),
        "P30_lines_failed_to_activate": sum("failed to activate" in cell for cell in found),
        "requests_open": outcomes["Open"],
        "requests_found_later": outcomes["Found later"],
    }
    assert {name: answers.traps[name] for name in expected} == expected
    assert min(expected.values()) > 0


def test_the_clock_changes_and_the_money_is_odd(folder: Path, answers: DemoAnswers) -> None:
    text = (folder / "hearings.ndjson").read_text(encoding="utf-8")
    assert {"2023-11-05T01:30:00-07:00", "2023-11-05T01:30:00-08:00"} <= set(
        re.findall(r'"Date": "([^"]+)"', text)
    )
    for name in ("P31_negative_awards", "P31_zero_awards", "P32_outlays_not_reported",
                 "P32_outlays_of_zero", "hearings_cancelled"):  # fmt: skip
        assert answers.traps[name] > 0


def test_the_complaints_come_as_a_spreadsheet_saves_them(folder: Path) -> None:
    content = (folder / "complaints.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == len(list(records(folder, "complaints")))


def contracts() -> dict[str, Contract]:
    found = load_contracts(HERE / "dbt_project", ["larkhaven"])
    return {contract.table.name: contract for contract in found}


@pytest.mark.parametrize("name", CSV_FILES)
def test_the_contract_declares_the_columns_of_the_file(folder: Path, name: str) -> None:
    headings = next(records(folder, name))
    declared = [column.name for column in contracts()[name].columns]
    assert declared == [column_name(heading) for heading in headings]


def test_people_and_narratives_are_declared_as_such() -> None:
    classes = {
        (name, column.name): column.klass
        for name, contract in contracts().items()
        for column in contract.columns
    }
    for person in ("officer_name", "complainant_age", "complainant_race", "complainant_gender"):
        assert classes["allegations", person] == "protected"
    assert classes["complaints", "complainants"] == "protected"
    assert classes["complaints", "summary"] == "narrative"
    assert classes["allegations", "badge"] == "internal"


def vocabulary(seed: str) -> set[str]:
    with (HERE / "dbt_project" / "seeds" / f"{seed}.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["jurisdiction"] == "larkhaven"]
    return {word(row["local_value"]) for row in rows}


def test_the_words_without_a_meaning_are_the_ones_left_out(
    loaded: dict[str, list[Row]], answers: DemoAnswers
) -> None:
    used = {
        "complaint_category": ("categories", [r["Category"] for r in loaded["complaints"]]),
        "allegation_outcome": ("dispositions", [r["Finding"] for r in loaded["allegations"]]),
        "bwc_footage": ("bwc_words", [r["Camera Status"] for r in loaded["bwc_reviews"]]),
        "complaint_status": ("dispositions", [r["Status"] for r in loaded["complaints"]]),
        "complaint_outcome": ("dispositions", [r["Finding"] for r in loaded["complaints"]]),
        "allegation_category": ("categories", [r["Allegation"] for r in loaded["allegations"]]),
    }
    for field, (seed, words) in used.items():
        known = vocabulary(seed) | {""}
        left_out = Counter(text for text in words if word(text) not in known)
        assert left_out == answers.unmapped.get(field, {}), field
        assert sum(left_out.values()) < len(words) / 100
