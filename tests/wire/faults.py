"""What goes wrong on the way, whatever the protocol: one function for each fault."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.wire.server import Faults, Reply, Request

Fault = Callable[[Reply], Reply]


def packed(reply: Reply, body: bytes) -> Reply:
    """A reply that claims to be gzip, with this body."""
    return replace(reply, body=body, headers={**reply.headers, "Content-Encoding": "gzip"})


def cut_gzip(reply: Reply) -> Reply:
    """Half of the packed bytes, and a length that says that this is all."""
    whole = gzip.compress(reply.body)
    return packed(reply, whole[: len(whole) // 2])


def gzip_without_end(reply: Reply) -> Reply:
    """Every byte of the content, but not the sum at the end that vouches for it."""
    return packed(reply, gzip.compress(reply.body)[:-8])


def gzip_with_wrong_sum(reply: Reply) -> Reply:
    """The sum at the end is not that of the content."""
    whole = bytearray(gzip.compress(reply.body))
    whole[-8] ^= 0xFF
    return packed(reply, bytes(whole))


FAULTS: Mapping[str, Fault] = {
    "reset mid-body": lambda r: replace(r, cut_after=len(r.body) // 2, reset=True),
    "closed mid-body": lambda r: replace(r, cut_after=len(r.body) // 2),
    "closed before the body": lambda r: replace(r, cut_after=0),
    "closed within a chunk": lambda r: replace(r, cut_after=len(r.body) // 2, chunked=True),
    "closed before the last chunk": lambda r: replace(r, cut_after=len(r.body), chunked=True),
    "less than announced": lambda r: replace(r, announced=len(r.body) + 1),
    "cut gzip": cut_gzip,
    "gzip without its end": gzip_without_end,
    "gzip with a wrong sum": gzip_with_wrong_sum,
    "not gzip at all": lambda r: packed(r, r.body),
    "a stall": lambda r: replace(r, stall=30),
}
"""Faults of the wire that a reader must notice, all on a reply with status 200 and a body."""


def on(numbers: range, fault: Fault) -> Faults:
    """The fault on the requests of these numbers (from 1), and on no others."""

    def last_word(request: Request, reply: Reply) -> Reply:
        is_meant = request.at in numbers and reply.status == 200 and reply.body
        return fault(reply) if is_meant else reply

    return last_word


def leading_to(address: str) -> Fault:
    """A redirect to another address instead of the reply."""
    return lambda _: Reply(302, headers={"Location": address})
