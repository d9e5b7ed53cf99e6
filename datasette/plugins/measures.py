"""Numbers with all that belongs to them: one measure, several places side by side, wrong ones."""

from __future__ import annotations

import sqlite3

from datasette import NotFound, Response, hookimpl
from datasette.utils import sqlite_timelimit

from pipelines import compare_pages, measure_pages
from pipelines.measure_pages import Asked

MILLISECONDS = 1000
TABLES = (
    "measures",
    "metrics",
    "comparable_with",
    "series_breaks",
    "completeness",
    "wrong_numbers",
)
FRESH = {"cache-control": "public, max-age=60"}


@hookimpl
def prepare_jinja2_environment(env, datasette):
    """How numbers are written."""
    for name in ("value_told", "cases_told", "interval_told"):
        env.globals[name] = getattr(measure_pages, name)
    env.globals["period_kinds"] = measure_pages.PERIOD_KINDS


@hookimpl
def register_routes():
    """A page each for measures, comparisons and wrong numbers."""
    return [
        (r"^/measures$", measures),
        (r"^/compare$", compare),
        (r"^/wrong-numbers$", wrong_numbers),
    ]


async def measures(datasette, request):
    """The register, or the numbers of one metric."""
    args = request.args
    name = args.get("metric") or ""
    asked = Asked(
        name,
        args.get("jurisdiction") or "",
        args.get("period_kind") or "",
        args.get("dimension") or "",
        args.get("joined") == "yes",
    )
    context = {"asked": asked, "found": None}
    if name:
        context["found"] = await _ask(datasette, measure_pages.series, asked)
        if context["found"] is None:
            raise NotFound("The register has no such metric.")
    return await _page(datasette, request, "measures.html", context)


async def compare(datasette, request):
    """A number of several jurisdictions, as far as they count alike."""
    name = request.args.get("metric") or ""
    wanted = request.args.getlist("jurisdiction")
    context = {"asked": name, "found": None}
    if name:
        context["found"] = await _ask(datasette, compare_pages.compare, name, wanted)
        if context["found"] is None:
            raise NotFound("The register has no such metric.")
    return await _page(datasette, request, "compare.html", context)


async def wrong_numbers(datasette, request):
    """Misleading figures beside the right ones, of the same records."""
    places = list(dict.fromkeys(row["jurisdiction"] for row in datasette.shown.rows))
    wanted = request.args.get("jurisdiction") or ""
    place = wanted if wanted in places else await _with_most(datasette, places)
    context = {
        "places": places,
        "place": place,
        "pairs": await _ask(datasette, compare_pages.wrong_numbers, place),
    }
    return await _page(datasette, request, "wrong_numbers.html", context)


async def _with_most(datasette, places):
    """The jurisdiction of which the most misleading numbers can be shown."""
    sql = "select jurisdiction from wrong_numbers group by 1 order by count(*) desc limit 1"
    found = await _ask(datasette, measure_pages.query, sql)
    return found[0]["jurisdiction"] if found else places[0]


async def _ask(datasette, question, *arguments):
    """What a question of plain Python finds in the release shown."""
    if not set(TABLES) <= set(datasette.shown.manifest.tables):
        raise NotFound("This release has no measures.")

    def bounded(connection):
        with sqlite_timelimit(connection, MILLISECONDS):
            return question(connection, *arguments)

    try:
        return await datasette.get_database("oversight").execute_fn(bounded)
    except sqlite3.OperationalError:
        raise NotFound("That took too long to look up. Ask for less.") from None


async def _page(datasette, request, template, context):
    told = {
        **context,
        "families": await _ask(datasette, measure_pages.families),
        "titles": await _ask(datasette, measure_pages.titles),
        "lines": datasette.shown.sources(),
    }
    html = await datasette.render_template(template, told, request=request)
    return Response.html(html, headers=FRESH)
