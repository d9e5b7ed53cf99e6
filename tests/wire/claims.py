"""What every reader of pages is held to, whatever the protocol, said once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request as Question
from urllib.request import urlopen

import pytest

from pipelines import readers, snapshots
from pipelines.contracts import Contract, column_name
from pipelines.failures import Misconfigured, SourceFailed
from pipelines.settings import Settings
from tests.wire import fetching
from tests.wire.invented import complaint
from tests.wire.server import Reply, Request, Wire

Rows = list[tuple[str, ...]]
Fault = Callable[[Reply], Reply]
BOUND = 150
"""More requests than any of these small tables can need: beyond it, a reader goes in circles."""


@dataclass
class Case:
    """A service on a server, and a feed that is read from it."""

    service: Any
    wire: Wire
    contract: Contract
    settings: Settings
    is_page: Callable[[Request], bool]
    moments: list[Rows] = field(default_factory=list)

    def rows(self) -> Rows:
        """What lands when the feed is fetched and loaded now."""
        return fetching.rows(self.contract, self.settings)

    def now(self) -> Rows:
        """What the service has now, as it should land."""
        titles = {column_name(name): name for name in self.service.table.names}
        names = [titles[column.name] for column in self.contract.landed]
        texts = (
            tuple("" if row[name] is None else str(row[name]) for name in names)
            for row in self.service.table.rows
        )
        return sorted(texts)

    @property
    def pages(self) -> list[Request]:
        """The requests of rows that the service saw."""
        return [request for request in self.wire.asked if self.is_page(request)]

    @property
    def answered(self) -> list[Request]:
        """Those of them that were answered with status 200."""
        replies = zip(self.wire.asked, self.wire.statuses, strict=True)
        return [request for request, status in replies if status == 200 and self.is_page(request)]

    def fails(self, *words: str) -> SourceFailed:
        """The failure of a fetch, whose words name the feed and all `words`; nothing is kept."""
        with pytest.raises(SourceFailed) as failure:
            self.rows()
        told = failure.value.told()
        assert all(word in told for word in (self.contract.name, *words)), told
        assert snapshots.latest(self.settings, self.contract) is None
        assert len(self.wire.asked) < BOUND, "the reader goes in circles"
        return failure.value

    def comes_whole(self) -> None:
        """All rows land, in a bounded number of requests."""
        assert self.rows() == self.now()
        assert len(self.wire.asked) < BOUND, "the reader goes in circles"

    def is_never_partial(self) -> None:
        """The feed fails, or what lands is what the service had at one moment."""
        self.moments.append(self.now())
        try:
            landed = self.rows()
        except SourceFailed:
            landed = None
        self.moments.append(self.now())
        assert landed is None or landed in self.moments
        assert len(self.wire.asked) < BOUND, "the reader goes in circles"


def asked(request: Request) -> dict[str, Any]:
    """The parameters of a request, whether in its address or posted."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return {**request.query, **json.loads(request.body)}
    return {**request.query, **dict(parse_qsl(request.body.decode(), keep_blank_values=True))}


def ask(
    address: str, form: dict[str, Any] | None = None, **query: Any
) -> tuple[int, dict[str, Any] | str]:
    """Ask a service without any reader: status, and the document or the text of its answer."""
    url = f"{address}?{urlencode(query)}" if query else address
    posted = urlencode(form).encode() if form is not None else None
    try:
        with urlopen(Question(url, posted), timeout=5) as answer:
            status, body = answer.status, answer.read()
    except HTTPError as refusal:
        status, body = refusal.code, refusal.read()
    try:
        return status, json.loads(body)
    except ValueError:
        return status, body.decode()


