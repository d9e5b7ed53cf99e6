"""The two Socrata interfaces, SODA 2.1 and 3.0, behind one set of questions.

2.1 is asked by GET and needs no secret; 3.0 is asked by POST and refuses who brings no app
token. Both are asked for the system fields, because `:id` proves that no row came twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.failures import Misconfigured, SourceFailed
from pipelines.readers import disguise
from pipelines.readers.errand import Errand
from pipelines.readers.transport import Answer, Answered, Request, Transport

TOKEN = "socrata"  # noqa: S105 - the name of a setting, not its value
LEGACY = re.compile(r"/resource/([a-z0-9]{4}-[a-z0-9]{4})\.json$")
THIRD = re.compile(r"/api/v3/views/([a-z0-9]{4}-[a-z0-9]{4})/query\.json$")


@dataclass(frozen=True)
class Metadata:
    """What `/api/views` says: the columns in order with their types, and the last change."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    stamp: str = ""


class Soda:
    """One data set. Raises `Misconfigured` for an address that is not one."""

    def __init__(self, errand: Errand, transport: Transport) -> None:
        self._errand = errand
        self._transport = transport
        split = urlsplit(errand.place)
        legacy, third = LEGACY.search(split.path), THIRD.search(split.path)
        if not legacy and not third:
            raise Misconfigured(
                "The location is not the address of a Socrata data set.",
                place=errand.feed,
                next_step="Write https://HOST/resource/abcd-1234.json in the contract.",
            )
        self.is_third = third is not None
        self._id = (legacy or third).group(1)  # type: ignore[union-attr]
        self._base = f"{split.scheme}://{split.netloc}"
        self._headers = self._identified()

    def metadata(self) -> Metadata:
        """Columns and stamp; nothing when the host does not show its metadata."""
        try:
            return self.described()
        except SourceFailed:
            return Metadata()

    def described(self) -> Metadata:
        """Columns and stamp. Raises `SourceFailed` when the host does not answer."""
        request = Request(f"{self._base}/api/views/{self._id}.json", headers=self._headers)
        told = self._transport.document(request)
        if not isinstance(told, dict):
            return Metadata()
        columns = [c for c in told.get("columns") or () if _is_named(c)]
        changed = told.get("rowsUpdatedAt")
        return Metadata(
            tuple(c["fieldName"] for c in columns),
            tuple(str(c.get("dataTypeName", "")) for c in columns),
            f"rowsUpdatedAt {changed}" if isinstance(changed, int) else "",
        )

    def count(self, where: str = "") -> int:
        """The service's own number of rows. Back-ends differ in what they call it."""
        body = self._errand.folder / "count.json"
        self._rows_to(body, self._counting(where), {})
        try:
            (row,) = json.loads(body.read_bytes())
            (value,) = row.values()
            return int(value)
        except (ValueError, TypeError, AttributeError):
            told = "The service did not give its row count."
            raise SourceFailed(told, place=self._errand.feed) from None

    def page(
        self,
        target: Path,
        offset: int,
        size: int,
        *,
        where: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`size` rows from `offset` on, in the total order of `:id`, as a list of records."""
        if self.is_third:
            words = "SELECT :*, *" + (f" WHERE {where}" if where else "")
            page = {"pageNumber": offset // size + 1, "pageSize": size}
            asked = Request(
                self._errand.place, json={"query": words, "page": page, "includeSynthetic": False}
            )
        else:
            params: dict[str, str | int] = {
                "$select": ":*,*",
                "$order": ":id",
                "$limit": size,
                "$offset": offset,
            }
            asked = Request(self._errand.place, params | ({"$where": where} if where else {}))
        return self._rows_to(target, asked, headers or {})

    def _counting(self, where: str) -> Request:
        if self.is_third:
            words = "SELECT count(*)" + (f" WHERE {where}" if where else "")
            page = {"pageNumber": 1, "pageSize": 1}
            return Request(self._errand.place, json={"query": words, "page": page})
        params: dict[str, str | int] = {"$select": "count(*)"}
        return Request(self._errand.place, params | ({"$where": where} if where else {}))

    def _rows_to(self, target: Path, asked: Request, headers: Mapping[str, str]) -> Answer:
        request = Request(asked.url, asked.params, asked.json, headers={**self._headers, **headers})
        try:
            answer = self._transport.save(request, target)
        except Answered as refusal:
            if refusal.status in (401, 403):
                raise self._token_refused(refusal) from None
            raise
        if answer.status == 200 and not _is_list(target):
            start = disguise.first_bytes(target)
            code = disguise.error_code(_document(start))
            raise self._transport.refused(target, f"no list of rows ({code})")
        return answer

    def _token_refused(self, refusal: Answered) -> SourceFailed:
        name = self._errand.contract.meta.token or TOKEN
        told = f"The service answered {refusal.status} ({refusal.code})."
        step = f"Check the app token in OVERSIGHT_TOKEN_{name.upper()}, then refresh again."
        return SourceFailed(told, place=self._errand.feed, next_step=step)

    def _identified(self) -> Mapping[str, str]:
        """The app token, which 3.0 needs and 2.1 is quicker with."""
        name = self._errand.contract.meta.token or TOKEN
        value = self._errand.settings.tokens.get(name)
        if value is None and self.is_third:
            raise Misconfigured(
                "SODA 3.0 refuses to answer without an app token.",
                place=self._errand.feed,
                next_step=f"Set OVERSIGHT_TOKEN_{name.upper()}, or use the 2.1 address.",
            )
        return {} if value is None else {"X-App-Token": value}


def _is_named(column: Any) -> bool:
    """Whether it is a column of the publisher; the system's own begin with a colon."""
    name = column.get("fieldName") if isinstance(column, dict) else None
    return isinstance(name, str) and not name.startswith(":")


def _is_list(body: Path) -> bool:
    """Whether the body begins and ends as a list does; a body cut short does not."""
    start = disguise.first_bytes(body).lstrip()
    with body.open("rb") as file:
        file.seek(max(0, body.stat().st_size - 64))
        return start[:1] == b"[" and file.read().rstrip().endswith(b"]")


def _document(start: bytes) -> Any:
    try:
        return json.loads(start)
    except ValueError:
        return None
