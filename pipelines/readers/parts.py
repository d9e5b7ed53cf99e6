"""What a reader hands over: a file on disk, and what was said when it was received."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

GIGABYTE = 1024**3
MAX_PART_BYTES = 2 * GIGABYTE
CHUNK = 1024 * 1024
SECRET = re.compile(r"token|key|secret|passw|signature|\bsig\b|auth", re.IGNORECASE)


@dataclass(frozen=True)
class FetchedPart:
    """One file of a feed, as received.

    `records` is the number of records that the service itself counted, where it counts.
    `place` is the address or path it was read from, and `stamp` what that place itself said of
    its last change: two fetches with the same stamp need not be made twice.
    """

    name: str
    path: Path
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    records: int | None = None
    place: str = ""
    stamp: str = ""


def base_name(name: str, fallback: str = "part") -> str:
    """The last step of a path or address, safe as a file name."""
    last = re.split(r"[/\\]", unquote(name).rstrip("/\\"))[-1]
    safe = re.sub(r"[^A-Za-z0-9._ ()-]+", "_", last).strip(". ")
    return safe[:120] or fallback


def public_url(url: str) -> str:
    """The address without a user name, a password or a token, fit to be shown."""
    split = urlsplit(url)
    host = split.hostname or ""
    host = f"{host}:{split.port}" if split.port else host
    query = [(k, v) for k, v in parse_qsl(split.query, True) if not SECRET.search(k)]
    return urlunsplit((split.scheme, host, split.path, urlencode(query, safe="$:*()"), ""))
