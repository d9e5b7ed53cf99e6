"""The front page: of the release shown.

Datasette's own would look into every table of every release first, for a list that is not shown.
"""

from __future__ import annotations

from datasette import Response, hookimpl

from pipelines import databases


@hookimpl
def register_routes():
    """In place of Datasette's own page at this address."""
    return [(r"^/$", front), (r"^/\.json$", listed)]


async def front(datasette, request):
    """The tables, the questions and the sources."""
    context = {"metadata": datasette.metadata()}
    return Response.html(await datasette.render_template("index.html", context, request, "index"))


async def listed(datasette):
    """The databases that can be asked, each with its release and its tables."""
    told = {
        name: {
            "path": f"/{name}",
            "release": int(shown.number),
            "published": shown.manifest.created_at,
            "tables": {table.name: {"rows": table.rows} for table in shown.tables},
        }
        for name, shown in databases.databases(datasette.shown).items()
    }
    return Response.json(told)
