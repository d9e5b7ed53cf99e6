"""Measures of the invented city and of others beside it, as the marts would hold them."""

from __future__ import annotations

from typing import Any

from pipelines import metric_register
from pipelines.settings import load_settings

Rows = list[dict[str, Any]]

RECEIVED = {2019: 40, 2020: 31, 2021: 52, 2022: 60, 2023: 58, 2024: 61, 2025: 49, 2026: 23}
SUSTAINED = {2019: (4, 30), 2020: (3, 25), 2021: (1, 2), 2022: (9, 45), 2023: (6, 40)}
"""Sustained and decided on the merits; those of 2021 are too few to be a percentage."""
PRACTICES = {
    # jurisdiction: whether the number is valid, how complaints are taken in, who investigates
    "larkhaven": (True, "complaints_by_civilians", "civilian_agency"),
    "detroit": (True, "complaints_by_civilians", "civilian_agency"),
    "philadelphia": (True, "complaints_by_civilians", "department"),
    "new_orleans": (True, "civilians_and_department", "department"),
    "new_york": (False, "complaints_by_civilians", "civilian_agency"),
}


def rows() -> dict[str, Rows]:
    """The rows of every mart that tells of measures."""
    return {
        "metrics": _metrics(),
        "measures": [*_received(), *_sustained(), _not_valid()],
        "comparable_with": _comparable_with(),
        "series_breaks": _series_breaks(),
        "reconciliation": _reconciliation(),
        "wrong_numbers": _wrong_numbers(),
        "completeness": _completeness(),
    }


def _metrics() -> Rows:
    names = [part.split()[0] for part in metric_register.TABLE.split(", ")]
    read = metric_register.rows(load_settings({}))
    return [dict(zip(names, row, strict=True)) for row in read]


def _measure(metric: str, jurisdiction: str, year: int | None, **more: Any) -> dict[str, Any]:
    return {
        "jurisdiction": jurisdiction,
        "metric": metric,
        "period_kind": "calendar_year" if year else "all",
        "period": str(year) if year else "all",
        "period_start": f"{year}-01-01" if year else None,
        "dimension": "all",
        "dimension_value": "all",
        "unit": "complaint",
        "interval_method": "none",
        "maturity": "mature",
        "value_state": "shown",
        "date_role": "received_date",
        "comparability_hash": "0123456789ab",
        **more,
    }


def _received() -> Rows:
    return [
        _measure(
            "complaints_received",
            place,
            year,
            value=count * times,
            numerator=count * times,
            maturity="immature" if year == 2026 else "mature",
        )
        for place, times in (("larkhaven", 1), ("detroit", 20))
        for year, count in RECEIVED.items()
    ]


def _sustained() -> Rows:
    return [
        _measure(
            "sustain_rate_merits",
            "larkhaven",
            year,
            unit="percent of allegations",
            numerator=count,
            denominator=of,
            interval_method="wilson",
            **_share(count, of),
        )
        for year, (count, of) in SUSTAINED.items()
    ]


def _share(count: int, of: int) -> dict[str, Any]:
    if of < 10:
        return {"value_state": "too_few", "note": "Out of fewer than 10 cases."}
    value = 100 * count / of
    return {"value": value, "lower": value / 2, "upper": min(100.0, value * 2)}


def _not_valid() -> dict[str, Any]:
    note = "The source holds only closed only records; this number would be wrong."
    state = {"value_state": "not_valid", "maturity": "not_applicable", "note": note}
    return _measure("complaints_received", "new_york", 2024, **state)


def _comparable_with() -> Rows:
    return [_pair(one, other) for one in PRACTICES for other in PRACTICES if one != other]


def _pair(one: str, other: str) -> dict[str, Any]:
    here, there = PRACTICES[one], PRACTICES[other]
    is_allowed = here[:2] == there[:2] == (True, here[1])
    word = "similar" if here[2] != there[2] else "same_definition"
    return {
        "metric": "complaints_received",
        "jurisdiction": one,
        "other_jurisdiction": other,
        "comparability": word if is_allowed else "not_comparable",
        "why": f"Intake rule ({here[1]} here, {there[1]} there).",
        "comparable_from_date": "2020-01-01" if is_allowed else None,
        "definition_hash": "aaaaaaaaaaaa" if is_allowed else None,
    }


def _series_breaks() -> Rows:
    shared = {"jurisdiction": "larkhaven", "metric": "all", "source": "Invented."}
    return [
        {
            **shared,
            "family": "complaints",
            "break_date": "2022-01-01",
            "kind": "definition",
            "why": "Two categories are new.",
        },
        {
            **shared,
            "family": "all",
            "break_date": "2020-03-15",
            "kind": "context",
            "why": "A public emergency.",
        },
    ]


def _reconciliation() -> Rows:
    return [
        {
            "jurisdiction": "larkhaven",
            "metric": "complaints_received",
            "period_kind": "calendar_year",
            "period": "2024",
            "dimension": "all",
            "dimension_value": "all",
            "published_by": "City of Larkhaven",
            "unit": "complaint",
            "published_value": 64,
            "our_value": 61,
            "difference": -3,
            "difference_percent": -4.7,
            "state": "differs",
            "why": "The report counts complaints that were mediated.",
            "source": "Annual report, page 4.",
            "url": "https://example.org/report",
        }
    ]


def _wrong_numbers() -> Rows:
    return [
        {
            "jurisdiction": "larkhaven",
            "naive_metric": "sustain_rate_naive",
            "period_kind": "calendar_year",
            "period": str(year),
            "dimension": "all",
            "dimension_value": "all",
            "naive_unit": "percent of allegations",
            "naive_value": 100 * count / (2 * of),
            "naive_numerator": count,
            "naive_denominator": 2 * of,
            "metric": "sustain_rate_merits",
            "right_unit": "percent of allegations",
            "right_value": _share(count, of).get("value"),
            "right_numerator": count,
            "right_denominator": of,
            "right_note": _share(count, of).get("note"),
            "why": "Open cases are counted as if they had been decided.",
        }
        for year, (count, of) in SUSTAINED.items()
    ]


def _completeness() -> Rows:
    return [
        {
            "jurisdiction": "larkhaven",
            "source_table": f"larkhaven.{feed}",
            "feed": feed,
            "population": "all",
            "is_whole": True,
            "disabled_metrics_count": 0,
            "statement": "It holds every record that its publisher releases.",
        }
        for feed in ("complaints", "allegations", "bwc_reviews", "hearings", "cops_awards")
    ]
