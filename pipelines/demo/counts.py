"""Counts of what was planted and drawn, taken from the generator's own rows."""

from __future__ import annotations

from typing import Any

import duckdb

from pipelines.demo.answers import FeedAnswer
from pipelines.demo.planted import IDENTICAL, LOADED, QUARANTINED, WITHHELD
from pipelines.demo.words import AS_OF, FIRST_DAY

COMPLAINT_TRAPS = {
    "P02_open_complaints": '"Closed Date" is null or "Closed Date" = \'\'',
    "P10_reopened_complaints": "\"Status\" = 'Reopened'",
    "P15_resource_directive_closures": "\"Finding\" ilike 'Closed%Resource%Directive%'",
    "P16_complaints_of_the_mass_incident": "\"Incident Number\" = 'INC-2020-HARBOUR-MARCH'",
    "P18_future_dates_received": '{received} > {last}',
    "P18_future_dates_of_incident": '{incident} > {last}',
    "P18_future_dates_closed": '{closed} > {last}',
    "P18_incidents_in_1900": 'year({incident}) = 1900',
    "P18_incidents_at_the_epoch": "{incident} = date '1970-01-01'",
    "P18_closed_before_received": '{closed} < {received}',
    "P22_several_complainants": "\"Complainants\" like '%|%'",
    "P26_smallest_district": "\"District\" = 'Gull Island'",
    "P27_second_smallest_district": "\"District\" = 'Airport'",
    "P37_incident_and_receipt_in_different_years": 'year({incident}) <> year({received})',
    "P04_closed_after_two_years": '{closed} - {received} > 730 and {closed} <= {last}',
    "P05_received_in_the_last_month":
        "month({received}) = month({last}) and year({received}) = year({last})",
    "several_lines_in_a_narrative": "\"Summary\" like '%' || chr(10) || '%'",
    "telephone_number_in_a_narrative": "\"Summary\" like '%555-01%'",
}  # fmt: skip

FINDING = "lower(trim(regexp_replace(\"Finding\", ' +', ' ', 'g')))"
ALLEGATION_TRAPS = {
    "P12_renamed_findings": f"{FINDING} in ('unable to determine', 'within department guidelines')",
    "P12_findings_by_their_old_name":
        f"{FINDING} in ('not sustained', 'unsubstantiated', 'exonerated')",
    "P20_unidentified_officers": "coalesce(\"Badge\", '') in ('', 'UNK', '0')",
    "P23_race_blank": "coalesce(\"Complainant Race\", '') = ''",
    "P23_race_unknown": "\"Complainant Race\" = 'Unknown'",
    "P23_race_declined": "\"Complainant Race\" = 'Declined'",
    "P34_overturned_findings": f"{FINDING} = 'sustained - overturned'",
    "P03_findings_pending": f"{FINDING} = 'pending'",
    "sustained_allegations": f"{FINDING} = 'sustained'",
}  # fmt: skip

REVIEW_TRAPS = {
    "P21_cells_of_several_violations": "\"Violations\" like '%|%'",
    "P30_lines_with_a_violation": "coalesce(\"Violations\", '') <> ''",
    "P30_lines_failed_to_activate": "\"Violations\" ilike '%failed to activate%'",
    "lines_without_a_way_of_choosing": "coalesce(\"Selected By\", '') = ''",
    "requests_open": "\"Request Outcome\" = 'Open'",
    "requests_found_later": "\"Request Outcome\" = 'Found later'",
}


def _day(heading: str) -> str:
    return f"strptime(nullif(\"{heading}\", ''), '%m/%d/%Y')::date"


DAYS = {
    "received": _day("Received Date"),
    "incident": _day("Incident Date"),
    "closed": _day("Closed Date"),
    "last": f"date '{AS_OF}'",
}


def feed_answer(connection: duckdb.DuckDBPyConnection, rows: str, ragged: int) -> FeedAnswer:
    """What must become of each record of one CSV file; ragged records are refused."""
    sql = f"select fate, count(*) from ({rows}) group by fate"
    fates: dict[str, int] = dict(connection.execute(sql).fetchall())
    return FeedAnswer(
        received=sum(fates.values()) + ragged,
        loaded=fates.get(LOADED, 0),
        quarantined=fates.get(QUARANTINED, 0) + ragged,
        dropped_identical=fates.get(IDENTICAL, 0),
        withheld=fates.get(WITHHELD, 0),
    )


def trap_counts(
    connection: duckdb.DuckDBPyConnection, rows: str, traps: dict[str, str]
) -> dict[str, int]:
    """How many records that must load carry each trap."""
    wanted = [f"count(*) filter ({rule.format(**DAYS)})" for rule in traps.values()]
    sql = f"select {', '.join(wanted)} from ({rows}) where fate = '{LOADED}'"
    counts: tuple[Any, ...] = connection.execute(sql).fetchall()[0]
    return dict(zip(traps, counts, strict=True))


def received_by_month(connection: duckdb.DuckDBPyConnection, rows: str) -> dict[str, int]:
    """Complaints that must load, by month of receipt; dates out of bounds belong to no month."""
    sql = f"""
        select strftime({DAYS["received"]}, '%Y-%m') as month, count(*) from ({rows})
        where fate = '{LOADED}'
            and {DAYS["received"]} between date '{FIRST_DAY}' and {DAYS["last"]}
        group by month order by month"""
    return dict(connection.execute(sql).fetchall())
