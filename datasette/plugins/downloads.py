"""Whole files: the downloads of every release that is offered, and the health of the site."""

from __future__ import annotations

from datasette import Response, hookimpl
from datasette.utils.asgi import asgi_send_file

from pipelines import manifest

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "db": "application/vnd.sqlite3",
    "txt": "text/plain; charset=utf-8",
}


@hookimpl
def register_routes():
    """Addresses beside Datasette's own."""
    return [
        (r"^/healthz$", healthz),
        (r"^/downloads/(?P<release>[^/]+)/(?P<file>.*)$", download),
    ]


async def healthz(datasette):
    """Whether the data can be read, for whoever watches the site."""
    await datasette.get_database("oversight").execute("select 1")
    release = datasette.shown.number
    return Response.json({"ok": True, "release": release}, headers={"cache-control": "no-store"})


async def download(datasette, request, send):
    """One file of a release that is still kept, by the name that its manifest gives it."""
    release, name = request.url_vars["release"], request.url_vars["file"]
    kept = datasette.shown.releases.get(f"r{release}")
    named = kept is not None and name in {*kept.manifest.files, manifest.NAME}
    if not named or not (kept.folder / name).is_file():
        return Response.text("There is no such file.", status=404)
    stem, _, ending = name.rpartition("/")[2].rpartition(".")
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    await asgi_send_file(
        send,
        kept.folder / name,
        filename=f"{stem}-{release}.{ending}",
        content_type=TYPES[ending],
        chunk_size=1 << 18,
        headers=headers,
    )
    return None
