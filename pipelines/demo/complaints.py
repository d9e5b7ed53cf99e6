"""The complaints of the demo: a plan of every case, then the rows as the portal writes them."""

from __future__ import annotations

import duckdb

from pipelines.demo.draws import misspelt, pick, pick_by_share
from pipelines.demo.words import (
    AS_OF,
    CATEGORIES,
    CHANNELS,
    DAYS_TO_CLOSE,
    DISTRICTS,
    NEW_CATEGORIES_FROM,
    NEW_WORDS_FROM,
    OPEN_STATUSES,
    RESOURCE_DIRECTIVE,
    UNINVESTIGATED,
    UNSUBSTANTIATED_FROM,
    WITHHELD_STATUSES,
)

COMPLAINT_HEADINGS = (
    "Complaint Id",
    "Incident Number",
    "Incident Date",
    "Received Date",
    "Closed Date",
    "Reopened Date",
    "District",
    "Category",
    "Status",
    "Finding",
    "Intake Channel",
    "Complainant Count",
    "Complainants",
    "Summary",
)


def complaint_id(number: str, received: str) -> str:
    """SQL for the number that the city gives a complaint."""
    return f"'LH-' || year({received}) || '-' || printf('%07d', {number} + 1)"


def incident_date(number: str, received: str) -> str:
    """SQL for the day of the incident: mostly within a week, sometimes a year before."""
    lags = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 7, 9, 14, 21, 30, 60, 120, 365]
    return f"{received} - cast({pick(lags, number, 'lag')} as integer)"


def is_withheld(number: str) -> str:
    """SQL for whether the city expunged, sealed or deleted the complaint."""
    return f"draw({number}, 'withheld', 1000) < 12"


def category(number: str, incident: str) -> str:
    """SQL for a category; two of them did not exist for earlier incidents."""
    drawn = pick_by_share(CATEGORIES, number, "category")
    return (
        f"case when {incident} < date '{NEW_CATEGORIES_FROM}'"
        f" and {drawn} in ('Biased Policing', 'Untruthful Statement')"
        f" then 'Abuse of Authority - Other' else {drawn} end"
    )


def findings(received: str) -> str:
    """SQL for the findings a complaint of that day can get, the weightiest first."""
    return (
        "['Sustained',"
        f" case when {received} < date '{UNSUBSTANTIATED_FROM}' then 'Not Sustained'"
        f" when {received} < date '{NEW_WORDS_FROM}' then 'Unsubstantiated'"
        " else 'Unable to Determine' end,"
        " 'Unfounded',"
        f" case when {received} < date '{NEW_WORDS_FROM}' then 'Exonerated'"
        " else 'Within Department Guidelines' end,"
        " 'Policy Failure']"
    )


def plan_complaints(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `plan`: one row a complaint, in order of receipt, with all that other files share."""
    days_open = f"{pick(DAYS_TO_CLOSE, 'number', 'open')} + draw(number, 'more', 30)"
    connection.execute(f"""
create table plan as
with received as (
    select day as received, unnest(range(first_complaint, next_complaint)) as number from days
),
dated as (
    select *, {incident_date("number", "received")} as incident,
        received + cast({days_open}
            + case when year(received) = 2020 then 60 else 0 end as integer) as due
    from received
),
closed as (
    select *, case when due <= date '{AS_OF}' then due end as closed from dated
),
ended as (
    select *,
        case when closed is null then null
            when year(closed) = 2024 and draw(number, 'freeze', 1000) < 225
                then '{RESOURCE_DIRECTIVE}'
            when draw(number, 'investigated', 100) >= 45
                then {pick_by_share(UNINVESTIGATED, "number", "ending")}
        end as ending
    from closed
)
select *, closed is not null and ending is null as investigated,
    {pick([1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5], "number", "finding")} as finding,
    case when ending is not null and draw(number, 'none', 1000) < 40 then 0
        else {pick([1] * 10 + [2] * 5 + [3] * 3 + [4, 6], "number", "count")} end as allegations,
    {complaint_id("number", "received")} as complaint_id,
    {is_withheld("number")} as is_withheld
from ended
""")


def portal_date(day: str) -> str:
    """SQL for a date as the portal's CSV export writes it."""
    return f"strftime({day}, '%m/%d/%Y')"


def complaint_rows() -> str:
    """SQL for the complaints as the portal exports them, each with its known fate."""
    word = f"coalesce(ending, list_extract({findings('received')}, finding))"
    status = "case when closed is null then {} else 'Closed' end".format(
        pick(list(OPEN_STATUSES), "number", "status")
    )
    return f"""
select complaint_id as "Complaint Id", printf('INC-%08d', number) as "Incident Number",
    {portal_date("incident")} as "Incident Date", {portal_date("received")} as "Received Date",
    {portal_date("closed")} as "Closed Date", cast(null as varchar) as "Reopened Date",
    {pick_by_share(DISTRICTS, "number", "district")} as "District",
    {category("number * 64 + 1", "incident")} as "Category",
    case when is_withheld then {pick(list(WITHHELD_STATUSES), "number", "seal")}
        else {status} end as "Status",
    case when closed is not null then {misspelt(word, "number")} end as "Finding",
    {pick(list(CHANNELS), "number", "channel")} as "Intake Channel",
    case when draw(number, 'several', 100) < 6 then '2' else '1' end as "Complainant Count",
    'F, 3' || draw(number, 'age', 10) || ', White'
        || case when draw(number, 'several', 100) < 6 then '|M, 29, Declined' else '' end
        as "Complainants",
    case when draw(number, 'text', 7) = 0
        then 'Caller said, "stop", then left.' || chr(10) || 'Call back on 555-0142.'
        else 'Invented account ' || number || ', taken at the desk.' end as "Summary",
    case when is_withheld then 'withheld' else 'loaded' end as fate
from plan
"""
