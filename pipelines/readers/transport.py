"""The one way to a source over the network: patient, bounded, and only where it may go.

It brings bytes, whole or not at all. Whether they are the data is for the readers to say.
"""

from __future__ import annotations

import json
import logging
import random
import ssl
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx
import stamina

from pipelines.failures import Misconfigured, SourceFailed
from pipelines.readers import again, bodies, disguise, hosts
from pipelines.readers.again import Again
from pipelines.readers.evidence import keep_evidence
from pipelines.readers.parts import MAX_PART_BYTES
from pipelines.settings import Settings

MAX_REDIRECTS = 3
MAX_DOCUMENT = 64 * 1024 * 1024
BUSY = frozenset({202, 408, 425, 429, 500, 502, 503, 504})
AGENT = "oversight-open-data (public data refresh)"
KEPT_HEADERS = (
    "content-type",
    "content-length",
    "etag",
    "last-modified",
    "date",
    "x-soda2-fields",
)


@dataclass(frozen=True)
class Request:
    """One question. With `json` or `form` it is posted; `compressed` lets the answer be gzip."""

    url: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    compressed: bool = True


@dataclass(frozen=True)
class Answer:
    """What came: 200, or 304 without a body. `is_bounded` says that its end was announced."""

    status: int
    headers: Mapping[str, str]
    is_bounded: bool


class Answered(SourceFailed):
    """The source answered with a refusal, or was still busy after the last try."""

    def __init__(self, told: str, feed: str, status: int, code: str) -> None:
        super().__init__(told, place=feed)
        self.status = status
        self.code = code


