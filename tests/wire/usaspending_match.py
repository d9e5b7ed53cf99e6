"""Which awards and transactions the filters of a USAspending request mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.wire.usaspending_rules import DATE_TYPES, EARLIEST, LATEST


def has_award(award: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Whether an award is among those that are looked for, by any of its listings."""
    return all(
        (
            award["_type"] in filters.get("award_type_codes", [award["_type"]]),
            not set(filters.get("program_numbers", award["_programs"])).isdisjoint(
                award["_programs"]
            ),
            award["Award ID"] in filters.get("award_ids", [award["Award ID"]]),
            _is_within(award["_state"], filters),
            _is_in_time(
                {
                    "action_date": (award["_latest"], award["_signed"]),
                    "date_signed": (award["_signed"], award["_signed"]),
                    "new_awards_only": (award["_signed"], award["_signed"]),
                    "last_modified_date": (award["_modified"], award["_modified"]),
                },
                filters,
            ),
        )
    )


def has_transaction(row: Mapping[str, str], filters: Mapping[str, Any]) -> bool:
    """Whether a transaction is, by its one listing."""
    acted, changed = (row["action_date"],) * 2, (row["last_modified_date"],) * 2
    dates = dict.fromkeys(DATE_TYPES, acted) | {"last_modified_date": changed}
    return all(
        (
            row["assistance_type_code"]
            in filters.get("award_type_codes", [row["assistance_type_code"]]),
            row["cfda_number"] in filters.get("program_numbers", [row["cfda_number"]]),
            row["award_id_fain"] in filters.get("award_ids", [row["award_id_fain"]]),
            _is_within(row["recipient_state_code"], filters),
            _is_in_time(dates, filters),
        )
    )


def _is_within(state: str, filters: Mapping[str, Any]) -> bool:
    places = filters.get("recipient_locations", [{}])
    return any(place.get("state", state) == state for place in places)


def _is_in_time(dates: Mapping[str, tuple[str, str]], filters: Mapping[str, Any]) -> bool:
    """Whether the later date is not before a period's start, nor the earlier one after its end.

    Quietly, nothing before the earliest or after the latest day of the service is found.
    """
    for period in filters.get("time_period", [{"start_date": EARLIEST, "end_date": LATEST}]):
        later, earlier = dates[period.get("date_type", "action_date")]
        start, end = max(period["start_date"], EARLIEST), min(period["end_date"], LATEST)
        if start <= later and earlier <= end:
            return True
    return False
