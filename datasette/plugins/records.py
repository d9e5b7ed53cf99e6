"""The page of every public record, at an address that survives corrections.

`/record/<id>` for a record that ever changed or went missing, `/record/<source>/<number>` for
every one by the agency's own number; both with `.json` behind them, in the shape that
`pipelines.record_json` promises.
"""

from __future__ import annotations

import functools
import re
import sqlite3
from urllib.parse import unquote

from datasette import Response, hookimpl
from datasette.utils import sqlite_timelimit, tilde_decode

from pipelines import record_history, record_json, record_pages, record_words
from pipelines.record_pages import Withheld

ID = re.compile(r"[0-9a-f]{16}")
MILLISECONDS = 500
BRIEF = {"cache-control": "max-age=60"}


@hookimpl
def register_routes():
    """One address a record and one a number, as a page and as JSON."""
    return [
        (r"^/record/(?P<id>[^/.]+)(?P<form>\.json)?$", by_id),
        (r"^/record/(?P<source>[^/]+)/(?P<number>[^/]+?)(?P<form>\.json)?$", by_number),
    ]


@hookimpl
def prepare_jinja2_environment(env, datasette):
    """What the templates of records need, and the history at the foot of a row's page."""

    async def row_history(database, table, rows):
        return await _row_history(datasette, database, table, rows)

    @functools.cache
    def first_releases():
        return _first_releases(datasette)

    def release_of(source, sequence):
        """The release that first had a snapshot of a source, if that is on record."""
        steps = first_releases().get(source, ())
        return next((release for step, release in steps if step >= sequence), None)

    env.globals["row_history"] = row_history
    env.globals["release_of"] = release_of
    env.globals["record_words"] = record_words
    env.filters["in_address"] = record_words.in_address
    env.filters["field"] = record_words.field


async def by_id(datasette, request):
    """The page of a permanent id."""
    asked = request.url_vars["id"]
    found = await _read(datasette, lambda c: _by_id(datasette, c, asked))
    return await _answer(datasette, request, found)


def _by_id(datasette, connection, asked):
    if not ID.fullmatch(asked):
        return None
    return record_pages.by_id(connection, datasette.shown, asked)


async def by_number(datasette, request):
    """The page of an agency's own number, written as Datasette writes keys or as a browser does."""
    source = tilde_decode(unquote(request.url_vars["source"]))
    plain = unquote(request.url_vars["number"])
    numbers = dict.fromkeys((tilde_decode(plain), plain))
    found = await _read(datasette, lambda c: _by_number(datasette, c, source, numbers))
    return await _answer(datasette, request, found)


def _by_number(datasette, connection, source, numbers):
    pages = (
        record_pages.by_number(connection, datasette.shown, source, number) for number in numbers
    )
    return next(filter(None, pages), None)


async def _read(datasette, read, database="oversight"):
    """What a function reads in a database, within the time that any query has."""

    def bounded(connection):
        with sqlite_timelimit(connection, MILLISECONDS):
            return read(connection)

    return await datasette.get_database(database).execute_fn(bounded)


async def _answer(datasette, request, found):
    if request.url_vars["form"]:
        return _json(datasette.shown, found)
    if found is None:
        return await _page(datasette, request, "record_none.html", {}, 404)
    if isinstance(found, Withheld):
        return await _page(datasette, request, "record_withheld.html", {"told": found.told}, 200)
    lines = [line for line in datasette.shown.sources() if line.name == found.source.name]
    context = {
        "page": found,
        "lines": lines,
        "absolute": datasette.absolute_url(request, found.address),
        "records_shown": record_pages.RECORDS_SHOWN,
        "deliveries_shown": record_pages.DELIVERIES_SHOWN,
        "alternate_url_json": f"{found.address}.json",
    }
    return await _page(datasette, request, "record.html", context, 200)


def _json(shown, found):
    if found is None:
        return Response.json(record_json.of_unknown(), status=404)
    if isinstance(found, Withheld):
        return Response.json(record_json.of_withheld(shown, found), headers=BRIEF)
    return Response.json(record_json.of_page(shown, found), headers=BRIEF)


async def _page(datasette, request, template, context, status):
    told = {"database": None, **context}
    html = await datasette.render_template(template, told, request, "record")
    return Response.html(html, status=status, headers=BRIEF)


def _first_releases(datasette):
    """For each source how far each release brought it, oldest first, as (snapshot, release)."""
    reached = {}
    for one in reversed(getattr(datasette, "changes", ())):
        for source in () if one.get("taken_back") else one["sources"]:
            steps = reached.setdefault(source["source_table"], [])
            steps.append((source["to_sequence"], one["number"]))
    return reached


async def _row_history(datasette, database, table, rows):
    """The history of the row on a row's page, in the release that it is read from."""
    shown = datasette.shown.of(database)
    row = {cell["column"]: cell["raw"] for cell in rows[0]}
    try:
        return await _read(
            datasette, lambda c: record_history.of_row(c, shown, table, row), database
        )
    except sqlite3.OperationalError:
        return None
