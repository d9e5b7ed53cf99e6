"""Expectations: each is declared with a reason, each is run, and a failing one stops a release."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.checks.judge import CheckResult, judge, refuse_on_failure
from pipelines.checks.suites import Expectation, Suite, load_suites
from pipelines.failures import DataRefused, Misconfigured
from pipelines.settings import PROJECT
from tests import invented_marts as invented

GOOD = """
- type: expect_table_row_count_to_be_between
  kwargs: {min_value: 1}
  severity: critical
  meta: {id: has_rows, why: A table without rows helps nobody.}
"""


def one(name: str, query: str, severity: str = "critical") -> Expectation:
    kwargs = {"unexpected_rows_query": f"select 1 from {{batch}} where {query}"}
    return Expectation(name, "unexpected_rows_expectation", kwargs, severity, "It matters to all.")


def written(folder: Path, **changed: str | None) -> Path:
    for mart in invented.marts():
        text = changed.get(mart.name, GOOD)
        if text is not None:
            (folder / f"{mart.name}.yml").write_text(text)
    return folder


def test_every_public_table_has_four_or_more_expectations_with_a_reason() -> None:
    suites = load_suites(PROJECT / "expectations", invented.marts())
    assert {suite.mart for suite in suites} == {mart.name for mart in invented.marts()}
    assert min(len(suite.expectations) for suite in suites) >= 4
    for suite in suites:
        listed = suite.expectations[0].kwargs["column_list"]
        mart = next(m for m in invented.marts() if m.name == suite.mart)
        assert listed == [column.name for column in mart.columns]


def test_a_table_without_expectations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"hearings\.yml is missing"):
        load_suites(written(tmp_path, hearings=None), invented.marts())


def test_expectations_of_no_table_are_refused(tmp_path: Path) -> None:
    (written(tmp_path) / "parades.yml").write_text(GOOD)
    with pytest.raises(Misconfigured, match=r"parades\.yml checks no public table"):
        load_suites(tmp_path, invented.marts())


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (GOOD.replace("critical", "grave"), "severity must be critical or warning"),
        (GOOD.replace("id: has_rows, ", ""), "meta.id must be"),
        (GOOD.replace("A table without rows helps nobody.", "no"), "meta.why must be"),
        (GOOD.replace("type: expect_table", "type: table"), "type must name"),
        (GOOD.replace("  severity", "  row_condition: x\n  severity"), "unknown key"),
        (GOOD + GOOD, "stands twice"),
        ("[]", "at least one expectation"),
        (
            GOOD.replace("expect_table_row_count_to_be_between", "unexpected_rows_expectation"),
            "must start with",
        ),
    ],
)
def test_a_careless_expectation_is_refused_with_file_and_line(
    tmp_path: Path, broken: str, words: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        load_suites(written(tmp_path, complaints=broken), invented.marts())
    assert words in str(refused.value)
    assert "complaints.yml" in str(refused.value)


def test_reading_the_expectations_does_not_import_great_expectations() -> None:
    code = (
        "import sys; import pipelines.checks.judge, pipelines.checks.suites; "
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


def test_the_invented_release_passes_every_expectation_of_the_project(tmp_path: Path) -> None:
    built = invented.candidate(invented.settings(tmp_path))
    suites = load_suites(PROJECT / "expectations", invented.marts())
    results = judge(built.database, suites)
    declared = [(suite.mart, e.id) for suite in suites for e in suite.expectations]
    assert [(r.table, r.name) for r in results] == declared
    assert [r for r in results if not r.has_passed] == []


def test_planted_bad_rows_turn_their_checks_red_without_showing_a_value(tmp_path: Path) -> None:
    bad = dict(invented.ROWS["complaints"][0])
    bad.update(complaint_id="LH-9999", district="call 555-867-5309", finding="guilty")
    rows = {
        "complaints": [*invented.ROWS["complaints"], bad],
        "sources": [{**invented.ROWS["sources"][0], "received_count": 7}],
    }
    built = invented.candidate(invented.settings(tmp_path), rows)
    results = judge(built.database, load_suites(PROJECT / "expectations", invented.marts()))
    red = {(r.table, r.name) for r in results if not r.has_passed}
    assert red >= {
        ("complaints", "no_contact_details"),
        ("complaints", "words_are_in_the_vocabulary"),
        ("complaints", "counted_allegations_exist"),
        ("complaint_outcomes", "complaints_add_up"),
        ("sources", "every_row_is_accounted_for"),
    }
    assert "867-5309" not in repr(results)
    assert "guilty" not in repr(results)


def test_a_check_that_cannot_run_is_our_error_and_no_verdict(tmp_path: Path) -> None:
    built = invented.candidate(invented.settings(tmp_path))
    broken = Suite("complaints", (one("typo", "shoe_size > 3"),))
    with pytest.raises(
        DataRefused, match=r"table complaints: Check typo .* could not be evaluated"
    ):
        judge(built.database, [broken])


def test_a_skipped_check_is_noticed_by_counting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import great_expectations as gx

    built = invented.candidate(invented.settings(tmp_path))
    suite = Suite("complaints", (one("first", "days_to_close < 0"), one("second", "status = 'x'")))
    whole = gx.ExpectationSuite

    def skipping(name: str, expectations: list[dict[str, object]]) -> gx.ExpectationSuite:
        return whole(name=name, expectations=expectations[:1])

    monkeypatch.setattr(gx, "ExpectationSuite", skipping)
    with pytest.raises(DataRefused, match=r"declared 2, ran 1: complaints\.second"):
        judge(built.database, [suite])


def test_a_failed_critical_check_is_refused_by_table_name_and_reason() -> None:
    failed = CheckResult("hearings", "has_rows", "critical", False, "Nobody would know when.")
    with pytest.raises(DataRefused) as refused:
        refuse_on_failure([failed])
    assert refused.value.exit_code == 3
    assert "Table hearings, check has_rows: Nobody would know when." in refused.value.told()
    refuse_on_failure([CheckResult("hearings", "has_rows", "warning", False, "Told, not stopped.")])
