"""The Atom feeds: one of all releases, and one of each source."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import datetime
from email.utils import format_datetime

from datasette import NotFound, Response, hookimpl
from datasette.utils import sqlite_timelimit

from pipelines import atom, changes_feeds

MILLISECONDS = 2000
KEPT = 64
TABLES = ("revisions", "source_changes", "missing_records", "holds")


@hookimpl
def startup(datasette):
    """The feeds of a release never change, so each is written once for each host."""
    datasette.feeds = {}


@hookimpl
def register_routes():
    """Addresses that feed readers keep for years."""
    return [
        (r"^/feed\.atom$", overall),
        (r"^/feeds/(?P<source>[a-z][a-z0-9_]*\.[a-z0-9_]+)\.atom$", of_source),
    ]


async def overall(datasette, request):
    """An entry for each release."""

    async def made():
        shown = datasette.shown
        return changes_feeds.of_releases(
            shown.words["title"], shown.manifest.created_at, datasette.changes
        )

    return await _answered(datasette, request, made)


async def of_source(datasette, request):
    """An entry for each delivery of a source that changed something, and for each hold."""
    shown, source = datasette.shown, request.url_vars["source"]

    def bounded(connection):
        with sqlite_timelimit(connection, MILLISECONDS):
            return changes_feeds.of_source(connection, shown.words["title"], source)

    async def made():
        if not set(TABLES) <= set(shown.manifest.tables):
            return None
        return await datasette.get_database("oversight").execute_fn(bounded)

    return await _answered(datasette, request, made)


async def _answered(datasette, request, made):
    """The feed, or only the word that it is what the reader has already."""
    base = datasette.absolute_url(request, "/").rstrip("/")
    kept = datasette.feeds.get((base, request.path))
    if kept is None:
        try:
            feed = await made()
        except sqlite3.OperationalError:
            return _busy()
        if feed is None:
            raise NotFound("There is no log of such a source.")
        kept = _with_headers(feed, atom.written(feed, base))
        if len(datasette.feeds) >= KEPT:
            datasette.feeds.clear()
        datasette.feeds[(base, request.path)] = kept
    body, headers = kept
    known = [one.strip().removeprefix("W/") for one in _known(request).split(",")]
    if headers["etag"] in known or "*" in known:
        return Response("", status=304, headers=headers, content_type=atom.TYPE)
    return Response(body.decode(), headers=headers, content_type=f"{atom.TYPE}; charset=utf-8")


def _known(request):
    return request.headers.get("if-none-match", "")


def _with_headers(feed, body):
    newest = max((one.updated for one in feed.entries), default=feed.updated)
    headers = {
        "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "last-modified": format_datetime(datetime.fromisoformat(newest), usegmt=True),
        "cache-control": "public, max-age=300",
    }
    return body, headers


def _busy():
    words = "The feed takes too long just now. Try again in a few minutes."
    return Response(words, status=503, headers={"retry-after": "120", "cache-control": "no-store"})
