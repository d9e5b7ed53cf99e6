"""The numbers about grants agree with a recount by hand, and never claim what they do not show."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.contracts import column_name, load_contracts
from pipelines.demo.answers import FeedAnswer, read_answers
from pipelines.metric_register import load_register
from pipelines.settings import PROJECT
from tests import grants_by_hand
from tests.conftest import Installation

FAMILY = yaml.safe_load((PROJECT / "dbt_project" / "metrics" / "cops.yml").read_text("utf-8"))
NO_CAUSE = " ".join(FAMILY["caveat"].split())
PAGES = [
    *sorted((PROJECT / "datasette" / "templates").glob("*.html")),
    *sorted((PROJECT / "datasette" / "plugins").glob("*.py")),
]
KEYS = {
    "cops_transactions": "assistance_transaction_unique_key",
    "cops_positions": "Award Id",
}


@pytest.fixture(scope="module")
def site(released: Installation) -> Iterator[sqlite3.Connection]:
    file = released.settings.current / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


def shown(site: sqlite3.Connection) -> dict[grants_by_hand.Key, float]:
    """Every published number about grants."""
    found = site.execute(
        "select metric, period, dimension, dimension_value, value, value_state from measures"
        " where metric like 'cops%'"
    ).fetchall()
    assert {state for *_, state in found} == {"shown"}
    return {(metric, *place): value for metric, *place, value, _ in found}


def one(site: sqlite3.Connection, sql: str) -> Any:
    return site.execute(sql).fetchone()[0]


def test_every_number_about_grants_is_what_the_files_say(
    released: Installation, site: sqlite3.Connection
) -> None:
    expected = {
        key: float(value)
        for key, value in grants_by_hand.demo(released.feeds).items()
        if "naive" not in key[0]
    }
    told = shown(site)
    assert told.keys() == expected.keys()
    assert [key for key in told if told[key] != pytest.approx(expected[key], abs=1e-9)] == []
    assert len(told) > 150


def test_no_naive_number_is_among_the_measures(site: sqlite3.Connection) -> None:
    naive = [m["metric"] for m in FAMILY["metrics"] if m.get("naive")]
    assert len(naive) == 3
    assert [key for key in shown(site) if key[0] in naive] == []


def test_the_naive_numbers_are_wrong_by_what_the_demo_planted(released: Installation) -> None:
    sums = grants_by_hand.demo(released.feeds)

    def total(metric: str) -> Decimal:
        return sums[metric, "all", "all", "all"]

    assert total("cops_spent_naive_usd") > 2 * total("cops_outlayed_usd")
    assert total("cops_remaining_naive_usd") > 2 * total("cops_remaining_usd")
    assert total("cops_officers_hired_naive") > total("cops_officers_hired")


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_recount_of_the_new_files_agrees(released: Installation, name: str) -> None:
    rows = grants_by_hand.lines(released.feeds / f"{name}.csv")
    keyed = [tuple(row.values()) for row in rows if row[KEYS[name]]]
    loaded = len(dict.fromkeys(keyed))
    expected = FeedAnswer(len(rows), loaded, len(rows) - len(keyed), len(keyed) - loaded)
    answers = read_answers(released.feeds)
    assert answers.feeds[name] == expected
    contract = next(
        c for c in load_contracts(PROJECT / "dbt_project", ["larkhaven"]) if c.table.name == name
    )
    assert [c.name for c in contract.columns] == [column_name(heading) for heading in rows[0]]


def test_the_actions_on_each_award_add_up_to_its_amount(
    released: Installation, site: sqlite3.Connection
) -> None:
    sums: Counter[str] = Counter()
    key = KEYS["cops_transactions"]
    rows = grants_by_hand.lines(released.feeds / "cops_transactions.csv")
    for row in grants_by_hand.once(rows, key):
        sums[row["award_id_fain"]] += round(100 * float(row["federal_action_obligation"]))
    told = site.execute(
        "select award_id, round(100 * net_obligated_usd), is_sum_of_actions from cops_award_money"
    )
    assert {award: (cents, 1) for award, cents in sums.items()} == {
        award: (cents, agrees) for award, cents, agrees in told
    }


def test_the_fiscal_years_of_the_actions_add_up_to_the_awards(site: sqlite3.Connection) -> None:
    years = shown(site)
    added = sum(
        value
        for (metric, period, *_), value in years.items()
        if metric == "cops_net_obligated_usd" and period != "all"
    )
    assert added == pytest.approx(years["cops_net_obligated_usd", "all", "all", "all"], abs=0.005)
    by_start = "select sum(obligated_usd) from cops_awards_by_year where federal_fiscal_year = 2023"
    by_action = one(
        site, "select sum(net_obligated_usd) from cops_money_by_year where federal_fiscal_year=2023"
    )
    assert one(site, by_start) != by_action


def test_money_of_a_county_is_not_divided_by_the_people_of_a_city(
    site: sqlite3.Connection,
) -> None:
    agencies = dict(
        site.execute("select recipient_name, agency from cops_award_money where agency_ori is null")
    )
    assert agencies["CITY OF LARKHAVEN"] == "larkhaven"
    assert agencies["COUNTY OF LARK"] == "other"
    heads = {key[3] for key in shown(site) if "_per_" in key[0]}
    assert heads == {"larkhaven"}


def test_a_recipient_that_nobody_looked_at_is_on_the_list(site: sqlite3.Connection) -> None:
    listed = dict(site.execute("select recipient_name, awards_count from recipients_to_review"))
    assert "TOWN OF MILL CREEK (INVENTED)" in listed
    reviewed = {
        row["recipient_name"]
        for row in grants_by_hand.lines(grants_by_hand.SEEDS / "recipient_agencies.csv")
    }
    assert listed.keys().isdisjoint(reviewed)
    unlooked = "select count(*) from cops_award_money where agency = 'not_reviewed'"
    assert sum(listed.values()) == one(site, unlooked)


@pytest.mark.parametrize("seed", ["denominators", "recipient_agencies"])
def test_every_fact_and_every_decision_says_where_it_is_from(seed: str) -> None:
    with (grants_by_hand.SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    if seed == "denominators":
        assert {row["kind"] for row in rows} == {"residents", "sworn_officers"}
        assert all(int(row["value"]) > 0 and row["source"] for row in rows)
        real = [row for row in rows if row["jurisdiction"] != "larkhaven"]
        assert all(row["url"].startswith("https://") for row in real)
        keys = Counter((r["jurisdiction"], r["kind"], r["year"]) for r in rows)
    else:
        assert all(row["reviewed_by"] and row["reviewed_on"] for row in rows)
        assert all(row["agency_kind"] for row in rows)
        keys = Counter(
            (" ".join(r["recipient_name"].split()).lower(), r["recipient_state"]) for r in rows
        )
    assert max(keys.values()) == 1


def test_each_metric_about_grants_says_that_it_shows_no_cause(released: Installation) -> None:
    told = [m for family, m in load_register(released.settings) if family == "cops"]
    assert len(told) == len(FAMILY["metrics"])
    assert [m.metric for m in told if not m.caveat.endswith(NO_CAUSE)] == []


def silent(text: str) -> bool:
    """Whether it shows grants beside complaints without saying that this shows no cause."""
    flat = " ".join(text.split())
    shows_both = any(word in flat for word in ("cops_a", "cops_m", "cops_o")) and any(
        word in flat for word in ("complaints_", "complaint_", "from complaints", "allegations")
    )
    return shows_both and NO_CAUSE not in flat


def test_no_question_shows_grants_beside_complaints_without_saying_so() -> None:
    questions = yaml.safe_load((PROJECT / "datasette" / "site.yml").read_text("utf-8"))["questions"]
    beside = questions["grants_beside_complaints"]
    assert [n for n, q in questions.items() if silent(f"{q['description']} {q['sql']}")] == []
    assert silent(beside["sql"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_shows_grants_beside_complaints_without_saying_so(page: Path) -> None:
    assert not silent(page.read_text(encoding="utf-8"))


def test_the_question_sets_each_year_beside_its_complaints(site: sqlite3.Connection) -> None:
    questions = yaml.safe_load((PROJECT / "datasette" / "site.yml").read_text("utf-8"))["questions"]
    rows = site.execute(
        questions["grants_beside_complaints"]["sql"], {"jurisdiction": "larkhaven"}
    ).fetchall()
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    later = {row[1]: row[3] for row in rows}
    assert all(row[4] == later.get(row[1] + 1) for row in rows)
    assert sum(row[3] for row in rows) == one(
        site, "select sum(complaints_received_count) from complaint_trends"
    )
    assert {row[1]: row[2] for row in rows}[2022] == 875_000