def reset(reply: Reply) -> Reply:
    """The connection is reset in the middle of the body."""
    return replace(reply, cut_after=len(reply.body) // 2, reset=True)


def early_end(reply: Reply) -> Reply:
    """The connection is closed in the middle of the body."""
    return replace(reply, cut_after=len(reply.body) // 2)


def truncated_gzip(reply: Reply) -> Reply:
    """The length is right, but the compressed stream has lost its end."""
    packed = reply.body if "Content-Encoding" in reply.headers else gzip.compress(reply.body)
    return replace(reply, body=packed[:-9], headers={**reply.headers, "Content-Encoding": "gzip"})


def stall(reply: Reply) -> Reply:
    """Half of the body, and then nothing for longer than the reader waits."""
    return replace(reply, stall=1.5)


def unfinished_chunks(reply: Reply) -> Reply:
    """A body of unannounced length whose last chunk never comes."""
    return replace(reply, chunked=True, cut_after=len(reply.body) // 2)


FAULTS = (reset, early_end, truncated_gzip, stall, unfinished_chunks)


def befall(case: Case, fault: Fault, *, first: int = 1, times: int = 1_000_000) -> None:
    """From the good page `first` on, so many answers with rows go wrong."""
    numbers = range(first, first + times)
    seen: list[int] = []

    def faults(request: Request, reply: Reply) -> Reply:
        if not case.is_page(request) or reply.status != 200:
            return reply
        seen.append(request.at)
        return fault(reply) if len(seen) in numbers else reply

    case.wire.faults = faults


def survives_a_broken_page(case: Case, fault: Fault) -> None:
    """A page that breaks once on its way is fetched again, and all rows land."""
    case.settings = fetching.hurried(case.settings, read=0.3)
    befall(case, fault, first=2, times=1)
    case.comes_whole()
    assert len(case.pages) > len({(r.path, str(asked(r))) for r in case.pages})


def refuses_a_page_that_stays_broken(case: Case, fault: Fault) -> None:
    """A page that never comes whole fails the feed, and none of its rows land."""
    case.settings = fetching.hurried(case.settings, read=0.1)
    befall(case, fault, first=2)
    case.fails()


def stays_with_its_host(case: Case) -> None:
    """A redirect to a host that the contract does not name is not followed."""
    port = urlsplit(case.wire.address).port

    def elsewhere(request: Request, _: Reply) -> Reply:
        return Reply(302, b"", {"Location": f"http://localhost:{port}{request.path}"})

    case.wire.faults = elsewhere
    with pytest.raises((Misconfigured, SourceFailed)) as failure:
        case.rows()
    assert "localhost" in failure.value.told()
    assert not [r for r in case.wire.asked if r.headers["host"].startswith("localhost")]


def reads_again_when_a_row_is_added(case: Case) -> None:
    """The table grows by a row after the first page: all its rows land, the new one too."""
    case.service.after_page = lambda page: _grow(case) if page == 1 else None
    case.comes_whole()


def gives_up_on_a_table_that_never_rests(case: Case) -> None:
    """The table grows with every page: the feed fails, and no part of it lands."""
    case.service.after_page = lambda _: _grow(case)
    case.fails()


def notices_a_swap(case: Case) -> None:
    """A row goes and another comes while the count stays: only the stamp of the source tells."""

    def swap(page: int) -> None:
        if page == 1:
            case.moments.append(case.now())
            case.service.table.rows.pop(0)
            _grow(case)

    case.service.after_page = swap
    case.is_never_partial()


def goes_on_where_it_broke_off(case: Case) -> None:
    """After a failure in the middle, the next fetch asks only for pages that it does not have."""
    befall(case, lambda _: Reply(503, b"busy"), first=3)
    with pytest.raises(SourceFailed):
        case.rows()
    had = [str(asked(request)) for request in case.answered]
    assert len(had) == 2
    case.wire.faults = None
    before = len(case.pages)
    assert case.rows() == case.now()
    again = [str(asked(request)) for request in case.pages[before:]]
    assert again
    assert not set(had) & set(again)


def forgets_pages_of_an_earlier_state(case: Case) -> None:
    """A fetch broke off, then the table changed, but not its count: nothing old may land."""
    befall(case, lambda _: Reply(503, b"busy"), first=3)
    with pytest.raises(SourceFailed):
        case.rows()
    case.wire.faults = None
    case.service.table.rows.pop(0)
    _grow(case)
    case.comes_whole()


def skips_what_has_not_changed(case: Case) -> None:
    """The same stamp brings the same parts without a page; another stamp brings the new rows."""
    case.comes_whole()
    known = known_parts(case)
    asked_before = len(case.pages)
    again = fetching.fetch(case.contract, case.settings, known=known)
    assert len(case.pages) == asked_before
    assert [(part.name, part.stamp) for part in again] == [(p.name, p.stamp) for p in known]
    assert [p.path.read_bytes() for p in again] == [p.path.read_bytes() for p in known]
    _grow(case)
    case.comes_whole()
    assert len(case.pages) > asked_before


def looks_once(case: Case) -> None:
    """One request tells the columns as the service names them, and brings no row."""
    location = fetching.location_of(case.contract, case.settings)
    seen = readers.look(case.contract, location, case.settings.work / "look", case.settings)
    assert len(case.wire.asked) == 1
    assert {column_name(name) for name in seen.columns} >= {c.name for c in case.contract.columns}
    assert seen.rows in (None, len(case.service.table.rows))


def samples_a_page(case: Case) -> None:
    """A sample is one page of the first rows, no more than were asked for."""
    location = fetching.location_of(case.contract, case.settings)
    folder = case.settings.work / "sample"
    (part,) = readers.sample(case.contract, location, folder, case.settings, 2)
    document = json.loads(part.path.read_bytes())
    document = document.get("result", document)
    rows = next(document[name] for name in ("features", "records", "rows") if name in document)
    assert len(rows) == 2
    assert len(case.pages) == 1


def known_parts(case: Case) -> tuple[Any, ...]:
    """The parts of the last accepted snapshot, from the store."""
    location = fetching.location_of(case.contract, case.settings)
    return snapshots.known_parts(case.settings, case.contract, location)


def _grow(case: Case) -> None:
    """One more row, numbered as the service numbers, and a later stamp."""
    table = case.service.table
    fresh = complaint(len(table.rows) + 1_000 + case.service.pages)
    values = {name.lower(): value for name, value in fresh.items()}
    row = {
        name: values.get(name.lower(), last + 1 if isinstance(last, int) else last)
        for name, last in table.rows[-1].items()
    }
    table.rows.append(row)
    table.stamp += 60
