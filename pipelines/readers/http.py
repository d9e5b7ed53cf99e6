"""Files over HTTP(S): streamed to disk, retried with patience, never trusted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import stamina

from pipelines.contracts import Contract
from pipelines.failures import SourceFailed
from pipelines.readers import disguise, hosts
from pipelines.readers.parts import CHUNK, MAX_PART_BYTES, FetchedPart, base_name, public_url
from pipelines.settings import Settings

ATTEMPTS = 5
LONGEST_WAIT = 120.0
LONGEST_FETCH = 900.0
MAX_REDIRECTS = 3
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
BUSY = frozenset({202, 408, 425, 429, 500, 502, 503, 504})
HEADERS = {"accept-encoding": "identity", "user-agent": "oversight-open-data (public data refresh)"}
KEPT_HEADERS = ("content-type", "content-length", "etag", "last-modified", "date")


class _Again(Exception):
    """The source was busy or broke off; `wait` is how long it asked for, in seconds."""

    def __init__(self, told: str, wait: float | None = None) -> None:
        super().__init__(told)
        self.wait = wait


def fetch(contract: Contract, url: str, folder: Path, settings: Settings) -> FetchedPart:
    """Download one file. Raises `SourceFailed` when it does not come."""
    target = folder / "body"
    headers = download(url, target, settings, contract.name)
    return FetchedPart(base_name(url.split("?")[0]), target, public_url(url), headers)


def download(url: str, target: Path, settings: Settings, feed: str) -> Mapping[str, str]:
    """Stream `url` to `target` as sent, and return the headers worth keeping.

    Retried up to 5 times on 429, 5xx, time-outs and broken connections, waiting as long as
    `Retry-After` says (at most 120 s). Raises `SourceFailed` with the last cause, and
    `Misconfigured` when the address, or a redirect of it, may not be visited.
    """
    deadline = time.monotonic() + LONGEST_FETCH
    try:
        for attempt in stamina.retry_context(
            on=_wait, attempts=ATTEMPTS, timeout=LONGEST_FETCH, wait_initial=0.2, wait_max=30
        ):
            with attempt, _transport_failures():
                return _once(url, target, settings, feed, deadline)
    except _Again as last:
        raise SourceFailed(f"{last} ({ATTEMPTS} tries).", place=feed) from None
    raise AssertionError("stamina gave no attempt")


def _wait(error: Exception) -> bool | float:
    if not isinstance(error, _Again):
        return False
    return True if error.wait is None else error.wait


@contextmanager
def _transport_failures() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        told = "connect" if isinstance(error, httpx.ConnectTimeout) else "answer"
        raise _Again(f"The source did not {told} in time") from None
    except httpx.RemoteProtocolError:
        raise _Again("The source broke off before the end of the file") from None
    except httpx.TransportError as error:
        raise _Again(f"The connection failed ({type(error).__name__})") from None


def _once(
    url: str, target: Path, settings: Settings, feed: str, deadline: float
) -> Mapping[str, str]:
    with httpx.Client(timeout=TIMEOUT, headers=HEADERS, trust_env=False) as client:
        for _ in range(MAX_REDIRECTS + 1):
            hosts.check(url, settings, feed)
            with client.stream("GET", url) as response:
                hosts.check_peer(response, settings, feed)
                if not response.has_redirect_location:
                    _check_status(response, feed)
                    _save(response, target, feed, deadline)
                    return {k: response.headers[k] for k in KEPT_HEADERS if k in response.headers}
                url = str(response.url.join(response.headers["location"]))
    raise SourceFailed(f"The source redirects more than {MAX_REDIRECTS} times.", place=feed)


def _check_status(response: httpx.Response, feed: str) -> None:
    if response.status_code == 200:
        return
    told = f"The source answered {response.status_code}"
    if response.status_code in BUSY:
        raise _Again(told, _retry_after(response.headers.get("retry-after")))
    raise SourceFailed(f"{told} ({_code(response)}).", place=feed)


def _code(response: httpx.Response) -> str:
    body = next(response.iter_bytes(disguise.HEAD), b"")
    try:
        return disguise.error_code(httpx.Response(200, content=body).json())
    except ValueError:
        return "no code"


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait, from either form of the header, at most `LONGEST_WAIT`."""
    if not header:
        return None
    if header.strip().isdigit():
        return min(float(header), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    seconds = (until.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _save(response: httpx.Response, target: Path, feed: str, deadline: float) -> None:
    size = 0
    with target.open("wb") as file:
        for chunk in response.iter_raw(CHUNK):
            size += len(chunk)
            if size > MAX_PART_BYTES:
                raise SourceFailed("The source sent more than 2 GB.", place=feed)
            if time.monotonic() > deadline:
                raise SourceFailed("The source took longer than 15 minutes.", place=feed)
            file.write(chunk)
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) != size:
        raise _Again("The source broke off before the end of the file")
