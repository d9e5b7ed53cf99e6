"""A small HTTP server on loopback whose answers a test scripts."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Answer:
    """One reply; `announced` overrides the Content-Length that is sent."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None


Reply = Callable[[str, dict[str, str]], Answer]


@dataclass
class Wire:
    """The server: its address, what was asked, and the replies by path."""

    address: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"{self.address}{path}"

    def script(self, path: str, *answers: Answer) -> str:
        """Reply to `path` with each answer in turn, then with the last one for ever."""
        left = list(answers)
        self.replies[path] = lambda *_: left.pop(0) if len(left) > 1 else left[0]
        return self.url(path)


@contextmanager
def serving() -> Iterator[Wire]:
    """A running server; its threads end with the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            wire.asked.append((split.path, query))
            answer = wire.replies[split.path](split.path, query)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            announced = len(answer.body) if answer.announced is None else answer.announced
            self.send_header("Content-Length", str(announced))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wire = Wire(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Soda:
    """A Socrata data set: rows in random order unless an order is asked for, pages capped."""

    rows: list[dict[str, Any]]
    cap: int = 3
    counts: list[int] = field(default_factory=list)
    ignores_offset: bool = False
    skips_first_pages: int = 0

    def __call__(self, _: str, query: dict[str, str]) -> Answer:
        if query.get("$select") == "count(*)":
            count = self.counts.pop(0) if self.counts else len(self.rows)
            return _json([{"count_1": str(count)}])
        rows = list(self.rows)
        if query.get("$order") != ":id":
            random.shuffle(rows)
        start = 0 if self.ignores_offset else int(query["$offset"])
        return _json(rows[start : start + min(self.cap, int(query["$limit"]))])


def _json(document: Any) -> Answer:
    return Answer(json.dumps(document).encode(), headers={"Content-Type": "application/json"})
