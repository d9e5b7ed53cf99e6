"""What USAspending takes in a request, and the words with which it refuses the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.wire.server import Request
from tests.wire.usaspending_objects import AWARD_FIELDS, GROUPS, TRANSACTION_FIELDS, group_of

EARLIEST, LATEST = "2007-10-01", "2027-09-30"
MAX_LIMIT = 100
MAX_DOWNLOAD = 500_000
PAGE_KEYS = frozenset({"filters", "page", "limit", "sort", "order", "subawards", "spending_level"})
AWARD_KEYS = PAGE_KEYS | {"fields", "last_record_unique_id", "last_record_sort_value"}
TRANSACTION_KEYS = PAGE_KEYS - {"subawards", "spending_level"} | {"fields"}
DOWNLOAD_KEYS = frozenset({"filters", "columns", "file_format", "limit"})
FILTERS = frozenset(
    {"award_type_codes", "program_numbers", "time_period", "recipient_locations", "award_ids"}
)
DATE_TYPES = frozenset({"action_date", "date_signed", "last_modified_date", "new_awards_only"})
STATES = re.compile(r"[A-Z]{2}")


class Refused(Exception):
    """The service answers with this status and this document; None is an empty body."""

    def __init__(self, status: int, document: Any) -> None:
        super().__init__(str(document))
        self.status = status
        self.document = document if isinstance(document, dict) else {"detail": document}


@dataclass(frozen=True)
class Page:
    """A request for a page that the service takes."""

    fields: tuple[str, ...]
    sort: str
    descending: bool
    limit: int
    number: int
    cursor: tuple[str, int] | None

    @property
    def start(self) -> int:
        """The first record of the page, from 0."""
        return (self.number - 1) * self.limit


def body_of(request: Request, keys: frozenset[str]) -> dict[str, Any]:
    """The JSON object that was posted, with no key that the endpoint does not know."""
    if request.method != "POST":
        raise Refused(405, f'Method "{request.method}" not allowed.')
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused(415, "Unsupported media type in request.")
    if request.query:
        raise Refused(400, "No query parameters are taken here.")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused(400, "JSON parse error - Expecting value.") from None
    if not isinstance(body, dict):
        raise Refused(400, "A JSON object is expected.")
    _known(body, keys, "key")
    return body


def page_of(body: Mapping[str, Any], known: Mapping[str, Any] | frozenset[str]) -> Page:
    """Fields, order and place of a page. `known` are the fields that may be asked for."""
    fields = body.get("fields")
    if fields is None:
        raise _missing("fields")
    if not isinstance(fields, list) or not fields or not all(isinstance(f, str) for f in fields):
        raise Refused(422, "Field 'fields' value is below min '1' items of text.")
    for name in fields:
        if name not in known:
            raise Refused(422, f"Field 'fields' holds the unknown value '{name}'.")
    sort, order = body.get("sort", fields[0]), body.get("order", "desc")
    if sort not in fields:
        raise Refused(400, f"Sort value not found in fields: {sort}")
    if order not in ("asc", "desc"):
        raise Refused(422, "Field 'order' is outside valid values ('asc', 'desc').")
    limit = _whole(body, "limit", 10, MAX_LIMIT)
    number = _whole(body, "page", 1, None)
    return Page(tuple(fields), sort, order == "desc", limit, number, _cursor(body))


def _cursor(body: Mapping[str, Any]) -> tuple[str, int] | None:
    unique, value = body.get("last_record_unique_id"), body.get("last_record_sort_value")
    if (unique is None) != (value is None):
        raise Refused(500, "Internal server error: search_after needs both values.")
    if unique is None:
        return None
    if isinstance(unique, bool) or not isinstance(unique, int) or not isinstance(value, str):
        raise Refused(422, "Field 'last_record_unique_id' must be a whole number, the other text.")
    return value, unique


def award_page(body: Mapping[str, Any], window: int) -> Page:
    """A page of awards: one group of types, and within the window unless there is a cursor."""
    codes = filters_of(body).get("award_type_codes")
    if codes is None:
        raise _missing("filters|award_type_codes")
    if group_of(codes) is None:
        told = "'award_type_codes' must only contain types from one group."
        raise Refused(422, {"message": told, "award_type_groups": GROUPS})
    if group_of(codes) != "grants":
        raise Refused(422, "Only grants are held here.")
    if (
        body.get("subawards") not in (None, False)
        or body.get("spending_level", "awards") != "awards"
    ):
        raise Refused(422, "Only awards are held here.")
    page = page_of(body, AWARD_FIELDS)
    if page.cursor is None and page.start >= window:
        raise Refused(
            422,
            f"Page #{page.number} with limit {page.limit} is over the maximum result limit "
            f"{window}. Please provide the 'last_record_sort_value' and 'last_record_unique_id' "
            "to paginate sequentially.",
        )
    return page


def transaction_page(body: Mapping[str, Any], window: int) -> Page:
    """A page of transactions: a sort is required, and there is no cursor."""
    filters_of(body)
    if "sort" not in body:
        raise _missing("sort")
    page = page_of(body, TRANSACTION_FIELDS)
    if page.start >= window:
        raise Refused(
            422,
            f"Page #{page.number} with limit {page.limit} is over the maximum result limit "
            f"{window}. Please use more filters.",
        )
    return page


def filters_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The filters, each in the shape that the service takes. There must be at least one."""
    filters = body.get("filters")
    if not isinstance(filters, dict) or not filters:
        raise Refused(400, "Missing required request parameters: 'filters'")
    _known(filters, FILTERS, "filter")
    for name, check in CHECKS.items():
        if name in filters:
            check(name, filters[name])
    return filters


