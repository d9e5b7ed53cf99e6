"""Every byte that an installation shows, writes to a log or keeps where staff look."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from pipelines.demo.canaries import STEM
from pipelines.settings import PROJECT, Settings
from pipelines.takedown.search import Searched, encoded, search

LOOKED_FOR = (STEM, STEM.upper(), STEM.lower())
NEEDLES = tuple(needle.lower() for needle in encoded(LOOKED_FOR[:1]))
EXACT = encoded(LOOKED_FOR)
SHOWN_OR_TOLD = ("releases", "current", "dbt", "dagster", "logs", "status.json", "inputs.json",
                 "changes", "quarantine", "holds")  # fmt: skip
STARTS = ("/", "/oversight", "/releases", "/changes", "/sources", "/status", "/methodology",
          "/corrections", "/measures", "/signing-key", "/healthz", "/nope", "/robots.txt",
          "/oversight?sql=select+name,sql+from+sqlite_master",
          "/oversight/complaints?_search=Quenzivaraa")  # fmt: skip
LINK = re.compile(r'(?:href|src)="([^"#]+)')
PAGES_OF_A_KIND = 5
MOST_PAGES = 500


def command(settings: Settings, *arguments: str) -> str:
    """Everything that one command prints, to either stream, whatever its exit code."""
    home = settings.data / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    env = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "OVERSIGHT_DATA": str(settings.data),
        "OVERSIGHT_NOW": settings.now.isoformat(),
        "PYTHONPATH": str(PROJECT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        env=env, capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    return (done.stdout + done.stderr).decode(errors="replace")


def told(text: str | bytes) -> int:
    """How many times a text says a canary, in any of the ways in which one is written."""
    raw = text.encode() if isinstance(text, str) else text
    low = raw.lower()
    return sum(low.count(n) for n in NEEDLES) + sum(raw.count(n) for n in EXACT)


def stored(data: Path) -> Searched:
    """Where a canary stands in what is published, logged or kept for staff, raw and decoded."""
    apart = [path.name for path in data.iterdir() if path.name not in SHOWN_OR_TOLD]
    return search(data, LOOKED_FOR, leave_out=apart)


def kind(address: str) -> str:
    """Which sort of page an address leads to: its path, with what differs from row to row left out.

    A table, a query and a file each count as a sort of their own.
    """
    parts = urlsplit(address)
    path = [re.sub(r"[0-9]+", "0", step) for step in unquote(parts.path).split("/")]
    shortened = path[:3] + ["…"] * len(path[3:])
    return "/".join(shortened) + "?" + ",".join(sorted(re.findall(r"(\w+)=", parts.query)))


def crawl(client: httpx.Client) -> Iterator[tuple[str, bytes]]:
    """Pages of every sort that a reader can reach, five of each at most, with their headers."""
    waiting, seen, kinds = list(STARTS), set(STARTS), dict[str, int]()
    visited = 0
    while waiting and visited < MOST_PAGES:
        address = waiting.pop(0)
        sort = kind(address)
        kinds[sort] = kinds.get(sort, 0) + 1
        if kinds[sort] > PAGES_OF_A_KIND:
            continue
        answer = client.get(address)
        visited += 1
        heads = json.dumps(dict(answer.headers)).encode()
        yield address, _unasked(address, heads + b"\n" + answer.content)
        if "html" not in answer.headers.get("content-type", ""):
            continue
        for link in LINK.findall(answer.text):
            found = urljoin(address, link.replace("&amp;", "&"))
            if found.startswith("/") and not found.startswith("//") and found not in seen:
                seen.add(found)
                waiting.append(found)


def _unasked(address: str, page: bytes) -> bytes:
    """A page without what the reader typed, which a search form and its links repeat."""
    return page.replace(b"Quenzivaraa", b"") if "Quenzivaraa" in address else page
