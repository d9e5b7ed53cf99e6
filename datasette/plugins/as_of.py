"""Asking for the past: which release the site showed on a day, and addresses that stay.

A release is asked for by its number (`/r0007/complaints`); this page finds the number of a day,
and says in words why one cannot be had.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date

from datasette import Response, hookimpl

from pipelines import rollback, shown_log
from pipelines.failures import Misconfigured

RELEASE = re.compile(r"^/r(?P<number>\d{4,})(?=[/.]|$)")
FIRST_PART = re.compile(r"^/[^/?.]+")
BRIEF = {"cache-control": "max-age=60"}


class NotToBeHadError(Exception):
    """What was asked for is not there to be read; the text says why, to a visitor."""


@hookimpl
def prepare_jinja2_environment(env):
    """`/oversight/complaints?x` in another database: `/r0007/complaints?x`."""
    env.filters["in_database"] = lambda path, name: FIRST_PART.sub(f"/{name}", path, count=1)


@hookimpl
def register_routes():
    """The form, and its answer."""
    return [(r"^/as-of$", as_of)]


async def as_of(datasette, request):
    """The release that the site showed on a day, with everything that was in it."""
    today = datasette.shown.clock().astimezone(UTC).date().isoformat()
    asked = {"date": request.args.get("date", ""), "table": request.args.get("table", "")}
    context = {"asked": asked, "today": today, "found": None, "refusal": None, "status": 200}
    try:
        if asked["date"]:
            context["found"] = await asyncio.to_thread(_found, datasette, **asked)
    except NotToBeHadError as refusal:
        context |= {"refusal": str(refusal), "status": 404}
    return await _page(datasette, context, request)


@hookimpl
def asgi_wrapper(datasette):
    """An address of a release that cannot be had says why, in the form that was asked for."""

    def wrap(app):
        async def there(scope, receive, send):
            cited = RELEASE.match(scope["path"]) if scope["type"] == "http" else None
            why = _why_not(datasette, int(cited["number"])) if cited else None
            if why is None:
                return await app(scope, receive, send)
            await datasette.invoke_startup()
            return await (await _refusal(datasette, scope["path"], why)).asgi_send(send)

        return there

    return wrap


def _found(datasette, date, table):
    """The release of a day. Raises `NotToBeHadError` in words."""
    installation, shown = datasette.installation, datasette.shown
    try:
        number = shown_log.kept_on(installation, _day(date), shown.clock())
    except Misconfigured as refusal:
        raise NotToBeHadError(refusal.what) from None
    if why := _why_not(datasette, number):
        raise NotToBeHadError(f"On that day the site showed release {number}. {why}")
    found = _release(shown, number)
    if table and table not in found.manifest.tables:
        raise NotToBeHadError(f"Release {number} has no table of that name.")
    return found


def _day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotToBeHadError("That is not a date. Write it as 2026-10-31.") from None


def _release(shown, number):
    return shown.releases.get(f"r{number:04d}")


def _why_not(datasette, number):
    """Why a release cannot be asked for, in words; nothing when it can."""
    shown = datasette.shown
    found = _release(shown, number)
    if found is not None and (found.folder / "oversight.db").is_file():
        return None
    if number in rollback.gone_back_from(datasette.installation):
        return f"Release {number} was taken back after it was published, and is not offered."
    if number > int(shown.number) or number < 1:
        return f"There is no release {number}."
    kept = ", ".join(str(one.manifest.number) for one in shown.releases.values())
    return f"Release {number} is no longer kept. Those that are: {kept}."


async def _refusal(datasette, path, why):
    if path.endswith(".json"):
        return Response.json({"ok": False, "error": why, "status": 404}, status=404)
    if path.endswith(".csv"):
        return Response.text(why, status=404)
    today = datasette.shown.clock().astimezone(UTC).date().isoformat()
    asked = {"date": "", "table": ""}
    context = {"asked": asked, "today": today, "found": None, "refusal": why, "status": 404}
    return await _page(datasette, context, None)


async def _page(datasette, context, request):
    days = await asyncio.to_thread(shown_log.days_shown, datasette.installation)
    releases = list(reversed(datasette.shown.releases.values()))
    told = {**context, "days": days, "releases": releases, "database": None}
    html = await datasette.render_template("as_of.html", told, request, "as_of")
    return Response.html(html, status=context["status"], headers=BRIEF)