def _texts(name: str, value: Any) -> None:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise Refused(422, f"Invalid value in 'filters|{name}'. A list of text is expected.")


def _types(name: str, value: Any) -> None:
    _texts(name, value)
    known = {code for codes in GROUPS.values() for code in codes}
    for code in value:
        if code not in known:
            raise Refused(422, f"Field 'filters|{name}' is outside valid values: '{code}'.")


def _periods(name: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        raise Refused(422, f"Invalid value in 'filters|{name}'. A list of objects is expected.")
    for period in value:
        _known(period, frozenset({"start_date", "end_date", "date_type"}), "key of a time period")
        if period.get("date_type", "action_date") not in DATE_TYPES:
            raise Refused(422, "Field 'filters|time_period|date_type' is outside valid values.")
        ends = [_day(period, end) for end in ("start_date", "end_date")]
        if ends[0] > ends[1]:
            raise Refused(422, "start_date of a time period is after its end_date.")


def _day(period: Mapping[str, Any], name: str) -> date:
    if name not in period:
        raise _missing(f"filters|time_period|{name}")
    try:
        return date.fromisoformat(period[name])
    except (TypeError, ValueError):
        raise Refused(422, f"Invalid value in 'filters|time_period|{name}'.") from None


def _places(name: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        raise Refused(422, f"Invalid value in 'filters|{name}'. A list of objects is expected.")
    for place in value:
        _known(place, frozenset({"country", "state"}), "key of a location")
        if place.get("country") != "USA":
            raise Refused(422, f"Missing value: 'filters|{name}|country' is a required field")
        if not STATES.fullmatch(place.get("state", "WA")):
            raise Refused(422, f"Invalid value in 'filters|{name}|state'.")


CHECKS: dict[str, Callable[[str, Any], None]] = {
    "award_type_codes": _types,
    "program_numbers": _texts,
    "award_ids": _texts,
    "time_period": _periods,
    "recipient_locations": _places,
}


def download_of(body: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that a download shall hold; none named are all."""
    filters_of(body)
    _whole(body, "limit", MAX_DOWNLOAD, MAX_DOWNLOAD)
    if body.get("file_format", "csv") != "csv":
        raise Refused(400, "Field 'file_format' is outside valid values (csv).")
    wanted = body.get("columns", [])
    for name in wanted:
        if name not in columns:
            raise Refused(400, f"Invalid column name: {name}")
    return tuple(wanted) or tuple(columns)


def _whole(body: Mapping[str, Any], name: str, absent: int, most: int | None) -> int:
    value = body.get(name, absent)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(422, f"Invalid value in '{name}'. '{value}' is not a valid integer.")
    if value < 1:
        raise Refused(422, f"Field '{name}' value '{value}' is below min '1'")
    if most is not None and value > most:
        raise Refused(422, f"Field '{name}' value '{value}' is above max '{most}'")
    return value


def _known(found: Any, known: frozenset[str], what: str) -> None:
    if not isinstance(found, dict):
        raise Refused(422, "An object is expected.")
    for name in found:
        if name not in known:
            raise Refused(422, f"'{name}' is an unknown {what}.")


def _missing(name: str) -> Refused:
    return Refused(422, f"Missing value: '{name}' is a required field")
