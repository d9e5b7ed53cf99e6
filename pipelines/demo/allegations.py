"""The allegations of the demo: zero to six a complaint, each against one officer or nobody."""

from __future__ import annotations

from pipelines.demo.complaints import category, findings
from pipelines.demo.draws import misspelt, pick
from pipelines.demo.officers import badge, full_name, officer_number, rank
from pipelines.demo.words import GENDERS, PENALTIES, RACES

ALLEGATION_HEADINGS = (
    "Complaint Id",
    "Badge",
    "Officer Name",
    "Officer Rank",
    "Allegation",
    "Finding",
    "Discipline",
    "Complainant Age",
    "Complainant Race",
    "Complainant Gender",
    "Allegation Text",
)


def planned_allegations(officers: int) -> str:
    """SQL for one row an allegation, with its officer and its own finding.

    The complaint's finding falls on any one of its allegations; the others get no weightier one,
    so that keeping the first row of a complaint gives a wrong answer.
    """
    weaker = "finding + draw(allegation, 'weaker', greatest(5 - finding, 1))"
    early = pick(["Pending"] * 12 + [None] * 7 + ["Sustained"], "allegation", "early")
    return f"""
with numbered as (
    select plan.*, unnest(range(1, allegations + 1)) as place from plan
),
keyed as (
    select *, number * 64 + place as allegation, number * 64 + (place + 1) // 2 as pair
    from numbered
),
judged as (
    select *, {officer_number("pair", "officer", officers)} as officer,
        draw(pair, 'unidentified', 1000) < 70 as is_unidentified,
        case when place = 1 + draw(number, 'place', allegations) then finding else {weaker} end
            as own_finding
    from keyed
)
select *,
    case when closed is null then {early}
        when ending is not null then ending
        else list_extract({findings("received")}, own_finding) end as word
from judged
"""


def allegation_rows(officers: int) -> str:
    """SQL for the allegations as the portal exports them, each with its known fate."""
    nobody = pick(["UNKNOWN UNKNOWN", "Unidentified", None], "pair", "nobody")
    no_badge = pick(["UNK", "0", None, None], "pair", "no badge")
    return f"""
select complaint_id as "Complaint Id",
    case when is_unidentified then {no_badge} else {badge("officer")} end as "Badge",
    case when is_unidentified then {nobody} else {full_name("officer")} end as "Officer Name",
    case when not is_unidentified then {rank("officer")} end as "Officer Rank",
    {category("allegation", "incident")} as "Allegation",
    {misspelt("word", "allegation")} as "Finding",
    case when word = 'Sustained' then {pick(list(PENALTIES), "allegation", "penalty")} end
        as "Discipline",
    cast(case draw(pair, 'aged', 200) when 0 then -1 when 1 then 930
        else 16 + least(draw(pair, 'age', 64), draw(pair, 'younger', 64)) end as varchar)
        as "Complainant Age",
    {pick(list(RACES), "pair", "race")} as "Complainant Race",
    {pick(list(GENDERS), "pair", "gender")} as "Complainant Gender",
    'Invented allegation ' || place || ' of ' || allegations || ', complaint ' || number
        as "Allegation Text",
    case when is_withheld then 'withheld' else 'loaded' end as fate
from ({planned_allegations(officers)})
"""
