"""The register of metrics is strict, and nothing that it does not explain can be published."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import yaml

from pipelines import measured_columns, metric_register
from pipelines.candidate import build_candidate
from pipelines.contract_file import Feed
from pipelines.contracts import load_contracts
from pipelines.failures import Misconfigured
from pipelines.metric_register import Aspect, load_register
from pipelines.settings import PROJECT, load_settings
from pipelines.transform import Mart, MartColumn
from tests import invented_marts as invented

SEEDS = PROJECT / "dbt_project" / "seeds"
GOOD = {
    "metric": "sustained_share",
    "title": "Share sustained",
    "kind": "share",
    "unit": "percent of complaints",
    "numerator": "sustained complaints",
    "denominator": "closed complaints",
    "date_role": "received_date",
    "population": "all complaints",
    "maturity_rule": "cohort_closed_share",
    "interval_method": "wilson",
    "definition": "Of the complaints that are closed, those that were sustained.",
    "caveat": "Open complaints may still be sustained.",
    "feed": "complaints",
    "smallest_denominator": 10,
}
NEEDED = (
    *("title", "kind", "unit", "numerator", "date_role", "population", "maturity_rule"),
    *("interval_method", "definition", "caveat", "feed"),
)


def refusal(project: Path, *metrics: dict[str, object]) -> str:
    """What the register says of these metrics, in place of those of the project."""
    folder = project / "dbt_project" / metric_register.FOLDER
    for file in folder.glob("*.yml"):
        file.unlink()
    family = {"family": "planted", "title": "Planted", "metrics": list(metrics)}
    (folder / "planted.yml").write_text(yaml.safe_dump(family), encoding="utf-8")
    with pytest.raises(Misconfigured) as refused:
        load_register(replace(load_settings({}), project=project))
    return refused.value.told()


@pytest.fixture
def project(project_copy: Callable[[], Path]) -> Path:
    return project_copy()


def test_a_metric_that_lacks_any_of_its_facts_is_refused(project: Path) -> None:
    for fact in NEEDED:
        lacking = {name: value for name, value in GOOD.items() if name != fact}
        assert fact in refusal(project, lacking), fact


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"denominator": None}, "needs a denominator"),
        ({"kind": "count"}, "has no denominator"),
        ({"interval_method": "none"}, "Wilson"),
        ({"smallest_denominator": 0}, "under which number of cases"),
        ({"naive": True}, "names its counterpart"),
        ({"counterpart": "nowhere"}, "not in the register"),
        ({"must_agree": ["weather"]}, "must_agree"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_metric_that_contradicts_itself_is_refused(
    project: Path, change: dict[str, object], said: str
) -> None:
    told = refusal(project, {**GOOD, **change})
    assert said in told
    assert "planted.yml" in told or "planted" in told or "register" in told


def test_a_metric_stands_once(project: Path) -> None:
    assert "stands twice" in refusal(project, GOOD, GOOD)


def test_every_naive_metric_says_why_and_leads_to_one_that_is_not() -> None:
    register = [metric for _, metric in load_register(load_settings({}))]
    right = {metric.metric for metric in register if not metric.naive}
    for metric in register:
        if metric.naive:
            assert metric.counterpart in right, metric.metric
            assert len(metric.caveat) > 20, metric.metric
        else:
            assert metric.counterpart is None, metric.metric


def test_the_hash_changes_with_the_definition_and_not_with_its_wording() -> None:
    metric = metric_register.Metric.model_validate(GOOD)
    reworded = metric.model_copy(update={"caveat": "Other words for the same warning."})
    other = metric.model_copy(update={"denominator": "all complaints"})
    assert reworded.comparability_hash == metric.comparability_hash
    assert other.comparability_hash != metric.comparability_hash


def test_every_public_column_of_numbers_names_its_metric() -> None:
    right = [m.metric for _, m in load_register(load_settings({})) if not m.naive]
    measured_columns.refuse_unnamed(invented.marts(), right)
    numbers = [
        c for mart in invented.marts() for c in mart.columns if measured_columns.is_number(c)
    ]
    assert len(numbers) > 50
    assert sum(column.metric is not None for column in numbers) > 8


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (MartColumn("sustained_pct", "double", "x"), "names no metric"),
        (MartColumn("spent_usd", "decimal(18, 2)", "x", metric="spent"), "not in the register"),
        (MartColumn("days_to_close", "integer", "x", measures="people"), "says measures"),
        (MartColumn("open_count", "bigint", "x", metric="a", measures="record"), "says that it"),
    ],
)
def test_a_column_of_numbers_that_nobody_explains_cannot_be_published(
    tmp_path: Path, column: MartColumn, said: str
) -> None:
    settings = invented.settings(tmp_path)
    planted = Mart("planted", "Planted", "x", ("a",), (column,))
    with pytest.raises(Misconfigured) as refused:
        build_candidate(settings, [*invented.marts(), planted])
    assert f"planted.{column.name}" in refused.value.told()
    assert said in refused.value.told()
    assert not settings.candidate.exists()


def test_texts_and_days_are_no_numbers() -> None:
    for name, kind in (("notice_hours", "varchar"), ("last_days", "date"), ("account", "integer")):
        assert not measured_columns.is_number(MartColumn(name, kind, "x"))


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_practices_use_the_aspects_and_feeds_of_the_register() -> None:
    for row in seed("practices"):
        assert row["aspect"] in get_args(Aspect)
        assert set(row["feeds"].split(",")) <= set(get_args(Feed))
        assert row["source"]
    text = (PROJECT / "dbt_project/macros/comparison.sql").read_text(encoding="utf-8")
    assert all(f"'{aspect}'" in text for aspect in get_args(Aspect))


def test_a_practice_holds_once_at_a_time() -> None:
    now = [
        (row["jurisdiction"], feed, row["aspect"])
        for row in seed("practices")
        if not row["valid_to"]
        for feed in row["feeds"].split(",")
    ]
    assert len(now) == len(set(now))


def test_the_practices_repeat_what_the_contracts_say_of_the_records() -> None:
    contracts = load_contracts(PROJECT / "dbt_project")
    told: dict[tuple[str, str], set[str]] = {}
    for contract in contracts:
        place = (contract.jurisdiction, contract.meta.feed)
        told.setdefault(place, set()).add(contract.meta.population)
    for row in seed("practices"):
        for feed in row["feeds"].split(","):
            known = told.get((row["jurisdiction"], feed), set())
            if row["aspect"] == "population" and len(known) == 1:
                assert row["practice"] in (known | {"mixed_files"}), (row["jurisdiction"], feed)


def test_every_break_and_every_official_total_is_cited() -> None:
    for row in seed("series_break_facts"):
        assert row["why"]
        assert row["source"]
    for row in seed("official_totals"):
        assert row["source"]
        assert row["url"].startswith("https://")
        assert float(row["published_value"]) > 0
