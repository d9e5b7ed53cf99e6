"""The body-worn-camera reviews of the demo: a line for each officer whose recording was sought."""

from __future__ import annotations

from pipelines.demo.complaints import complaint_id, incident_date, is_withheld
from pipelines.demo.draws import pick, pick_by_share
from pipelines.demo.officers import badge, full_name, officer_number
from pipelines.demo.words import (
    AS_OF,
    COMPLAINT_SAMPLING,
    DAYS_TO_FULFIL,
    DISTRICTS,
    FOOTAGE,
    PENDING_FOOTAGE,
    REQUESTS,
    SAMPLING,
    VIOLATIONS,
)

REVIEW_HEADINGS = (
    "Review Line Id",
    "Review Id",
    "Complaint Id",
    "Badge",
    "Officer Name",
    "Event Date",
    "Reviewed Date",
    "District",
    "Camera Status",
    "Violations",
    "Selected By",
    "Request Outcome",
    "Requested Date",
    "Fulfilled Date",
    "Reviewer Notes",
)


def planned_reviews(officers: int) -> str:
    """SQL for one row a line. Five lines make three reviews: of one, two and two officers."""
    complaint = "first_complaint + draw(review, 'complaint', next_complaint - first_complaint)"
    requested = "draw(review, 'requested', 100) < 30"
    turnaround = f"{pick(DAYS_TO_FULFIL, 'review', 'turnaround')} + draw(review, 'slow', 4)"
    return f"""
with lines as (
    select *, unnest(range(first_group * 5, next_group * 5)) as line from days
),
reviews as (
    select *, line // 5 * 3 + [0, 1, 1, 2, 2][1 + line % 5] as review,
        [1, 1, 2, 1, 2][1 + line % 5] as place
    from lines
),
chosen as (
    select *, {officer_number("line", "reviewed officer", officers)} as officer,
        case when next_complaint > first_complaint and draw(review, 'chosen', 100) < 50
            then {complaint} end as number,
        day + cast(2 + draw(review, 'wait', 75) as integer) as due,
        case when {requested} then day + cast(draw(review, 'ask', 20) as integer) end as asked
    from reviews
),
dated as (
    select *,
        case when number is null then day - cast(draw(review, 'age', 25) as integer)
            else {incident_date("number", "day")} end as event_date,
        case when due <= date '{AS_OF}' then due end as reviewed,
        case when asked <= date '{AS_OF}' then asked end as requested,
        asked + cast({turnaround} as integer) as answered
    from chosen
)
select *, number is not null and {is_withheld("number")} as is_withheld,
    case when requested is null then null when answered > date '{AS_OF}' then 'Open'
        else {pick_by_share(REQUESTS, "review", "request")} end as request
from dated
"""


def violations() -> str:
    """SQL for what a reviewer found: mostly nothing, at times two things in one cell."""
    first, second = pick(VIOLATIONS, "line", "violation"), pick(VIOLATIONS, "line", "second")
    return f"""case when reviewed is null or draw(line, 'violating', 100) >= 22 then null
        when draw(line, 'both', 4) = 0 and {first} <> {second} then {first} || '|' || {second}
        else {first} end"""


def review_rows(officers: int) -> str:
    """SQL for the review log as the office exports it, each line with its known fate."""
    return f"""
select printf('BR-%08d-%d', review, place) as "Review Line Id",
    printf('BR-%08d', review) as "Review Id",
    case when number is not null then {complaint_id("number", "day")} end as "Complaint Id",
    {badge("officer")} as "Badge", {full_name("officer")} as "Officer Name",
    event_date as "Event Date", reviewed as "Reviewed Date",
    {pick_by_share(DISTRICTS, "coalesce(number, -review)", "district")} as "District",
    case when reviewed is null then '{PENDING_FOOTAGE}'
        else {pick_by_share(FOOTAGE, "line", "footage")} end as "Camera Status",
    {violations()} as "Violations",
    case when number is not null then '{COMPLAINT_SAMPLING}'
        else {pick_by_share(SAMPLING, "review", "sampling")} end as "Selected By",
    request as "Request Outcome", requested as "Requested Date",
    case when request in ('Fulfilled', 'Partly fulfilled', 'Found later') then answered end
        as "Fulfilled Date",
    case when draw(line, 'note', 9) = 0 then 'Invented note, line ' || line end as "Reviewer Notes",
    case when is_withheld then 'withheld' else 'loaded' end as fate
from ({planned_reviews(officers)})
"""
