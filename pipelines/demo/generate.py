"""Write the demo jurisdiction, the invented city of Larkhaven, and the known answers about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipelines.demo import planted_allegations, planted_complaints, planted_reviews
from pipelines.demo.allegations import ALLEGATION_HEADINGS, allegation_rows
from pipelines.demo.answers import DemoAnswers, FeedAnswer, write_answers
from pipelines.demo.audits import write_audits
from pipelines.demo.awards import write_awards
from pipelines.demo.complaints import COMPLAINT_HEADINGS, complaint_rows, plan_complaints
from pipelines.demo.counts import (
    ALLEGATION_TRAPS,
    COMPLAINT_TRAPS,
    REVIEW_TRAPS,
    feed_answer,
    received_by_month,
    trap_counts,
)
from pipelines.demo.days import make_days
from pipelines.demo.discipline import DISCIPLINE_TRAPS, keep_discipline
from pipelines.demo.draws import install_draws, literal
from pipelines.demo.grant_actions import write_transactions
from pipelines.demo.grant_positions import write_positions
from pipelines.demo.hearings import closed_cases, sealed_numbers, write_hearings
from pipelines.demo.later import deliver
from pipelines.demo.officers import officer_count
from pipelines.demo.planted import Planted, plant
from pipelines.demo.reviews import REVIEW_HEADINGS, review_rows
from pipelines.demo.roster import roster_rows
from pipelines.demo.words import AS_OF, UNMAPPED

SEED = 20261031


def generate(folder: Path, *, scale: float = 1, seed: int = SEED, delivery: int = 1) -> DemoAnswers:
    """Write five files in portal shapes and `answers.json` into `folder`; return the answers.

    Scale 1 is about 5,000 complaints, 10,000 allegations and 50,000 review lines. `delivery` 2, 3
    and so on are the same city later. One scale, seed and delivery always give the same bytes: no
    clock is read. Existing files are replaced, each in one step, once all are written. Raises
    `ValueError` when the scale is not above 0, or for a delivery before the first.
    """
    if scale <= 0:
        raise ValueError(f"The scale of the demo must be above 0, not {scale}.")
    if delivery < 1:
        raise ValueError(f"The first delivery of the demo is number 1; there is no {delivery}.")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".demo-", dir=folder) as made:
        answers = write_folder(Path(made), scale, seed, delivery)
        for file in sorted(Path(made).iterdir()):
            file.replace(folder / file.name)
    return answers


def write_folder(folder: Path, scale: float, seed: int, delivery: int) -> DemoAnswers:
    """Draw the rows, plant the traps, let time pass, and write all files and the answers."""
    with duckdb.connect() as connection:
        # One thread: rows come in the order of their numbers, whatever machine writes them.
        connection.execute("set threads = 1")
        install_draws(connection, seed)
        make_days(connection, scale)
        plan_complaints(connection)
        tables, told = deliver(connection, plant_all(connection, officer_count(scale)), delivery)
        answers = write_all(connection, tables, folder, scale, seed)
    answers = replace(answers, delivery=delivery, deliveries=told)
    write_answers(answers, folder)
    return answers


def plant_all(connection: duckdb.DuckDBPyConnection, officers: int) -> dict[str, str]:
    """Name the rows of each CSV file: the drawn ones, then the planted ones."""
    sources: dict[str, tuple[str, tuple[str, ...], list[Planted]]] = {
        "complaints": (
            complaint_rows(), COMPLAINT_HEADINGS, planted_complaints.planted_complaints()),
        "allegations": (
            allegation_rows(officers), ALLEGATION_HEADINGS,
            planted_allegations.planted_allegations()),
        "bwc_reviews": (
            review_rows(officers), REVIEW_HEADINGS, planted_reviews.planted_reviews()),
    }  # fmt: skip
    for name, (drawn, headings, records) in sources.items():
        plant(connection, f"planted_{name}", headings, records)
        columns = ", ".join(f'cast("{h}" as varchar) as "{h}"' for h in headings)
        connection.execute(
            f"create view {name} as select {columns}, fate from ({drawn})"
            f" union all select * from planted_{name}"
        )
    return {name: f"select * from {name}" for name in sources}


def write_all(
    connection: duckdb.DuckDBPyConnection,
    tables: dict[str, str],
    folder: Path,
    scale: float,
    seed: int,
) -> DemoAnswers:
    """Write every file and put the answers together."""
    ragged = {
        "complaints": planted_complaints.RAGGED,
        "allegations": planted_allegations.RAGGED,
        "bwc_reviews": planted_reviews.RAGGED,
    }
    feeds: dict[str, FeedAnswer] = {}
    for name, rows in tables.items():
        write_csv(connection, rows, folder / f"{name}.csv", ragged[name])
        feeds[name] = feed_answer(connection, rows, len(ragged[name]))
    plain = {
        "discipline": keep_discipline(connection),
        "officers": roster_rows(officer_count(scale)),
    }
    for name, rows in plain.items():
        write_csv(connection, rows, folder / f"{name}.csv", ())
        feeds[name] = feed_answer(connection, rows, 0)
    cases, sealed = closed_cases(connection), sealed_numbers(connection, tables["complaints"])
    nested, hearing_traps = write_hearings(folder / "hearings.ndjson", scale, seed, cases, sealed)
    feeds |= nested
    feeds["cops_awards"], award_traps = write_awards(folder / "cops_awards.json", scale, seed)
    actions = write_transactions(folder / "cops_transactions.csv", scale, seed)
    positions = write_positions(folder / "cops_positions.csv", scale, seed)
    feeds |= {"cops_transactions": actions[0], "cops_positions": positions[0]}
    feeds["bwc_audits"], audit_traps = write_audits(folder / "bwc_audits.csv", scale, seed)
    traps = {
        **csv_traps(connection, tables), **planted_traps(feeds), **hearing_traps, **award_traps,
        **actions[1], **positions[1],
        **audit_traps, **trap_counts(connection, plain["discipline"], DISCIPLINE_TRAPS),
    }  # fmt: skip
    return DemoAnswers(
        scale=scale,
        seed=seed,
        as_of=AS_OF,
        feeds=feeds,
        traps=dict(sorted(traps.items())),
        received_by_month=received_by_month(connection, tables["complaints"]),
        sustained_allegations=traps["sustained_allegations"],
        unmapped=UNMAPPED,
    )


def csv_traps(connection: duckdb.DuckDBPyConnection, tables: dict[str, str]) -> dict[str, int]:
    """The traps of the three CSV files, counted in the generator's own rows."""
    rules = {
        "complaints": COMPLAINT_TRAPS,
        "allegations": ALLEGATION_TRAPS,
        "bwc_reviews": REVIEW_TRAPS,
    }
    counts: dict[str, int] = {}
    for name, rows in tables.items():
        counts |= trap_counts(connection, rows, rules[name])
    return counts


