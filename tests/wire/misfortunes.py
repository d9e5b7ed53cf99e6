"""What befalls answers on their way, and what services say instead of them."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.wire.server import Reply, Request

Misfortune = Callable[[random.Random, Request, Reply], Reply]
WEB_PAGE = b"<!DOCTYPE html><html><title>Maintenance</title></html>"


def reset(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """The connection is reset in the middle of the body."""
    return replace(reply, cut_after=chance.randrange(len(reply.body) + 1), reset=True)


def early_close(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """The connection is closed before the announced end."""
    return replace(reply, cut_after=chance.randrange(max(1, len(reply.body))))


def open_chunks(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """A chunked body of which the last chunk never comes."""
    return replace(reply, chunked=True, cut_after=chance.randrange(max(1, len(reply.body))))


def cut_gzip(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """Gzip that ends in the middle, with a length that fits what was sent."""
    packed = gzip.compress(reply.body)
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return replace(reply, body=packed[: chance.randrange(1, len(packed))], headers=headers)


def cut_body(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """A body cut short by whoever produced it, with a length that fits."""
    return replace(reply, body=reply.body[: chance.randrange(max(1, len(reply.body)))])


def web_page(_: random.Random, __: Request, reply: Reply) -> Reply:
    """A web page with status 200."""
    return replace(reply, status=200, body=WEB_PAGE, headers={"Content-Type": "text/html"})


def error_document(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """An error told with status 200."""
    told = chance.choice(
        [
            {"error": {"code": 500, "message": "Unable to complete operation."}},
            {"error": True, "code": "internal", "message": "Something went wrong"},
            {"success": False, "error": {"__type": "Search Error"}},
            {"error": ["statement timeout"]},
            {"Message": "An error has occurred."},
        ]
    )
    return replace(reply, status=200, body=json.dumps(told).encode())


def empty(_: random.Random, __: Request, reply: Reply) -> Reply:
    """Nothing, with status 200."""
    return replace(reply, status=200, body=b"")


def busy(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """Too many requests, or a server that fails."""
    after = {"Retry-After": chance.choice(["0", "soon", "-1"])} if chance.random() < 0.5 else {}
    return replace(reply, status=chance.choice([202, 429, 500, 502, 503]), headers=after)


def elsewhere(_: random.Random, __: Request, reply: Reply) -> Reply:
    """A redirect to another host."""
    return replace(reply, status=302, body=b"", headers={"Location": "http://localhost:1/x"})


def fewer_rows(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """The list that the answer holds has lost some of its rows."""
    return _changed(reply, lambda rows: rows[: chance.randrange(len(rows))])


def doubled_row(chance: random.Random, _: Request, reply: Reply) -> Reply:
    """A row of the answer stands in the place of another one."""

    def double(rows: list[Any]) -> list[Any]:
        one, other = chance.sample(range(len(rows)), 2)
        return [rows[other] if n == one else row for n, row in enumerate(rows)]

    return _changed(reply, double)


def _changed(reply: Reply, change: Callable[[list[Any]], list[Any]]) -> Reply:
    """The answer with its list of two records or more changed, if it has one."""
    try:
        document = json.loads(reply.body)
    except ValueError:
        return reply
    holder = {"": document} if isinstance(document, list) else document
    while isinstance(holder, dict):
        for key, value in holder.items():
            if isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict):
                if key == "fields":
                    continue
                holder[key] = change(value)
                whole = holder[""] if isinstance(document, list) else document
                return replace(reply, body=json.dumps(whole).encode())
        holder = next((v for v in holder.values() if isinstance(v, dict)), None)
    return reply


ON_THE_WAY = {
    "reset": reset,
    "early close": early_close,
    "open chunks": open_chunks,
    "cut gzip": cut_gzip,
    "redirect to another host": elsewhere,
}
"""Faults of the wire alone."""

ALL: dict[str, Misfortune] = {
    **ON_THE_WAY,
    "cut body": cut_body,
    "web page": web_page,
    "error document": error_document,
    "empty": empty,
    "busy": busy,
    "fewer rows": fewer_rows,
    "doubled row": doubled_row,
}