class Transport:
    """A connection to the host of one place, kept open for all questions of a fetch."""

    def __init__(
        self, place: str, feed: str, redirect_hosts: tuple[str, ...], settings: Settings
    ) -> None:
        """Answers may come from the host of `place` and, by redirect, from `redirect_hosts`."""
        # A retry is told when it fails; on the screen of a refresh it would be noise. httpx
        # would log whole addresses, and some services take their token in the address.
        stamina.instrumentation.set_on_retry_hooks(())
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._home = _host(place)
        self._hosts = {self._home, *redirect_hosts}
        self._feed = feed
        self._settings = settings
        self._patience = settings.patience
        timeout = httpx.Timeout(self._patience.read, connect=self._patience.connect)
        self._client = httpx.Client(
            timeout=timeout, headers={"user-agent": AGENT}, trust_env=False, verify=_trusted()
        )

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def save(
        self,
        request: Request,
        target: Path,
        *,
        most: int = MAX_PART_BYTES,
        enough: int | None = None,
    ) -> Answer:
        """Write the body of the answer to `target`: whole, or its first `enough` bytes.

        Tried again on 202, 408, 425, 429, 5xx, time-outs, broken connections and broken gzip,
        after a random wait below a doubling bound, or as long as `Retry-After` says up to a cap.
        Raises `Answered` for a refusal, `SourceFailed` when no whole answer comes or we are sent
        where we may not go, and `Misconfigured` when the address itself may not be visited.
        """
        patience = self._patience
        waits = stamina.retry_context(
            on=again.pause,
            attempts=patience.attempts,
            timeout=None,
        )
        try:
            for attempt in waits:
                with attempt, self._as_again(attempt.num):
                    return self._once(request, target, most, enough)
        except Again as last:
            told = f"{last.told} ({patience.attempts} tries)."
            if last.refusal:
                raise Answered(told, self._feed, *last.refusal) from None
            raise SourceFailed(told, place=self._feed) from None
        raise AssertionError("stamina gave no attempt")

    def document(self, request: Request, *, most: int = MAX_DOCUMENT) -> Any:
        """The JSON of a small answer. Raises `SourceFailed` when it is something else."""
        with tempfile.TemporaryDirectory() as folder:
            body = Path(folder) / "body"
            self.save(request, body, most=most)
            try:
                return json.loads(body.read_bytes())
            except (ValueError, RecursionError):
                raise self.refused(body, "an answer that is not JSON") from None

    def refused(self, body: Path, what: str) -> SourceFailed:
        """Keep a body that is not the data, for a person to see, and say so."""
        is_page = disguise.is_web_page(disguise.first_bytes(body).lstrip()[:64].lower())
        kept = keep_evidence(self._settings, self._feed, body)
        told = "a web page" if is_page else what
        return SourceFailed(
            f"The service sent {told} (kept as snapshots/refused/{kept}).", place=self._feed
        )

    @contextmanager
    def _as_again(self, attempt: int) -> Iterator[None]:
        """Failures of the way become another try, after a full-jitter wait."""
        patience = self._patience
        bound = min(patience.longest_wait, patience.first_wait * 2 ** (attempt - 1))
        wait = random.uniform(0, bound)  # noqa: S311 - spreads retries, guards nothing
        try:
            yield
        except Again as error:
            error.wait = min(wait if error.wait is None else error.wait, patience.longest_wait)
            raise
        except httpx.TimeoutException as error:
            told = "connect" if isinstance(error, httpx.ConnectTimeout) else "answer"
            raise Again(f"The source did not {told} in time", wait) from None
        except httpx.RemoteProtocolError:
            raise Again(again.BROKEN_OFF, wait) from None
        except httpx.TransportError as error:
            raise Again(f"The connection failed ({type(error).__name__})", wait) from None

    def _once(self, request: Request, target: Path, most: int, enough: int | None) -> Answer:
        deadline = time.monotonic() + self._patience.one_answer
        url = str(httpx.URL(request.url).copy_merge_params(dict(request.params)))
        hosts.check(url, self._settings, self._feed)
        for _ in range(MAX_REDIRECTS + 1):
            with self._asked(request, url) as response:
                hosts.check_peer(response, self._settings, self._feed)
                if not response.has_redirect_location:
                    return self._taken(response, target, (most, enough), deadline)
                url = self._redirected(request, response)
        raise SourceFailed(
            f"The source redirects more than {MAX_REDIRECTS} times.", place=self._feed
        )

    @contextmanager
    def _asked(self, request: Request, url: str) -> Iterator[httpx.Response]:
        is_home = _host(url) == self._home
        headers = {"accept-encoding": "gzip" if request.compressed else "identity"}
        # What identifies us to the source is not for the host that it sends us on to.
        headers |= dict(request.headers) if is_home else {}
        is_posted = request.json is not None or request.form is not None
        with self._client.stream(
            "POST" if is_posted else "GET",
            url,
            json=request.json,
            data=request.form,
            headers=headers,
        ) as response:
            yield response

    def _redirected(self, request: Request, response: httpx.Response) -> str:
        """Where the source sends us on to, if we may go there; else it has failed, not we."""
        url = str(response.url.join(response.headers["location"]))
        host = _host(url)
        if host not in self._hosts and urlsplit(url).hostname not in self._hosts:
            raise SourceFailed(
                f"The source sends us on to another host, {urlsplit(url).hostname!r}.",
                place=self._feed,
                next_step="If that is right, add the host to redirect_hosts of the contract.",
            )
        if request.json is not None or request.form is not None:
            raise SourceFailed("The service moved to another address.", place=self._feed)
        try:
            hosts.check(url, self._settings, self._feed)
        except Misconfigured as refusal:
            raise SourceFailed(f"It sends us on. {refusal.what}", place=self._feed) from None
        return url

    def _taken(
        self, response: httpx.Response, target: Path, sizes: tuple[int, int | None], deadline: float
    ) -> Answer:
        most, enough = sizes
        status = response.status_code
        if status == 304:
            return Answer(304, {}, is_bounded=True)
        if status != 200:
            raise self._refusal(response)
        size = 0
        with target.open("wb") as file:
            for chunk in bodies.decoded(response, self._feed):
                size += len(chunk)
                if size > most:
                    told = f"The source sent more than {most // 1024**2:,} MB."
                    raise SourceFailed(told, place=self._feed)
                if time.monotonic() > deadline:
                    raise SourceFailed("The source took too long to answer.", place=self._feed)
                file.write(chunk)
                if enough is not None and size >= enough:
                    break
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        bounded = "content-length" in kept or "transfer-encoding" in response.headers
        return Answer(200, kept, is_bounded=bounded)

    def _refusal(self, response: httpx.Response) -> Exception:
        status = response.status_code
        code = _code(response)
        if status in BUSY:
            asked = again.retry_after(response.headers.get("retry-after"))
            return Again(f"The source answered {status}", asked, (status, code))
        return Answered(f"The source answered {status} ({code}).", self._feed, status, code)


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that may vouch for a host; reading them takes longer than a request."""
    return ssl.create_default_context(cafile=certifi.where())


def _host(url: str) -> str:
    split = urlsplit(url)
    return f"{split.hostname}:{split.port}" if split.port else str(split.hostname)


def _code(response: httpx.Response) -> str:
    body = b""
    try:
        for chunk in response.iter_bytes(disguise.HEAD):
            body += chunk
            if len(body) >= disguise.HEAD:
                break
        return disguise.error_code(json.loads(body))
    except (ValueError, httpx.HTTPError):
        return "no code"
