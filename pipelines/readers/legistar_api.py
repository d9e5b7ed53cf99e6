"""The Legistar Web API as it answers: bare lists, cut off at 1,000 rows without a word."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.failures import SourceFailed
from pipelines.readers.errand import Errand
from pipelines.readers.transport import MAX_DOCUMENT, Answer, Answered, Request, Transport

Parameters = Mapping[str, str | int]

TOP = 1_000
"""Rows that the service gives at most, whatever it is asked for."""
TRIES = 4
NOTES: Parameters = {"AgendaNote": 1, "MinutesNote": 1, "Attachments": 1}
ACCEPT = {"accept": "application/json"}
NOT_LET_IN = frozenset({401, 403})
BLANK = re.compile(r"[ \t\r\n]*")


class Unsettled(Exception):
    """A list changed while it was read, or came with a row in the place of another."""


@dataclass(frozen=True)
class Record:
    """One object of a list: its number, its values, and its text just as it was received."""

    number: int
    values: Mapping[str, Any]
    text: str


class Api:
    """The resources of one client of Legistar."""

    def __init__(self, errand: Errand, transport: Transport) -> None:
        """Raises `Misconfigured` when the contract names a token that is not set."""
        self.errand = errand
        self._transport = transport
        self._base = errand.place.rstrip("/")
        token = errand.token()
        self._token: Parameters = {"token": token} if token else {}

    def save(self, path: str, asked: Parameters, target: Path) -> Answer:
        """Write the answer to `target`. Raises `Answered` for a refusal, else `SourceFailed`."""
        request = Request(f"{self._base}{path}", {**asked, **self._token}, headers=ACCEPT)
        try:
            return self._transport.save(request, target, most=MAX_DOCUMENT)
        except Answered as refusal:
            if refusal.status in NOT_LET_IN:
                raise self._not_let_in(refusal.status) from None
            raise

    def records(self, body: Path, key: str) -> list[Record]:
        """The objects of a saved answer, each with the whole number `key`.

        Raises `SourceFailed` for anything that is not a list of them, and keeps it as evidence.
        """
        try:
            found = cut(body.read_bytes())
            return [Record(_number(values[key]), values, text) for values, text in found]
        except (ValueError, KeyError, RecursionError):
            raise self._transport.refused(body, "an answer that is not the list") from None

    def listed(self, path: str, key: str) -> list[Record]:
        """The whole of a list in order of `key`, its end asked for.

        Raises `Answered` for a refusal and `SourceFailed` for a list that does not settle.
        """

        def ask(top: int, skip: int) -> list[Record]:
            return self._asked(path, {"$orderby": key, "$top": top, "$skip": skip}, key)

        return self._settled(lambda: ordered(ask))

    def agenda(self, meeting: int) -> list[Record]:
        """The items of a meeting with their notes, in order of their numbers.

        They come in one answer, because it is not told that they could be had in pages; only an
        answer that is full to the cap is read again in that way. Nothing in an answer shows that
        it is the whole agenda, so it is read until two readings have the same items in them.
        """
        path, key = f"/events/{meeting}/eventitems", "EventItemId"

        def ask(top: int, skip: int) -> list[Record]:
            return self._asked(path, {**NOTES, "$orderby": key, "$top": top, "$skip": skip}, key)

        def read() -> dict[int, Record]:
            items = different(self._asked(path, NOTES, key))
            if len(items) >= TOP:
                return ordered(ask)
            if different(self._asked(path, NOTES, key)).keys() != items.keys():
                raise Unsettled
            return items

        return self._settled(read)

    def _asked(self, path: str, asked: Parameters, key: str) -> list[Record]:
        body = self.errand.folder / "answer.json"
        self.save(path, asked, body)
        return self.records(body, key)

    def _settled(self, read: Callable[[], dict[int, Record]]) -> list[Record]:
        for _ in range(TRIES):
            try:
                found = read()
                return [found[number] for number in sorted(found)]
            except Unsettled:
                continue
        told = f"A list of the service did not add up in {TRIES} readings."
        raise SourceFailed(told, place=self.errand.feed)

    def _not_let_in(self, status: int) -> SourceFailed:
        name = self.errand.contract.meta.token
        if name is None:
            name = self.errand.contract.jurisdiction
            step = f"Ask for a token, write `token: {name}` in the contract and set"
            told = "wants a token, and the contract names none"
        else:
            step = "Ask the publisher whether the token is still good, then set"
            told = "does not take the token"
        return SourceFailed(
            f"The service {told} ({status}).",
            place=self.errand.feed,
            next_step=f"{step} OVERSIGHT_TOKEN_{name.upper()}.",
        )


def ordered(ask: Callable[[int, int], list[Record]]) -> dict[int, Record]:
    """A whole list by its numbers; `ask` is given how many rows to bring and how many to skip.

    There is no count, and a short page proves nothing. What does is a question for one single
    row behind the last: the end is where it brings nothing new. Raises `Unsettled` when a row
    comes twice, because then another one may not have come at all.
    """
    found: dict[int, Record] = {}
    received = idle = 0
    while idle < TRIES:
        page = different(ask(TOP, received))
        if page.keys() & found.keys():
            raise Unsettled
        found |= page
        received += len(page)
        idle = 0 if page else idle + 1
        if len(page) < TOP and all(record.number in found for record in ask(1, received)):
            return found
    raise Unsettled


def different(page: list[Record]) -> dict[int, Record]:
    """The rows of a page by their numbers. Raises `Unsettled` when two have the same."""
    found = {record.number: record for record in page}
    if len(found) < len(page):
        raise Unsettled
    return found


def cut(body: bytes) -> list[tuple[dict[str, Any], str]]:
    """The objects of a JSON list, each with its own text on one line.

    A line end can only stand between two words of JSON, never inside of one, so that taking it
    out changes nothing. Raises `ValueError` for text that is anything else.
    """
    text = body.decode("utf-8-sig")
    found: list[tuple[dict[str, Any], str]] = []
    place = _behind(text, _behind(text, 0), "[")
    if text[place : place + 1] == "]":
        return _ended(text, place, found)
    while True:
        values, end = DECODER.raw_decode(text, place)
        if not isinstance(values, dict):
            raise ValueError("not an object")
        found.append((values, text[place:end].replace("\r", " ").replace("\n", " ")))
        place = _behind(text, end)
        if text[place : place + 1] == "]":
            return _ended(text, place, found)
        place = _behind(text, place, ",")


def _behind(text: str, place: int, mark: str = "") -> int:
    """The place of what follows `mark` and the blanks behind it."""
    if not text.startswith(mark, place):
        raise ValueError(f"no {mark!r}")
    blank = BLANK.match(text, place + len(mark))
    return blank.end() if blank else place


def _ended(
    text: str, place: int, found: list[tuple[dict[str, Any], str]]
) -> list[tuple[dict[str, Any], str]]:
    if text[place + 1 :].strip():
        raise ValueError("more than one list")
    return found


def _number(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not a whole number")
    return value


def _not_json(word: str) -> Any:
    raise ValueError(word)


DECODER = json.JSONDecoder(parse_constant=_not_json)
