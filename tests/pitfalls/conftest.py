"""The forty ways to get a number about police wrong, and the table of the tests that bar them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter

from pipelines import shelf
from pipelines.demo.generate import generate
from pipelines.orchestration.run import run
from tests.conftest import TINY, Installation, settings_at

PITFALLS = dict(
    enumerate(
        (
            "complaints, allegations and officer cases taken for one another",
            "open cases dropped from the count",
            "open cases counted as not sustained",
            "the mean of closed cases taken for the time a case takes",
            "the last months, still incomplete, read as a fall",
            "published figures edited after the fact",
            "removed records read as improvement",
            "new keys read as deletions and additions",
            "another way of writing read as a change",
            "cases opened again counted as closed",
            "a changed definition drawn as one line",
            "a renamed finding read as another finding",
            "closures that the public file leaves out",
            "a rate over records chosen by their outcome",
            "closures by directive counted as if investigated",
            "one incident with many complaints read as a wave",
            "business days and calendar days mixed",
            "dates in the future or before anything",
            "one complaint under two numbers",
            "unidentified officers dropped",
            "cells with several values read as one",
            "several complainants read as one",
            "missing demographics read as a group",
            "the wrong denominator",
            "cities compared that do not count alike",
            "small cells that point at a person",
            "percentages out of a handful",
            "a break from outside read as a trend",
            "association with footage read as effect",
            "any violation announced as cameras switched off",
            "obligated money announced as spent",
            "an outlay not reported taken for zero",
            "officers funded announced as hired",
            "overturned discipline counted as sustained",
            "sealed cases turned into a finding",
            "a complaint's outcome that depends on row order",
            "year of incident, receipt and closing mixed",
            "fiscal and calendar years mixed",
            "clocks that change and times in UTC",
            "a check that silently did not run",
        ),
        start=1,
    )
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--pitfalls` makes an untested pitfall a failure."""
    parser.addoption(
        "--pitfalls", action="store_true", help="fail unless each pitfall has a test that passes"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The mark, and what collects its outcomes."""
    config.addinivalue_line("markers", "pitfall(number): the way to get a number wrong")
    config.pluginmanager.register(Table(config.getoption("--pitfalls", default=False)))


@dataclass(eq=False)
class Table:
    """Collects the outcomes of the marked tests, and tells them at the end."""

    asked: bool
    outcomes: dict[int, list[bool]] = field(default_factory=dict)

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        """Note each test's number."""
        for item in items:
            for mark in item.iter_markers("pitfall"):
                item.user_properties.append(("pitfall", mark.args[0]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that is skipped shows nothing."""
        number = dict(report.user_properties).get("pitfall")
        if number and (report.failed or (report.passed and report.when == "call")):
            self.outcomes.setdefault(int(str(number)), []).append(report.passed)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """The exit code is 1 unless every pitfall is barred, if that was asked for."""
        if self.asked and exitstatus == 0 and self.barred() < len(PITFALLS):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """One line for each pitfall."""
        if not self.asked:
            return
        terminalreporter.section("pitfalls")
        for number, text in PITFALLS.items():
            word = self.word(number)
            terminalreporter.write(f"P{number:<4}{text:<64}")
            terminalreporter.write_line(word, green=word == "barred", red=word != "barred")
        terminalreporter.write_line(f"{self.barred()} of {len(PITFALLS)} pitfalls are barred")

    def word(self, number: int) -> str:
        """How it stands with one pitfall."""
        tests = self.outcomes.get(number)
        return "no test" if not tests else "barred" if all(tests) else "failed"

    def barred(self) -> int:
        """How many pitfalls have tests, all of which pass."""
        return sum(self.word(number) == "barred" for number in PITFALLS)


@dataclass(frozen=True)
class Site:
    """The public tables of one release, and what the demo is known to hold."""

    connection: sqlite3.Connection
    answers: dict[str, Any]

    def one(self, sql: str, *values: Any) -> Any:
        """The one value of a query."""
        return self.connection.execute(sql, values).fetchone()[0]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def measure(self, metric: str, **where: str) -> dict[str, Any]:
        """The one row of a measure: of all periods and groups unless told otherwise."""
        wanted = {"period": "all", "dimension": "all", "dimension_value": "all", **where}
        tests = " and ".join(f"{name} = ?" for name in wanted)
        found = self.connection.execute(
            f"select * from measures where metric = ? and {tests}", (metric, *wanted.values())
        )
        names = [column[0] for column in found.description]
        rows = found.fetchall()
        assert len(rows) == 1, f"{metric}: {len(rows)} rows"
        return dict(zip(names, rows[0], strict=True))


def opened(installation: Installation) -> sqlite3.Connection:
    """The public database of the shown release, read only."""
    file = installation.settings.current / "oversight.db"
    return sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)


@pytest.fixture(scope="session")
def site(released: Installation) -> Iterator[Site]:
    """The demo's first release."""
    with closing(opened(released)) as connection:
        yield Site(connection, released.answers)


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo after three deliveries, the second and third of which changed what was known."""
    settings = settings_at(tmp_path_factory.mktemp("nights"))
    for delivery in (1, 2, 3):
        answers = generate(settings.data / "demo", scale=TINY, delivery=delivery)
        refresh = run("nightly_refresh", settings)
        assert [failure.told() for failure in refresh.failures] == []
    assert shelf.numbers(settings) == [1, 2, 3]
    file = settings.current / "oversight.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        yield Site(connection, {"deliveries": answers.deliveries, "settings": settings})


@pytest.fixture
def unread() -> Callable[[str], list[str]]:
    """The columns of the contract's feeds that never land, by class."""
    from pipelines.contracts import load_contracts
    from pipelines.settings import PROJECT

    feeds = [c for c in load_contracts(PROJECT / "dbt_project") if c.jurisdiction == "larkhaven"]
    return lambda klass: [
        column.name for feed in feeds for column in feed.columns if column.klass == klass
    ]
