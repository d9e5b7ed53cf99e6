"""The statement of completeness goes with every file and answer that is made of a table."""

from __future__ import annotations

import re

from datasette import hookimpl

from pipelines import about, databases

FILE = re.compile(
    r"^/downloads/(?P<number>\d+)/(?:csv|parquet)/(?P<table>[a-z_]+)\.(?:csv|parquet)$"
)
ANSWER = re.compile(r"^/(?P<database>oversight|r\d{4,})/(?P<table>[a-z_]+)\.(?:csv|json)$")


@hookimpl(trylast=True)
def asgi_wrapper(datasette):
    """Name the file with the statement in a header, as RFC 8288 has it."""

    def wrap(app):
        async def described(scope, receive, send):
            link = _link(datasette, scope.get("path", ""))
            return await app(scope, receive, _with(send, link) if link else send)

        return described

    return wrap


def _link(datasette, path):
    """Where the statement of the table at this address stands; nothing for other addresses."""
    asked = FILE.match(path) or ANSWER.match(path)
    if asked is None:
        return None
    known = databases.databases(datasette.shown)
    named = asked.groupdict()
    release = known.get(named.get("database") or f"r{named.get('number')}")
    file = about.name_of(asked["table"])
    if release is None or file not in release.manifest.files:
        return None
    return f'</downloads/{release.number}/{file}>; rel="describedby"; type="text/plain"'


def _with(send, link):
    async def answer(message):
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), (b"link", link.encode())]
            message = {**message, "headers": headers}
        await send(message)

    return answer
