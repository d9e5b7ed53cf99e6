"""USAspending's search, counts and downloads, over a handful of awards and transactions."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.wire import usaspending_rules as rules
from tests.wire.server import Reply, Request
from tests.wire.usaspending_match import has_award, has_transaction
from tests.wire.usaspending_objects import GROUPS, TRANSACTION_COLUMNS, TRANSACTION_FIELDS
from tests.wire.usaspending_rules import EARLIEST, LATEST, Page, Refused

STATUS = "/api/v2/download/status"
FILES = "/generated_downloads/"
NO_JSON = {"Content-Type": "application/xml"}
MESSAGE = (
    "For searches, time period start and end dates are currently limited to an earliest date of "
    f"{EARLIEST} and a latest date of {LATEST}."
)


@dataclass
class Job:
    """A download that was asked for, and how often its state was."""

    columns: tuple[str, ...]
    rows: list[Mapping[str, str]]
    polls: int = 0


@dataclass
class USAspending:
    """The service; awards and transactions as `usaspending_objects` makes them.

    Toggles, off by default: `total_cap` is the most that paging by number knows of (10,000 in the
    search engine behind it); `counts` are told instead of the true ones, one after the other;
    `appear` are awards that are there from the second page on. Of a download: the `states` that it
    goes through, into how many `files` it is cut, how many rows `rows_told` says, and at which
    other `file_host` it lies.
    """

    awards: list[dict[str, Any]] = field(default_factory=list)
    transactions: list[dict[str, str]] = field(default_factory=list)
    window: int = 50_000
    total_cap: int | None = None
    counts: list[int] = field(default_factory=list)
    appear: list[dict[str, Any]] = field(default_factory=list)
    states: Sequence[str] = ("ready", "running", "finished")
    files: int = 1
    rows_told: int | None = None
    file_host: str | None = None
    jobs: dict[str, Job] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply | None:
        """The reply to a path of the API or of a finished file, else None."""
        try:
            if request.path.startswith(FILES):
                return self._file(request.path.removeprefix(FILES))
            document = self._document(request)
        except Refused as refused:
            return _told(refused.document, refused.status)
        return None if document is None else _told(document, 200)

    def _document(self, request: Request) -> Any:
        match request.path.rstrip("/") + "/":
            case "/api/v2/search/spending_by_award/":
                return self._award_page(rules.body_of(request, rules.AWARD_KEYS))
            case "/api/v2/search/spending_by_award_count/":
                return self._counted(rules.body_of(request, rules.PAGE_KEYS))
            case "/api/v2/search/spending_by_transaction/":
                return self._transaction_page(rules.body_of(request, rules.TRANSACTION_KEYS))
            case "/api/v2/download/transactions/":
                return self._started(request)
            case "/api/v2/download/status/":
                return self._status(request)
        return None

    def _award_page(self, body: Mapping[str, Any]) -> dict[str, Any]:
        page = rules.award_page(body, self.window)
        found = _sorted([a for a in self.awards if has_award(a, body["filters"])], page)
        self.awards, self.appear = [*self.awards, *self.appear], []
        if page.cursor is not None:
            left = [award for award in found if _is_after(award, page)]
            rows, has_next = left[: page.limit], len(left) > page.limit
        else:
            total = min(len(found), self.total_cap or len(found))
            rows = found[page.start : page.start + page.limit]
            has_next = total - page.start > page.limit
        last = rows[-1] if rows and has_next else None
        told = {
            "page": page.number,
            "hasNext": has_next,
            "last_record_unique_id": last and last["internal_id"],
            "last_record_sort_value": str(last and last.get(page.sort)),
        }
        return {
            "spending_level": "awards",
            "limit": page.limit,
            "results": [_shown(award, page.fields) for award in rows],
            "page_metadata": told,
            "messages": [MESSAGE],
        }

    def _counted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        filters = rules.filters_of(body)
        found = [award for award in self.awards if has_award(award, filters)]
        results = {name: sum(a["_type"] in types for a in found) for name, types in GROUPS.items()}
        if self.counts:
            results["grants"] = self.counts.pop(0)
        return {"results": results, "spending_level": "awards", "messages": [MESSAGE]}

    def _transaction_page(self, body: Mapping[str, Any]) -> dict[str, Any]:
        page = rules.transaction_page(body, self.window)
        found = [row for row in self.transactions if has_transaction(row, body["filters"])]
        random.shuffle(found)  # ties stand in no order
        column = TRANSACTION_FIELDS[page.sort]
        found.sort(key=lambda row: _comparable(row[column]), reverse=page.descending)
        rows, left = found[page.start : page.start + page.limit], len(found) - page.start
        has_next = left > page.limit
        told = {
            "page": page.number,
            "next": page.number + 1 if has_next else None,
            "previous": page.number - 1 or None,
            "hasNext": has_next,
            "hasPrevious": page.number > 1,
        }
        results = [_action(row, page.fields) for row in rows]
        return {
            "limit": page.limit,
            "results": results,
            "page_metadata": told,
            "messages": [MESSAGE],
        }

    def _started(self, request: Request) -> dict[str, Any]:
        body = rules.body_of(request, rules.DOWNLOAD_KEYS)
        columns = rules.download_of(body, TRANSACTION_COLUMNS)
        rows = [row for row in self.transactions if has_transaction(row, body["filters"])]
        name = f"PrimeTransactions_2026-07-13_H10M11S{len(self.jobs):02d}.zip"
        self.jobs[name] = Job(columns, list(rows[: body.get("limit", rules.MAX_DOWNLOAD)]))
        host = request.headers["host"]
        return {
            "status_url": f"http://{host}{STATUS}?file_name={name}",
            "file_name": name,
            "file_url": self._url(name, host),
            "download_request": {**body, "columns": list(columns)},
        }

    def _url(self, name: str, host: str) -> str:
        return f"http://{self.file_host or host}{FILES}{name}"

    def _status(self, request: Request) -> dict[str, Any]:
        if request.method != "GET":
            raise Refused(405, f'Method "{request.method}" not allowed.')
        if set(request.query) != {"file_name"}:
            raise Refused(400, "Missing one or more required body parameters: file_name")
        name = request.query["file_name"]
        if name not in self.jobs:
            raise Refused(404, f"Download job with filename {name} does not exist.")
        job = self.jobs[name]
        state = self._state(job)
        job.polls += 1
        rows = len(job.rows) if self.rows_told is None else self.rows_told
        done = state == "finished"
        return {
            "status": state,
            "message": "The file could not be made." if state == "failed" else None,
            "file_name": name,
            "file_url": self._url(name, request.headers["host"]),
            "total_size": 3.169 if done else None,
            "total_columns": len(job.columns) if done else None,
            "total_rows": rows if done else None,
            "seconds_elapsed": f"{0.5 * job.polls:.2f}" if state != "ready" else None,
        }

    def _state(self, job: Job, before: int = 0) -> str:
        """The state at the next poll, or so many polls before it."""
        return self.states[min(max(job.polls - before, 0), len(self.states) - 1)]

    def _file(self, name: str) -> Reply:
        job = self.jobs.get(name)
        if job is None or self._state(job, before=1) != "finished":
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", NO_JSON)
        return Reply(200, _zip(job, self.files), {"Content-Type": "application/zip"})


def _told(document: Any, status: int) -> Reply:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, body, {"Content-Type": "application/json"}, zipped=True)


def _shown(award: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """The fields that were asked for, and the two that always come."""
    names = ("internal_id", *fields, "generated_internal_id")
    return {name: award.get(name) for name in names}


def _action(row: Mapping[str, str], fields: Sequence[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {name: row[TRANSACTION_FIELDS[name]] or None for name in fields}
    if "Transaction Amount" in shown:
        shown["Transaction Amount"] = float(shown["Transaction Amount"] or 0)
    key = row["assistance_award_unique_key"]
    return {"internal_id": 1, **shown, "generated_internal_id": key}


def _comparable(value: str) -> tuple[float, str]:
    try:
        return float(value), ""
    except ValueError:
        return 0.0, value


def _sorted(awards: Sequence[dict[str, Any]], page: Page) -> list[dict[str, Any]]:
    """By the value and then the number, both in the asked direction; blanks last."""
    with_value = [award for award in awards if award.get(page.sort) is not None]
    blank = [award for award in awards if award.get(page.sort) is None]
    with_value.sort(key=lambda a: (a[page.sort], a["internal_id"]), reverse=page.descending)
    blank.sort(key=lambda a: a["internal_id"], reverse=page.descending)
    return with_value + blank


def _is_after(award: Mapping[str, Any], page: Page) -> bool:
    assert page.cursor is not None
    value, number = page.cursor
    mine = award.get(page.sort)
    if mine is None:
        return True
    try:
        last = (float(value) if isinstance(mine, int | float) else value, number)
    except ValueError:
        raise Refused(500, "Internal server error: the search engine refused the query.") from None
    here = (mine, award["internal_id"])
    return here < last if page.descending else here > last


def _zip(job: Job, files: int) -> bytes:
    size = -(-len(job.rows) // files) or 1
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(files):
            text = io.StringIO()
            writer = csv.DictWriter(text, job.columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(job.rows[number * size : (number + 1) * size])
            name = f"Assistance_PrimeTransactions_2026-07-13_{number + 1}.csv"
            archive.writestr(name, text.getvalue())
    return body.getvalue()
