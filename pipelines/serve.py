"""The public site: one process that follows the release link without a pause.

Each release gets a Datasette of its own on its own immutable folder. When the link moves, the
next one is built and tried in the background and then takes over; a request that has begun
ends where it began, so that no answer mixes two releases.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipelines import databases, retained, shelf
from pipelines.failures import Misconfigured, OversightError
from pipelines.settings import Settings
from pipelines.shown import Clock, Shown
from pipelines.takedown.register import reissued

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)


def now() -> datetime:
    """The present moment; a site lives longer than the one moment that a refresh has."""
    return datetime.now(UTC)


def datasette_for(settings: Settings, shown: Shown) -> Any:
    """A Datasette on these releases, with our templates, words, limits and hardening."""
    import datasette.app
    import datasette.database
    from datasette import handle_exception

    # With `rich` installed Datasette would print the values of local variables on an error.
    handle_exception.rich = None
    site = datasette.app.Datasette(
        immutables=[str(shown.folder / "oversight.db")],
        inspect_data=databases.inspected(shown),
        metadata=databases.metadata(shown),
        template_dir=str(settings.site_source / "templates"),
        plugins_dir=str(settings.site_source / "plugins"),
        static_mounts=[("static", str(settings.site_source / "static"))],
        settings=databases.LIMITS,
    )
    for name, one in shown.releases.items():
        file = str(one.folder / "oversight.db")
        site.add_database(datasette.database.Database(site, path=file, is_mutable=False), name=name)
    site.shown, site.installation = shown, settings
    site.refresh_schemas = _no_catalogue
    return site


async def _no_catalogue() -> None:
    """Datasette would look at every database before every page, to keep a list nobody is shown.

    With many releases that costs more than the page, and a release that is pruned meanwhile would
    fail the pages of all others.
    """


@dataclass
class _Live:
    """The site of one release and how many requests are inside it.

    `reissued` names the last takedown: with the next one all releases are read anew.
    """

    number: int
    datasette: Any
    app: App
    reissued: str = ""
    inside: int = 0


class Following:
    """The ASGI application: hands each request whole to the site of the release shown."""

    def __init__(self, settings: Settings, clock: Clock = now, every_seconds: float = 0.5) -> None:
        self.settings = settings
        self.clock = clock
        self.every_seconds = every_seconds
        self.live: _Live | None = None
        self.refused: int | None = None
        self.failure: OversightError | None = None
        self.retired: list[_Live] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self.live is not None:
            live = self.live
            live.inside += 1
            try:
                await live.app(scope, receive, send)
            finally:
                live.inside -= 1

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.follow()
        except OversightError as failure:
            self.failure = failure
            await send({"type": "lifespan.startup.failed", "message": failure.told()})
            return
        await send({"type": "lifespan.startup.complete"})
        watching = asyncio.create_task(self._watch())
        await receive()
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await send({"type": "lifespan.shutdown.complete"})

    async def _watch(self) -> None:
        """Look at the link for as long as the site runs; a bad release leaves the old one up."""
        while True:
            await asyncio.sleep(self.every_seconds)
            try:
                await self.follow()
            except Exception as error:
                self.refused = shelf.shown_number(self.settings)
                log.error("Release %s is not shown: %s", self.refused, _plain(error))

    async def follow(self) -> None:
        """Take over the release that is linked now, if it is another one and can be served.

        It is another one, too, where a record was taken out of the releases since.
        """
        number = shelf.shown_number(self.settings)
        if number is None and self.live is None:
            raise Misconfigured(
                "There is no release to show yet.",
                place="site",
                next_step="Run `oversight refresh`, then `oversight serve`.",
            )
        self.retired = [old for old in self.retired if not _closed(old)]
        live = self.live
        is_live = live and (live.number, live.reissued) == (number, reissued(self.settings))
        if number is None or number == self.refused or is_live:
            return
        ready = await self._prepare(number)
        if self.live is not None:
            self.retired.append(self.live)
        self.live, self.refused = ready, None

    async def _prepare(self, number: int) -> _Live:
        """Build the site of a release and ask it for its health and its front page."""
        read = reissued(self.settings)
        shown = await asyncio.to_thread(retained.opened, self.settings, number, self.clock)
        site = await asyncio.to_thread(datasette_for, self.settings, shown)
        app: App = site.app()
        for path in ("/healthz", "/"):
            await _try(app, path)
        return _Live(number, site, app, read)


async def _try(app: App, path: str) -> None:
    import httpx

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        answer = await client.get(path)
    if answer.status_code != 200:
        raise Misconfigured(f"{path} answers {answer.status_code}.", place="site")


def _closed(old: _Live) -> bool:
    if old.inside == 0:
        old.datasette.executor.shutdown(wait=False)
    return old.inside == 0


def _plain(error: Exception) -> str:
    return error.told() if isinstance(error, OversightError) else type(error).__name__


@dataclass(frozen=True)
class Site:
    """A running site; `address` ends in a slash."""

    address: str
    server: Any
    thread: threading.Thread
    following: Following

    def wait(self, ready: Callable[[], None]) -> None:
        """Serve until Ctrl-C, until the process is asked to end, or until `stop`.

        `ready` is called once the process can be asked: who hears of it may end it at once.
        """
        signal.signal(signal.SIGTERM, lambda *_: setattr(self.server, "should_exit", True))
        ready()
        with contextlib.suppress(KeyboardInterrupt):
            while self.thread.is_alive():
                self.thread.join(0.5)

    def stop(self) -> None:
        """Let the requests that have begun end, then stop."""
        self.server.should_exit = True
        self.thread.join(10)


@contextmanager
def listening(
    settings: Settings, host: str = "127.0.0.1", port: int = 0, clock: Clock = now
) -> Iterator[Site]:
    """Serve in a thread of this process while the context lasts; port 0 takes a free one."""
    import uvicorn

    following = Following(settings, clock)
    bound = _bind(host, port)
    server = uvicorn.Server(
        uvicorn.Config(
            following,
            log_level="critical",
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_keep_alive=5,
            timeout_graceful_shutdown=5,
        )
    )
    thread = threading.Thread(target=_run, args=[server, bound], daemon=True)
    name, number = bound.getsockname()[:2]
    site = Site(f"http://{name}:{number}/", server, thread, following)
    thread.start()
    try:
        _await_start(site)
        yield site
    finally:
        site.stop()
        bound.close()


def serve(
    settings: Settings, tell: Callable[[str], None], host: str = "127.0.0.1", port: int = 0
) -> None:
    """Serve the current release and follow it until Ctrl-C; tell the address first."""
    with listening(settings, host, port) as site:
        site.wait(lambda: tell(f"address  {site.address} (Ctrl-C ends it)"))


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        raise Misconfigured(
            f"Nothing can listen at {host}:{port} ({error.strerror}).",
            place="site",
            next_step="Choose another port with `oversight serve --port`.",
        ) from None
    return bound


def _run(server: Any, bound: socket.socket) -> None:
    """Run the server in this thread; that it could not start is told by `_await_start`."""
    with contextlib.suppress(SystemExit):
        server.run(sockets=[bound])


def _await_start(site: Site) -> None:
    while not site.server.started and site.thread.is_alive():
        site.thread.join(0.02)
    if not site.server.started:
        raise site.following.failure or Misconfigured("The site did not start.", place="site")
