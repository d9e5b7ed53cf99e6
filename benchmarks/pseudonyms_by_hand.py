"""Officers under the names of the release: its own key, and HMAC from the standard library.

The key lies where a refresh on the same data folder keeps it, beside the feeds. Whichever program
comes first makes it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import duckdb


def key(feeds: Path) -> bytes:
    """The 32 bytes of the key of the data folder in which the feeds lie."""
    file = feeds.resolve().parent / "keys" / "pseudonym-key"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o400), "w") as stream:
            stream.write(f"{secrets.token_hex(32)}\n")
    return bytes.fromhex(file.read_text(encoding="ascii").strip())


def salt(made_with: bytes) -> str:
    """What makes the order of a complaint's officers tell nothing."""
    return hmac.new(made_with, b"order|larkhaven", hashlib.sha256).hexdigest()


def pseudonyms(made_with: bytes, badges: Iterable[str]) -> dict[str, str]:
    """Each badge with the 13 characters that stand for it."""
    found = {}
    for badge in badges:
        told = f"officer|larkhaven|{badge.strip().casefold()}".encode()
        digest = hmac.new(made_with, told, hashlib.sha256).digest()
        found[badge] = base64.b32encode(digest).decode("ascii").lower()[:13]
    return found


def register(duck: duckdb.DuckDBPyConnection, feeds: Path) -> None:
    """The table `pseudonyms` and the variable `salt`, from the allegations that have landed."""
    made_with = key(feeds)
    sql = "select distinct typed(badge) from landed_allegations where typed(badge) is not null"
    told = pseudonyms(made_with, [badge for (badge,) in duck.execute(sql).fetchall()])
    duck.execute(f"set variable salt = '{salt(made_with)}'")
    duck.execute("create table pseudonyms (officer varchar, officer_pseudonym varchar)")
    if told:
        duck.execute(
            "insert into pseudonyms select unnest(?), unnest(?)", [list(told), list(told.values())]
        )
