"""The question that both ways into USAspending are asked, and the service's count of its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from pipelines.failures import Misconfigured, SourceFailed
from pipelines.readers.errand import Errand
from pipelines.readers.transport import Answer, Answered, Request, Transport

EARLIEST = date(2007, 10, 1)
"""What happened earlier cannot be searched."""
ROOT = "/api/v2/"
GROUPS = {
    "grants": frozenset({"02", "03", "04", "05"}),
    "direct_payments": frozenset({"06", "10"}),
    "loans": frozenset({"07", "08"}),
    "other": frozenset({"09", "11", "-1"}),
    "contracts": frozenset({"A", "B", "C", "D"}),
}
IDVS = "idvs"
"""The groups in which awards are counted, and that of all types that begin with IDV."""
MISASKED = frozenset({400, 422})


class Api:
    """The service at one address, asked for the awards that the contract's query names."""

    def __init__(self, errand: Errand, transport: Transport) -> None:
        """Raises `Misconfigured` for an address that is not one of the service's."""
        self.errand = errand
        self.transport = transport
        before, root, _ = errand.place.partition(ROOT)
        if not root:
            told = f"The location has no {ROOT!r} in it, so it is not USAspending."
            raise Misconfigured(told, place=errand.feed)
        self._root = f"{before}{root}"
        self.filters = filters(errand)

    def address(self, step: str) -> str:
        """The address of another resource of the service, or of a file that it names."""
        return urljoin(self._root, step)

    def save(self, url: str, question: Mapping[str, Any], target: Path) -> Answer:
        """Post a question and write the answer to `target`. Raises `SourceFailed`."""
        try:
            return self.transport.save(Request(url, json=dict(question)), target)
        except Answered as refusal:
            raise self._explained(refusal) from None

    def document(self, url: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """Post a question whose answer is a small document. Raises `SourceFailed`."""
        try:
            document = self.transport.document(Request(url, json=dict(question)))
        except Answered as refusal:
            raise self._explained(refusal) from None
        if not isinstance(document, dict):
            raise SourceFailed("The service sent a list for a document.", place=self.errand.feed)
        return document

    def count(self) -> int:
        """How many awards there are, by the service's own count.

        It counts in groups, of which the award types asked for are one.
        """
        question = {"filters": self.filters, "subawards": False}
        counted = self.document(self.address("search/spending_by_award_count/"), question)
        try:
            return int(counted["results"][group_of(self.errand, self.filters["award_type_codes"])])
        except (KeyError, TypeError, ValueError):
            told = "The service did not give its count of awards."
            raise SourceFailed(told, place=self.errand.feed) from None

    def _explained(self, refusal: Answered) -> SourceFailed:
        if refusal.status not in MISASKED:
            return refusal
        return SourceFailed(
            f"The service does not take the question ({refusal.status}).",
            place=self.errand.feed,
            next_step="Compare the query of the contract with what the service documents.",
        )


def filters(errand: Errand) -> dict[str, Any]:
    """The query of the contract as the service wants it, to the end of the fiscal year.

    Raises `Misconfigured` for a query that the service would refuse.
    """
    query = errand.location.query
    begin = max(EARLIEST, _day(errand, str(query.get("since", EARLIEST))))
    end = fiscal_year_end(errand.settings.now.date())
    codes = _listed(query.get("award_type_codes"))
    group_of(errand, codes)
    asked: dict[str, Any] = {
        "award_type_codes": codes,
        "program_numbers": _listed(query.get("program_numbers")),
        "time_period": [{"start_date": begin.isoformat(), "end_date": end.isoformat()}],
    }
    states = _listed(query.get("states"))
    if states:
        asked["recipient_locations"] = [{"country": "USA", "state": state} for state in states]
    return asked


def group_of(errand: Errand, codes: Sequence[str]) -> str:
    """The group in which all of these award types lie. Raises `Misconfigured` for a mixture."""
    groups = {next((g for g, c in GROUPS.items() if code in c), IDVS) for code in codes}
    is_known = all(code.startswith("IDV_") for code in codes) or IDVS not in groups
    if len(groups) == 1 and is_known:
        return groups.pop()
    raise Misconfigured(
        "award_type_codes, in the query of the contract, are not of one group.",
        place=errand.feed,
        next_step="The service takes one group at a time, such as the grants 02, 03, 04 and 05.",
    )


def fiscal_year_end(today: date) -> date:
    """The last day of the federal fiscal year, which begins in October."""
    return date(today.year + (today.month >= 10), 9, 30)


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, tuple | list) else [str(value)]


def _day(errand: Errand, since: str) -> date:
    try:
        return date.fromisoformat(since)
    except ValueError:
        told = "since, in the query of the contract, is not a date like 2015-01-31."
        raise Misconfigured(told, place=errand.feed) from None
