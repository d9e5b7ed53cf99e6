"""What a stranger may ask of the site: read-only, bounded, and with the same headers everywhere.

The file holds only what may be published, so this guards availability, not secrets.
"""

from __future__ import annotations

import re
import sqlite3

from datasette import hookimpl

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 10_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
PRAGMAS = ("hard_heap_limit = 268435456", "trusted_schema = 0", "cell_size_check = 1")
FORBIDDEN_FUNCTIONS = frozenset(
    [
        *("printf", "format", "zeroblob", "randomblob", "load_extension"),
        *("fts3_tokenizer", "readfile", "writefile", "edit"),
    ]
)
FORBIDDEN_ACTIONS = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
OURS = ("_internal", "_memory")
RELEASE = re.compile(r"^/r(?P<number>\d{4,})(?=[/.]|$)")
HIDDEN = re.compile(r"^/(-/(?!static/)|_internal|_memory)")
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}


@hookimpl
def prepare_connection(conn, database):
    """Bound what one query may cost; Datasette's time limit cannot stop one large function."""
    if database in OURS:
        return
    for limit, value in LIMITS.items():
        conn.setlimit(limit, value)
    for pragma in PRAGMAS:
        conn.execute(f"PRAGMA {pragma}").close()
    conn.set_authorizer(_allowed)


def _allowed(action, first, second, *_):
    if action in FORBIDDEN_ACTIONS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


@hookimpl(trylast=True)
def asgi_wrapper(datasette):
    """The outermost layer: methods, pages that are not for visitors, and headers."""

    def wrap(app):
        async def guarded(scope, receive, send):
            if scope["type"] != "http":
                return await app(scope, receive, send)
            release = _release(datasette, scope["path"])
            answer = _with_headers(send, release, scope["method"] == "HEAD")
            if scope["method"] not in ("GET", "HEAD"):
                words = "This site is for reading: only GET and HEAD are answered."
                return await _refuse(answer, 405, words, {"allow": "GET, HEAD"})
            if HIDDEN.match(scope["path"]):
                return await _refuse(answer, 404, "There is no such page.", {})
            return await app({**scope, "method": "GET"}, receive, answer)

        return guarded

    return wrap


def _release(datasette, path):
    """The release that an answer at this address is made of."""
    cited = RELEASE.match(path)
    return datasette.shown.of(f"r{cited['number']}" if cited else None).number


def _with_headers(send, release, without_body):
    """Put our headers on an answer, whoever made it; for HEAD, keep only the headers."""

    async def answer(message):
        if message["type"] == "http.response.start":
            ours = {**HEADERS, "x-release": release}
            kept = [(n, v) for n, v in message.get("headers", []) if n.decode() not in ours]
            added = [(name.encode(), value.encode()) for name, value in ours.items()]
            message = {**message, "headers": [*kept, *added]}
        elif without_body and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return answer


async def _refuse(send, status, words, headers):
    told = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store", **headers}
    listed = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": f"{words}\n".encode()})