def planted_traps(feeds: dict[str, FeedAnswer]) -> dict[str, int]:
    """The traps whose size is fixed by what was planted."""
    return {
        "P01_most_allegations_of_one_complaint": planted_allegations.HEAVY_SIZE,
        "P01_identical_copies_of_allegations": planted_allegations.IDENTICAL_COPIES,
        "P19_pairs_of_probable_duplicates": len(planted_complaints.TWIN_PAIRS),
        "P35_complaints_withheld": feeds["complaints"].withheld,
    }


def write_csv(
    connection: duckdb.DuckDBPyConnection, rows: str, path: Path, ragged: tuple[str, ...]
) -> None:
    """Write one CSV file. The complaints come as a spreadsheet saves them: BOM and CRLF."""
    from_spreadsheet = path.stem == "complaints"
    mark, newline = ("\ufeff", "\r\n") if from_spreadsheet else ("", "\n")
    first = connection.execute(f"select * from ({rows}) limit 0").description[0][0]
    named = f'* exclude (fate) rename ("{first}" as "{mark}{first}")'
    options = f"header, new_line '{newline.encode('unicode_escape').decode()}'"
    connection.execute(f"copy (select {named} from ({rows})) to {literal(str(path))} ({options})")
    with path.open("a", encoding="utf-8", newline="") as file:
        file.writelines(line + newline for line in ragged)
