"""CSV that can be trusted: all the rows that match, and nothing that a spreadsheet would run.

Datasette's own CSV of a table stops after one page or, when streamed, asks page by page until
a page takes too long and then ends as if it were whole. Here a table is the file of the release;
a filtered one is a single query, and a query that is cut off breaks the download off.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
import sqlite3
import time
from urllib.parse import parse_qsl

from datasette import hookimpl

from pipelines import databases, harmless_csv

TABLE = re.compile(r"^/(?P<database>oversight|r\d{4,})/(?P<table>[a-z_]+)\.csv$")
ORDER = re.compile(r"\s(?:order by [^()]*)?limit \d+(?: offset \d+)?$")
PAGING = {"_size", "_stream", "_dl", "_labels", "_header", "_sort", "_sort_desc"}
SECONDS = 20
ROWS_AT_ONCE = 5000
AT_ONCE = 2
FAILED = "The query cannot be run. Its page, the same address without .csv, says why."


class CutOffError(Exception):
    """A download that took too long; the connection ends without the end of the file."""


@hookimpl
def asgi_wrapper(datasette):
    """Answer the CSV of tables ourselves, and make Datasette's CSV of queries harmless."""
    turns = asyncio.Semaphore(AT_ONCE)

    def wrap(app):
        async def whole(scope, receive, send):
            path = scope.get("path", "")
            if not path.endswith(".csv") or path.startswith("/downloads/"):
                return await app(scope, receive, send)
            database, release = _asked(datasette, path)
            if release is None:
                return await app(scope, receive, _harmless(send))
            table = path.rpartition("/")[2].removesuffix(".csv")
            arguments = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            if not {name for name, _ in arguments} - PAGING:
                to = f"/downloads/{release.number}/csv/{table}.csv"
                return await _redirect(send, to)
            if turns.locked():
                return await _busy(send)
            async with turns:
                return await _filtered(datasette, database, table, arguments, send)

        return whole

    return wrap


def _asked(datasette, path):
    """The database and the release of whose table this is the CSV; none of anything else."""
    asked = TABLE.match(path)
    known = databases.databases(datasette.shown)
    release = known.get(asked["database"]) if asked else None
    if release is None or asked["table"] not in release.manifest.tables:
        return None, None
    return asked["database"], release


async def _filtered(datasette, database, table, arguments, send):
    """Let Datasette turn the filters into SQL, then run it once, without pages."""
    kept = [(name, value) for name, value in arguments if name not in PAGING | {"_next"}]
    told = [*kept, ("_size", "1"), ("_nofacet", "1"), ("_nocount", "1"), ("_shape", "objects")]
    answer = await datasette.client.get(f"/{database}/{table}.json", params=told)
    if answer.status_code != 200:
        return await _told(send, answer.status_code, "These filters cannot be applied.")
    query = answer.json()["query"]
    rows = _rows(datasette, database, ORDER.sub("", query["sql"]), query["params"])
    headers = [
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-disposition", f'attachment; filename="{table}-filtered.csv"'.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    loop = asyncio.get_running_loop()
    while text := await loop.run_in_executor(datasette.executor, next, rows, ""):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return None


def _rows(datasette, database, sql, params):
    """The heading and the rows as pieces of CSV text, in the order of the table's key."""
    path = datasette.get_database(database).path
    address = f"file:{path}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        datasette._prepare_connection(connection, database)
        connection.row_factory = None
        until = time.monotonic() + SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
        cursor = connection.execute(sql, params)
        yield harmless_csv.lines([[column[0] for column in cursor.description]])
        while found := cursor.fetchmany(ROWS_AT_ONCE):
            yield harmless_csv.lines(found)
    except sqlite3.OperationalError:
        raise CutOffError from None
    finally:
        connection.close()


def _harmless(send):
    """Put an apostrophe before text that a spreadsheet would run; numbers stay numbers.

    Datasette answers a query that failed with an empty heading and 200; here it is told as 400.
    """
    pending, start = "", None

    async def answer(message):
        nonlocal pending, start
        if message["type"] == "http.response.start" and _is_csv(message):
            start = _of_any_length(message)
        elif message["type"] == "http.response.body" and start is not None:
            pending += message.get("body", b"").decode("utf-8")
            is_last = not message.get("more_body")
            if is_last and start and not pending.strip():
                await _told(send, 400, FAILED)
            elif is_last or (pending.strip() and _has_ended(pending)):
                if start:
                    await send(start)
                await send({**message, "body": _guarded(pending).encode()})
                pending, start = "", {}
        else:
            await send(message)

    return answer


def _has_ended(text):
    """Whether the text ends where a row does, and not within a cell."""
    return text.endswith("\n") and text.count('"') % 2 == 0


def _is_csv(message):
    headers = message.get("headers", [])
    kinds = b"".join(value for name, value in headers if name.lower() == b"content-type")
    return message["status"] == 200 and (b"csv" in kinds or b"text/plain" in kinds)


def _of_any_length(message):
    kept = [(n, v) for n, v in message["headers"] if n.lower() != b"content-length"]
    return {**message, "headers": kept}


def _guarded(text):
    return harmless_csv.lines(csv.reader(io.StringIO(text, newline="")))


async def _redirect(send, to):
    headers = [(b"location", to.encode()), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _busy(send):
    words = "Two large files are being written already. Try again in a few seconds."
    await _told(send, 503, words, [(b"retry-after", b"10")])


async def _told(send, status, words, headers=()):
    told = [(b"content-type", b"text/plain; charset=utf-8"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": f"{words}\n".encode()})
