"""How to report an error, what was corrected, and what was taken down."""

from __future__ import annotations

import sqlite3

from datasette import Response, hookimpl
from datasette.utils import sqlite_timelimit

from pipelines import error_reports
from pipelines.measure_pages import query

MILLISECONDS = 500
LISTED = 100
FRESH = {"cache-control": "public, max-age=60"}
REASONS = {
    "court_order": "a court ordered it",
    "expunged": "the record was expunged",
    "sealed": "the record was sealed",
    "request": "somebody asked for it",
    "published_in_error": "it should not have been published",
}
NOTICED = {"public": "a reader", "agency": "the agency", "own_check": "a check of ours"}


@hookimpl
def prepare_jinja2_environment(env, datasette):
    """The link "Report an error", which every template may put beside what it shows."""

    def report_link(release, table="", record=""):
        return error_reports.link(datasette.shown.words, release, table, record)

    env.globals["report_link"] = report_link
    env.globals["takedown_reasons"] = REASONS
    env.globals["noticed_by"] = NOTICED


@hookimpl
def register_routes():
    """One page; its parts are reached by their anchors."""
    return [(r"^/corrections$", corrections)]


async def corrections(datasette, request):
    """How to report, the log of corrections, and the log of takedowns."""
    shown, args = datasette.shown, request.args
    table, record = error_reports.subject_of(args.get("table") or "", args.get("record") or "")
    context = {
        "database": None,
        "ways": error_reports.of_release(shown.words),
        "subject": error_reports.told(table, record) if table else None,
        "asked_release": _number(args.get("release")) or int(shown.number),
        "titles": {one.name: one.title for one in shown.tables},
        "corrections": await _newest(datasette, "corrections", "correction_date"),
        "takedowns": await _newest(datasette, "takedowns", "takedown_date"),
        "lines": shown.sources(),
    }
    html = await datasette.render_template("corrections.html", context, request, "corrections")
    return Response.html(html, headers=FRESH)


def _number(told):
    return int(told) if told and told.isdecimal() and len(told) <= 9 else None


async def _newest(datasette, table, day):
    """The latest lines of a log; None when the release has no such table."""
    if table not in datasette.shown.manifest.tables:
        return None

    def read(connection):
        with sqlite_timelimit(connection, MILLISECONDS):
            own = "correction_id" if table == "corrections" else "takedown_id"
            ask = f"select * from {table} order by {day} desc, {own} desc limit {LISTED}"
            return query(connection, ask)

    try:
        return await datasette.get_database("oversight").execute_fn(read)
    except sqlite3.OperationalError:
        return None
