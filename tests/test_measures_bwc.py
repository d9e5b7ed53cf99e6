"""What is said about cameras is what a recount by hand gives, and a city needs only a template."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import check_contracts
from pipelines.demo.answers import FeedAnswer
from pipelines.demo.generate import generate
from pipelines.metric_register import Metric, load_register
from pipelines.orchestration.run import run
from pipelines.settings import PROJECT, Settings, load_settings
from tests import bwc_by_hand, sable_ferry
from tests.bwc_by_hand import Place
from tests.conftest import TINY, Installation, settings_at

ROWS = (
    "select metric, period, dimension, dimension_value, {} from measures"
    " where metric like 'bwc\\_%' escape '\\' and jurisdiction = ?"
)


def opened(settings: Settings) -> sqlite3.Connection:
    file = settings.current / "oversight.db"
    return sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)


@pytest.fixture(scope="module")
def site(released: Installation) -> Iterator[sqlite3.Connection]:
    with closing(opened(released.settings)) as connection:
        yield connection


@pytest.fixture(scope="module")
def told(released: Installation) -> list[bwc_by_hand.Line]:
    return bwc_by_hand.lines(released.feeds)


def shown(site: sqlite3.Connection, columns: str, city: str = "larkhaven") -> dict[Place, Any]:
    rows = site.execute(ROWS.format(columns), [city]).fetchall()
    return {tuple(row[:4]): tuple(row[4:]) for row in rows}


def shares(site: sqlite3.Connection, *metrics: str) -> dict[Place, tuple[float, float]]:
    every = shown(site, "numerator, denominator")
    return {place: pair for place, pair in every.items() if place[0] in metrics}


def test_shares_of_reviews_are_those_of_a_recount(
    site: sqlite3.Connection, told: list[bwc_by_hand.Line]
) -> None:
    names = ["bwc_footage_share", *(f"bwc_{kind}_share" for kind in bwc_by_hand.KINDS)]
    expected = bwc_by_hand.shares_of_lines(told)
    assert len(expected) > 300
    assert shares(site, *names) == expected


def test_ways_of_choosing_reviews_are_never_added_up(
    site: sqlite3.Connection, told: list[bwc_by_hand.Line], released: Installation
) -> None:
    sampled = {place[0]: place[2:] for place in bwc_by_hand.shares_of_lines(told)}
    mixed = [p for p in shown(site, "value") if p[0] in sampled and p[2] != "bwc_sampling"]
    assert mixed == []
    place = ("bwc_lines_without_sampling", "all", "all", "all")
    planted = sum(not line.sampling and line.is_rated for line in told)
    assert planted == released.answers["traps"]["lines_without_a_way_of_choosing"] > 0
    assert shown(site, "value")[place] == (planted,)


def test_complaints_with_footage_are_those_of_a_recount(
    site: sqlite3.Connection, told: list[bwc_by_hand.Line]
) -> None:
    assert shares(site, "bwc_relevance_share") == bwc_by_hand.relevance(told)


def test_merits_are_told_with_and_without_footage_and_never_together(
    site: sqlite3.Connection, told: list[bwc_by_hand.Line]
) -> None:
    ends = "select complaint_id, resolution_class from complaints where status = 'closed'"
    classes = dict(site.execute(ends))
    expected: dict[Place, tuple[float, float]] = {}
    for complaint, has_footage in bwc_by_hand.with_footage(told).items():
        resolved = classes.get(complaint) or "void"
        if resolved != "void":
            group = "with_footage" if has_footage else "without_footage"
            place = ("bwc_merits_rate", "all", "bwc_footage", group)
            decided, total = expected.get(place, (0, 0))
            expected[place] = (decided + (resolved == "investigated"), total + 1)
    assert len(expected) == 2
    assert shares(site, "bwc_merits_rate") == expected


def test_requests_are_those_of_a_recount_and_open_ones_wait(
    site: sqlite3.Connection, told: list[bwc_by_hand.Line]
) -> None:
    expected = bwc_by_hand.requests(told)
    assert shares(site, *{place[0] for place in expected}) == expected
    assert shown(site, "value")["bwc_requests_open", "all", "all", "all"] == (
        sum(line.outcome == "open" for line in told),
    )
    waits = bwc_by_hand.turnaround(told)
    medians = shown(site, "value, denominator")
    assert {place: medians[place] for place in waits} == waits


def test_audits_done_beyond_those_due_and_months_not_reported_count_for_nothing(
    site: sqlite3.Connection, released: Installation
) -> None:
    expected = bwc_by_hand.audits(released.feeds)
    assert shares(site, *{place[0] for place in expected}) == expected
    beyond = released.answers["traps"]["audits_beyond_those_due"]
    assert beyond > 0
    assert site.execute("select min(supervisors_count) from bwc_audits").fetchone()[0] >= 3


def test_a_percentage_out_of_a_handful_is_not_shown(site: sqlite3.Connection) -> None:
    every = shown(site, "value, denominator, value_state")
    few = [(v, s) for p, (v, n, s) in every.items() if p[0].endswith("_share") and n < 10]
    assert few
    assert {value for value, _ in few} == {None}
    assert {state for _, state in few} <= {"too_few", "no_cases"}


def test_the_audit_log_of_the_demo_is_what_its_answer_says(tmp_path: Path) -> None:
    answers = generate(tmp_path, scale=TINY)
    lines = (tmp_path / "bwc_audits.csv").read_text(encoding="utf-8").splitlines()
    feed = answers.feeds["bwc_audits"]
    assert feed == FeedAnswer(len(lines) - 1, feed.loaded, 3, 1)
    assert feed.loaded == len(lines) - 1 - 4
    unreported = sum(line.split(",")[-2] == "" for line in lines if not line.startswith(","))
    assert answers.traps["audits_not_reported"] == unreported > 0


def test_only_a_wrong_number_may_speak_of_any_violation(site: sqlite3.Connection) -> None:
    register = {metric.metric: metric for _, metric in load_register(load_settings({}))}
    assert register["bwc_any_violation_share"].naive
    assert register["bwc_any_violation_share"].counterpart == "bwc_failed_to_activate_share"
    names = {place[0] for place in shown(site, "value")}
    assert "bwc_any_violation_share" not in names
    assert names <= set(register)


def test_no_metric_says_what_cameras_cause() -> None:
    family = [metric for name, metric in load_register(load_settings({})) if name == "bwc"]
    for metric in family:
        words = set(text_of(metric).replace(".", " ").replace(",", " ").split())
        assert not words & {"effect", "impact", "improve", "reduces", "deter", "thanks"}, metric
    for name in ("bwc_relevance_share", "bwc_merits_rate"):
        (metric,) = [m for m in family if m.metric == name]
        assert "cause" in metric.caveat


def text_of(metric: Metric) -> str:
    return " ".join((metric.title, metric.definition, metric.caveat, metric.numerator)).lower()


def test_the_template_its_contract_and_its_page_name_the_same_columns(tmp_path: Path) -> None:
    read, problems = check_contracts([named_as_dbt_asks(tmp_path)])
    assert not problems, [str(problem) for problem in problems]
    page = (PROJECT / "docs" / "bwc-template.md").read_text(encoding="utf-8")
    for contract in read:
        columns = [column.name for column in contract.columns]
        assert columns == sable_ferry.headings(contract.table.name)
        assert all(f"`{column}`" in page for column in columns)
    words = bwc_by_hand.meanings("footage", "*") | bwc_by_hand.meanings("violation", "*")
    assert all(f"`{word}`" in page for word in words.values())


def named_as_dbt_asks(folder: Path) -> Path:
    file = folder / "your_city" / "_your_city__sources.yml"
    file.parent.mkdir()
    file.write_bytes((sable_ferry.TEMPLATES / "bwc_sources.yml").read_bytes())
    return file


def test_a_city_with_the_template_needs_a_contract_and_a_line_of_sql(
    project_copy: Callable[[], Path], tmp_path: Path
) -> None:
    project, data = project_copy(), tmp_path / "data"
    sable_ferry.settle(project)
    sable_ferry.send(data)
    done = ingested(project, data)
    assert done.returncode == 0, done.stderr
    counts = [line.split() for line in done.stdout.splitlines() if "bwc_reviews " in line]
    assert counts[-1][:3] == [f"{sable_ferry.CITY}.bwc_reviews", "120", "120"]

    settings = settings_at(data, project=project, jurisdictions=(sable_ferry.CITY,))
    refresh = run("nightly_refresh", settings)
    assert [failure.told() for failure in refresh.failures] == []
    with closing(opened(settings)) as site:
        shown_here = shown(site, "numerator, denominator", sable_ferry.CITY)
        unknown = site.execute("select count(*) from data_quality where observed_count > 0")
        assert unknown.fetchone()[0] == 0
    sampled = [n for n in range(sable_ferry.LINES) if n % 10 != 9]
    drawn = [n for n in sampled if n % 3]
    off = sum(n % 5 == 0 for n in drawn)
    where = ("all", "bwc_sampling", "random")
    assert shown_here["bwc_failed_to_activate_share", *where] == (off, len(drawn))
    assert shown_here["bwc_footage_share", *where] == (len(drawn) - off, len(drawn))
    assert shown_here["bwc_lines_without_sampling", "all", "all", "all"] == (12, None)
    assert shown_here["bwc_requests_over_90_days_share", "all", "all", "all"] == (30, 30)
    assert shown_here["bwc_audits_done_share", "all", "all", "all"] == (70, 100)


def ingested(project: Path, data: Path) -> subprocess.CompletedProcess[str]:
    """`oversight ingest -j sable_ferry`, as an operator types it."""
    return subprocess.run(
        [sys.executable, "-m", "pipelines", "ingest", "-j", sable_ferry.CITY, "--data", str(data)],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )
