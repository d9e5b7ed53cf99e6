"""One layer of an ArcGIS server, behind a set of questions.

Its errors come with the status 200, in a document of their own or as a web page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from pipelines.failures import Misconfigured, SourceFailed
from pipelines.readers import pages
from pipelines.readers.errand import Errand
from pipelines.readers.pages import Shape, TooMuch
from pipelines.readers.parts import FetchedPart, public_url
from pipelines.readers.transport import Answered, Request, Transport

ADDRESS = re.compile(r"/(Feature|Map)Server/\d+$")
OBJECT_ID = "esriFieldTypeOID"
PAGE_ROWS = 2000
USUAL_MOST = 1000
LONGEST_QUERY = 1500
"""Characters of a question that may stand in an address; a longer one is posted."""
OVERLOADED = frozenset({413, 500, 503, 504})
TOO_BIG = re.compile(r"too (big|large|many|long)|exceed|time[d -]*out", re.IGNORECASE)
NO_TOKEN = frozenset({498, 499})
GOES_ON = "goes-on"
"""Noted with a page that the service says is not the last one."""


@dataclass(frozen=True)
class Metadata:
    """What the layer says of itself. `page_rows` is how many rows one answer may have."""

    object_id: str
    fields: tuple[tuple[str, str], ...]
    page_rows: int
    has_pages: bool
    is_ordered: bool
    stamp: str

    @property
    def shape(self) -> Shape:
        """Where the rows lie in a page, and their key."""
        return Shape(("features",), ("attributes", self.object_id))


class Layer:
    """One layer or table. Raises `Misconfigured` for an address that is not one."""

    def __init__(self, errand: Errand, transport: Transport) -> None:
        split = urlsplit(errand.place)
        path = split.path.rstrip("/")
        if not ADDRESS.search(path):
            raise Misconfigured(
                "The location is not the address of a layer.",
                place=errand.feed,
                next_step="Write https://HOST/…/FeatureServer/0, with the layer's number at its "
                "end, in the contract.",
            )
        self._errand = errand
        self._transport = transport
        # Layers are called what people call them: with spaces.
        safe = quote(path, safe="/%:@!$&'()*+,;=~")
        self._address = urlunsplit((split.scheme, split.netloc, safe, "", ""))
        token = errand.token()
        self._always = {"f": "json"} | ({"token": token} if token else {})

    def described(self) -> Metadata:
        """What the layer says of itself. Raises `SourceFailed` when that is not enough."""
        told = self._document(self._address, {})
        fields = told.get("fields")
        named = tuple(
            (str(field["name"]), str(field.get("type", "")))
            for field in (fields if isinstance(fields, list) else ())
            if isinstance(field, dict) and "name" in field
        )
        marked = [name for name, kind in named if kind == OBJECT_ID]
        object_id = told.get("objectIdField") or (marked[0] if marked else None)
        if not named or not isinstance(object_id, str):
            raise self._failed("The layer does not say what fields it has, and which is the key.")
        can = told.get("advancedQueryCapabilities")
        can = can if isinstance(can, dict) else {}
        most = told.get("maxRecordCount")
        return Metadata(
            object_id,
            named,
            min(most if isinstance(most, int) and most > 0 else USUAL_MOST, PAGE_ROWS),
            can.get("supportsPagination", told.get("supportsPagination")) is True,
            can.get("supportsOrderBy") is not False,
            _stamp(told),
        )

    def count(self) -> int:
        """The service's own number of rows."""
        count = self._document(self._query, {"where": "1=1", "returnCountOnly": "true"})
        if not isinstance(count.get("count"), int):
            raise self._failed("The service did not give its row count.")
        return int(count["count"])

    def ids(self) -> list[int]:
        """The keys of all rows, in order; the service does not limit their number."""
        told = self._document(self._query, {"where": "1=1", "returnIdsOnly": "true"})
        found = told.get("objectIds") or []
        if not isinstance(found, list) or not all(isinstance(one, int) for one in found):
            raise self._failed("The service did not give the keys of its rows.")
        return sorted(found)

    def page(self, metadata: Metadata, target: Path, offset: int, rows: int) -> FetchedPart:
        """At most `rows` rows from `offset` on, in the order of their keys."""
        asked = {
            "where": "1=1",
            "orderByFields": metadata.object_id,
            "resultOffset": str(offset),
            "resultRecordCount": str(rows),
        }
        return self._rows_to(target, asked)

    def rows_of(self, metadata: Metadata, target: Path, ids: Sequence[int]) -> FetchedPart:
        """The rows with these keys; of a layer without any, the empty page.

        Raises `TooMuch` when the service leaves some of them out.
        """
        order = {"orderByFields": metadata.object_id} if metadata.is_ordered else {}
        chosen = {"objectIds": ",".join(map(str, ids))} if ids else {"where": "1=1"}
        part = self._rows_to(target, chosen | order)
        if GOES_ON in part.headers:
            raise TooMuch(f"The service did not give {len(ids):,} rows at once")
        return part

    @property
    def _query(self) -> str:
        return f"{self._address}/query"

    def _rows_to(self, target: Path, words: Mapping[str, str]) -> FetchedPart:
        asked = {**words, "outFields": "*", "returnGeometry": "false"}
        try:
            answer = self._transport.save(
                self._request(self._query, asked), target, most=pages.MOST_BYTES
            )
        except Answered as refusal:
            if refusal.status in OVERLOADED:
                raise TooMuch(f"The service answered {refusal.status}") from None
            raise
        page = pages.document(target)
        if page is None:
            raise self._transport.refused(target, "an answer that is not JSON")
        if page.get("error") is not None:
            self._raise(page["error"])
        if not isinstance(page.get("features"), list):
            raise self._transport.refused(target, "no list of rows")
        more = {GOES_ON: "true"} if page.get("exceededTransferLimit") is True else {}
        url = public_url(self._errand.place)
        return FetchedPart(target.name, target, url, {**answer.headers, **more})

    def _document(self, url: str, words: Mapping[str, str]) -> Mapping[str, Any]:
        told = self._transport.document(self._request(url, words))
        if not isinstance(told, dict):
            raise self._failed("The service sent JSON that is not an answer.")
        if told.get("error") is not None:
            try:
                self._raise(told["error"])
            except TooMuch as busy:
                raise self._failed(f"{busy}.") from None
        return told

    def _request(self, url: str, words: Mapping[str, str]) -> Request:
        asked = {**words, **self._always}
        if "objectIds" in asked or len(urlencode(asked)) > LONGEST_QUERY:
            return Request(url, form=asked)
        return Request(url, asked)

    def _raise(self, error: Any) -> None:
        """Its message may quote data; the code tells what it was."""
        error = error if isinstance(error, dict) else {}
        code = error.get("code")
        code = code if isinstance(code, int) else None
        if code in NO_TOKEN:
            raise self._no_token(code)
        words = f"{error.get('message')} {error.get('details')}"
        told = f"The service reports the error {code or 'without a code'}"
        if code in OVERLOADED or TOO_BIG.search(words):
            raise TooMuch(told)
        raise self._failed(f"{told}.")

    def _no_token(self, code: int | None) -> SourceFailed:
        name = self._errand.contract.meta.token
        if name:
            setting = f"OVERSIGHT_TOKEN_{name.upper()}"
            return SourceFailed(
                f"The service does not take the token in {setting} (error {code}).",
                place=self._errand.feed,
                next_step=f"Set {setting} to a token that is valid.",
            )
        return SourceFailed(
            f"The service asks for a token (error {code}): the contract must name it under "
            "`token`, and OVERSIGHT_TOKEN_<NAME> must hold it.",
            place=self._errand.feed,
            next_step="Add `token: arcgis` to the contract and set OVERSIGHT_TOKEN_ARCGIS.",
        )

    def _failed(self, told: str) -> SourceFailed:
        return SourceFailed(told, place=self._errand.feed)


def _stamp(told: Mapping[str, Any]) -> str:
    editing = told.get("editingInfo")
    edited = editing.get("lastEditDate") if isinstance(editing, dict) else None
    return f"lastEditDate {edited}" if isinstance(edited, int) else ""
