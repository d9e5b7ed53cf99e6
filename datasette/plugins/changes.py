"""What changed: a page of all releases, one of each, and one of each month."""

from __future__ import annotations

import re
import sqlite3

from datasette import NotFound, Response, hookimpl
from datasette.utils import sqlite_timelimit

from pipelines import changes_feeds, changes_kept, changes_listed, changes_months, changes_told
from pipelines.changes import SUBSTANTIVE, UNCOUNTED

LISTED = 50
RELEASES_A_PAGE = 60
MILLISECONDS = 1000
TABLES = ("revisions", "source_changes", "missing_records", "holds")
FRESH = {"cache-control": "public, max-age=60"}
NUMBER = re.compile(r"^\d{1,9}$")


@hookimpl
def startup(datasette):
    """Read once what the releases changed: this site shows one of them, and that never changes."""
    data = datasette.shown.folder.parent.parent
    datasette.changes = changes_kept.read(data, datasette.shown.manifest.number)


@hookimpl
def prepare_jinja2_environment(env, datasette):
    """The words for changes, and for the front page what the newest release changed."""
    env.globals["newest_changes"] = lambda: next(iter(datasette.changes), None)
    for name in ("headline", "besides", "url_of", "hold_told", "kinds_told", "counted", "several"):
        env.globals[name] = getattr(changes_told, name)
    env.globals["kind_words"] = changes_told.WORDS
    env.globals["kind_meanings"] = changes_told.MEANINGS


@hookimpl
def register_routes():
    """Addresses that stay: a release and a month keep theirs."""
    return [
        (r"^/changes$", releases),
        (r"^/changes/(?P<month>\d{4}-\d{2})$", month),
        (r"^/changes/(?P<release>\d{1,9})\.json$", as_json),
        (r"^/changes/(?P<release>\d{1,9})$", release),
    ]


async def releases(datasette, request):
    """All releases, newest first, a sentence each; and the months."""
    before = request.args.get("before") or ""
    known = [one for one in datasette.changes if _is_before(one, before)]
    context = {
        "releases": known[:RELEASES_A_PAGE],
        "older": known[RELEASES_A_PAGE - 1]["number"] if len(known) > RELEASES_A_PAGE else None,
        "before": before,
        "months": await asked(datasette, changes_months.months) or [],
        "followed": await asked(datasette, changes_feeds.followed) or [],
        "lines": datasette.shown.sources(),
    }
    return await _page(datasette, request, "changes.html", context)


async def release(datasette, request):
    """One release against the one before it."""
    told, name = _release(datasette, request)
    if name != request.url_vars["release"]:
        return Response.redirect(f"/changes/{name}", status=301)
    sources = [one for one in told["sources"] if one["state"] == "changed"]
    largest = sorted(sources, key=lambda one: (-one["substantive_count"], one["title"]))
    context = {
        "told": told,
        "name": name,
        "counts": changes_told.counts_listed(told),
        "uncounted": changes_told.counts_listed(told, UNCOUNTED),
        "listed": await asked(datasette, changes_listed.some_changes, largest, LISTED),
        "is_kept": (datasette.shown.folder.parent / name / "CHANGES.json").is_file(),
        "lines": datasette.shown.sources(),
    }
    return await _page(datasette, request, "changes_release.html", context)


async def as_json(datasette, request):
    """`CHANGES.json` of a release, also when the release itself is no longer kept."""
    told, _ = _release(datasette, request)
    kept = {key: value for key, value in told.items() if not key.startswith("taken_back")}
    return Response.json(kept, headers={"cache-control": "public, max-age=3600"})


async def month(datasette, request):
    """A month in plain words."""
    asked_for = request.url_vars["month"]
    known = await asked(datasette, changes_months.months) or []
    if asked_for not in known:
        raise NotFound("Nothing is on record for that month.")
    report = await asked(datasette, changes_months.report, asked_for)
    made = datasette.shown.manifest.created_at
    context = {
        "report": report,
        "months": known,
        "until": made if made[:7] == asked_for else None,
        "substantive": SUBSTANTIVE,
        "lines": datasette.shown.sources(),
    }
    return await _page(datasette, request, "changes_month.html", context)


async def asked(datasette, question, *arguments):
    """What a question of plain Python finds in the release; nothing if that takes too long.

    Releases from before there was a history have no tables to ask.
    """
    if not set(TABLES) <= set(datasette.shown.manifest.tables):
        return None

    def bounded(connection):
        with sqlite_timelimit(connection, MILLISECONDS):
            return question(connection, *arguments)

    try:
        return await datasette.get_database("oversight").execute_fn(bounded)
    except sqlite3.OperationalError:
        return None


def _release(datasette, request):
    number = int(request.url_vars["release"])
    told = next((one for one in datasette.changes if one["number"] == number), None)
    if told is None:
        raise NotFound("No changes are on record for that release.")
    return told, f"{number:04d}"


def _is_before(told, before):
    return not NUMBER.match(before) or told["number"] < int(before)


async def _page(datasette, request, template, context):
    html = await datasette.render_template(template, context, request=request)
    return Response.html(html, headers=FRESH)
