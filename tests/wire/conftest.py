"""The behaviours that a reader must survive, and the matrix of the tests that show it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from _pytest.terminal import TerminalReporter


class Behaviour(NamedTuple):
    """One thing that a live service does, and the protocol on which it was seen."""

    protocol: str
    text: str


BEHAVIOURS = dict(
    enumerate(
        (
            Behaviour("Socrata", "rows in another order on every request unless one is asked for"),
            Behaviour("Socrata", "blank keys left out; numbers as text; urls, points, addresses"),
            Behaviour("Socrata", "no X-SODA2 headers"),
            Behaviour("Socrata", "429 with and without Retry-After; 202 and then 200; 500 once"),
            Behaviour("Socrata", "1,000 rows unless a limit is given; 50,000 at most on 2.0"),
            Behaviour("Socrata", "a full replacement: every stamp moves, few rows change"),
            Behaviour("Socrata", "a column renamed or gone; display names; no heading at all"),
            Behaviour("Socrata", "rowsUpdatedAt as before; ETag and 304"),
            Behaviour("Socrata", "an export that is a stub, or a web page, with status 200"),
            Behaviour("Socrata", "the number of rows changes while the pages are fetched"),
            Behaviour("Socrata 3", "refused without a token"),
            Behaviour("ArcGIS", "an error inside status 200; half the page succeeds"),
            Behaviour("ArcGIS", "short and empty pages that say there is more"),
            Behaviour("ArcGIS", "no paging at all"),
            Behaviour("ArcGIS", "dates as milliseconds, also before 1970 and in 3019, or as text"),
            Behaviour("CKAN", "32,000 of 50,000 rows; a link to the next page for ever"),
            Behaviour("CKAN", "refusals: 409, 404, and success false"),
            Behaviour("Carto", "429 for a query that takes too long; a list of errors with 400"),
            Behaviour("Legistar", "1,000 rows and no word of more; a row put in between pages"),
            Behaviour("Legistar", "empty lists, blank notes, odd times; 410 or 500 for one event"),
            Behaviour("Legistar", "refused without the client's token"),
            Behaviour("USAspending", "422 for what may not be asked; totals capped; no sort value"),
            Behaviour("USAspending", "downloads that run, fail, are empty, or hold two files"),
            Behaviour("USAspending", "negative and zero amounts; modifications; award ids"),
            Behaviour("files", "byte order marks, line ends, encodings, delimiters, late quotes"),
            Behaviour("all", "resets, truncated gzip, redirects to another host, stalls"),
        ),
        start=1,
    )
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--matrix` makes an untested behaviour a failure."""
    parser.addoption(
        "--matrix",
        action="store_true",
        help="fail unless each of the 26 behaviours has a test and all its tests pass",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The mark, and what collects its outcomes."""
    config.addinivalue_line("markers", "behaviour(*numbers): what a live service does, by number")
    config.pluginmanager.register(Matrix(config.getoption("--matrix", default=False)))


@dataclass(eq=False)
class Matrix:
    """Collects the outcomes of the marked tests, and tells them at the end."""

    asked: bool
    outcomes: dict[int, list[bool]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        """Note each test's numbers; one that no behaviour has is a slip of the pen."""
        for item in items:
            numbers = [n for mark in item.iter_markers("behaviour") for n in mark.args]
            if set(numbers) - set(BEHAVIOURS):
                raise pytest.UsageError(f"{item.nodeid}: there is no behaviour {numbers}")
            if numbers:
                item.user_properties.append(("behaviours", numbers))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that is skipped shows nothing; figures that a test tells are kept for the end."""
        if report.when == "call":
            self.told += [str(value) for key, value in report.user_properties if key == "told"]
        if report.failed or (report.passed and report.when == "call"):
            for number in dict(report.user_properties).get("behaviours", ()):  # type: ignore[attr-defined]
                self.outcomes.setdefault(number, []).append(report.passed)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """The exit code is 1 unless every behaviour is shown, if that was asked for."""
        if self.asked and exitstatus == 0 and self.shown() < len(BEHAVIOURS):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """The figures that tests told, and one line for each behaviour."""
        for line in sorted(self.told):
            terminalreporter.write_line(line)
        if not self.outcomes and not self.asked:
            return
        terminalreporter.section("behaviours")
        for number, behaviour in BEHAVIOURS.items():
            tests, word = self.outcomes.get(number, []), self.word(number)
            terminalreporter.write(f"{number:>2}  {behaviour.protocol:<12}{behaviour.text:<66}")
            terminalreporter.write(f"{sum(tests):>3} passed {len(tests) - sum(tests):>3} failed  ")
            terminalreporter.write_line(word, green=word == "passed", red=word != "passed")
        terminalreporter.write_line(f"{self.shown()} of {len(BEHAVIOURS)} behaviours pass")

    def word(self, number: int) -> str:
        """How it stands with one behaviour."""
        tests = self.outcomes.get(number)
        return "missing" if not tests else "passed" if all(tests) else "failed"

    def shown(self) -> int:
        """How many behaviours have tests, all of which pass."""
        return sum(self.word(number) == "passed" for number in BEHAVIOURS)
