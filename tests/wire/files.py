"""Plain files over HTTP, as a web server or a bucket serves them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from tests.wire.server import Reply, Request

TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".gz": "application/gzip",
    ".zip": "application/zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/octet-stream",
}


@dataclass
class Files:
    """Files by their path, and below `folder` every file that lies in it.

    `busy` are refusals (status, Retry-After or None), one for each coming request. `etags` sends a
    tag and answers a known one with 304. `stamp` is Last-Modified in epoch seconds, None for a
    server that sends none. `moved` leads a path to another address. `as_page` answers every path
    with this web page and status 200.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    folder: Path | None = None
    busy: list[tuple[int, str | None]] = field(default_factory=list)
    etags: bool = False
    stamp: int | None = None
    moved: Mapping[str, str] = field(default_factory=dict)
    as_page: bytes | None = None
    types: Mapping[str, str] = field(default_factory=lambda: dict(TYPES))
    zipped: bool = False

    def answer(self, request: Request) -> Reply | None:
        """The file at a path, whole: ranges are not offered."""
        content = self._content(request.path)
        if content is None and request.path not in self.moved:
            return None
        if request.method not in ("GET", "HEAD"):
            return Reply(405, b"Method Not Allowed", {"Allow": "GET, HEAD"})
        if self.busy:
            status, after = self.busy.pop(0)
            return Reply(status, b"busy", {} if after is None else {"Retry-After": after})
        if request.path in self.moved:
            return Reply(302, headers={"Location": self.moved[request.path]})
        if self.as_page is not None:
            return Reply(200, self.as_page, {"Content-Type": "text/html;charset=utf-8"})
        return self._file(request, content or b"")

    def _content(self, path: str) -> bytes | None:
        if path in self.contents or self.folder is None:
            return self.contents.get(path)
        below = (self.folder / path.lstrip("/")).resolve()
        is_ours = below.is_file() and below.is_relative_to(self.folder.resolve())
        return below.read_bytes() if is_ours else None

    def _file(self, request: Request, content: bytes) -> Reply:
        kind = self.types.get(Path(request.path).suffix, "application/octet-stream")
        headers = {"Content-Type": kind, "Accept-Ranges": "none"}
        if self.stamp is not None:
            changed = datetime.fromtimestamp(self.stamp, UTC)
            headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        if self.etags:
            headers["ETag"] = f'"{hashlib.md5(content).hexdigest()}"'
        asked = request.headers
        is_known = self.etags and asked.get("if-none-match") == headers["ETag"]
        if "if-none-match" not in asked and self.stamp is not None:
            is_known = asked.get("if-modified-since") == headers["Last-Modified"]
        return Reply(304, headers=headers) if is_known else self._whole(content, headers)

    def _whole(self, content: bytes, headers: dict[str, str]) -> Reply:
        return Reply(200, content, headers, zipped=self.zipped)
