"""The discipline of the demo: what became of each officer with a sustained allegation.

No step overwrites another. The steps follow the allegations of the first delivery, whatever
happens to the complaints later: another office keeps this file.
"""

from __future__ import annotations

import duckdb

from pipelines.demo.counts import FINDING
from pipelines.demo.draws import pick
from pipelines.demo.planted import LOADED, WITHHELD
from pipelines.demo.words import AS_OF

RUNGS = ["Retraining", "Reprimand", "Loss of leave - 3 days", "Suspension - 10 days", "Demotion",
         "Termination"]  # fmt: skip
HOW_THE_CHIEF_DECIDES = ["same"] * 10 + ["lower"] * 3 + ["none"] * 3 + ["higher", "never", "later"]
CLOSED_BECAUSE = ["Officer retired", "Officer resigned", "Limitation expired",
                  "Charges not served", "Already disciplined"]  # fmt: skip
APPEALS = ["Upheld", "Upheld", "Reprimand", "Overturned"]

DISCIPLINE_TRAPS = {
    "P34_discipline_overturned_on_appeal": "\"Appeal Decision\" = 'Overturned'",
    "discipline_without_a_decision": '"Chief Decision" is null and "Closed Because" is null',
    "discipline_nobody_could_decide": '"Closed Because" is not null',
}
"""As for the other files: what to count, and where in the rows it stands."""


def officer_cases() -> str:
    """SQL for the officers with a sustained allegation, one row a complaint and badge."""
    return f"""
select "Complaint Id" as complaint, "Badge" as badge, "Complaint Id" || ' ' || "Badge" as number,
    bool_or({FINDING} = 'sustained - overturned') as is_overturned, min(fate) as fate
from allegations
where {FINDING} in ('sustained', 'sustained - overturned')
    and coalesce("Badge", '') not in ('', 'UNK', '0') and fate in ('{LOADED}', '{WITHHELD}')
group by all
"""


def decided_cases() -> str:
    """SQL for how each case goes, as numbers of rungs, words and days."""
    rung = pick([1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6], "number", "rung")
    return f"""
with closed as (
    select "Complaint Id" as complaint,
        min(try_strptime("Closed Date", '%m/%d/%Y')::date) as closed_day
    from complaints where fate in ('{LOADED}', '{WITHHELD}') group by all
),
recommended as (
    select cases.*, {rung} as rung, closed_day + 14 as investigator_day,
        closed_day + 20 + cast(draw(number, 'board', 40) as integer) as board_day
    from ({officer_cases()}) as cases join closed using (complaint)
),
heard as (
    select *, board_day + 30 + cast(draw(number, 'chief', 240) as integer) as chief_day,
        case when is_overturned then 'same' else {pick(HOW_THE_CHIEF_DECIDES, "number", "how")} end
            as how
    from recommended where board_day <= date '{AS_OF}'
),
decided as (
    select *, how <> 'never' and how <> 'later' and chief_day <= date '{AS_OF}' as is_decided,
        case how when 'same' then rung when 'lower' then rung - 1 when 'none' then 0
            else least(rung + 1, {len(RUNGS)}) end as chief_rung
    from heard
),
appealed as (
    select *, chief_day + 40 + cast(draw(number, 'appeal', 200) as integer) as appeal_day,
        case when not is_decided or chief_rung = 0 then null
            when is_overturned then 'Overturned'
            when chief_rung > 2 and draw(number, 'appeals', 100) < 30
                then {pick(APPEALS, "number", "appealed")} end as appeal
    from decided
)
select *, appeal is not null and appeal_day > date '{AS_OF}' as is_waiting,
    case appeal when 'Overturned' then 0 when 'Reprimand' then 2 else chief_rung end as served_rung,
    greatest(chief_day, case when appeal is not null then appeal_day end) + 14 as served_day
from appealed
"""


def discipline_rows() -> str:
    """SQL for the cases as the file has them, each with its known fate."""
    words = "list_extract([" + ", ".join(f"'{word}'" for word in RUNGS) + "], {})"
    doubted = "greatest(rung - case when draw(number, 'doubt', 4) = 0 then 1 else 0 end, 1)"
    is_served = f"is_decided and not is_waiting and served_rung > 0 and served_day <= '{AS_OF}'"
    return f"""
select complaint as "Complaint Id", badge as "Badge",
    {words.format(doubted)} as "Investigator Recommendation",
    cast(investigator_day as varchar) as "Investigator Date",
    {words.format("rung")} as "Board Recommendation", cast(board_day as varchar) as "Board Date",
    case when rung > 3 and is_decided then {words.format("greatest(chief_rung, 1)")} end
        as "Hearing Or Settlement",
    case when rung > 3 and is_decided then cast(chief_day - 10 as varchar) end
        as "Hearing Or Settlement Date",
    case when is_decided then coalesce({words.format("chief_rung")}, 'No penalty') end
        as "Chief Decision",
    case when is_decided then cast(chief_day as varchar) end as "Chief Date",
    case when is_waiting then 'Pending' else appeal end as "Appeal Decision",
    case when appeal is not null and not is_waiting then cast(appeal_day as varchar) end
        as "Appeal Date",
    case when {is_served} then {words.format("served_rung")} end as "Served",
    case when {is_served} then cast(served_day as varchar) end as "Served Date",
    case when how = 'never' then {pick(CLOSED_BECAUSE, "number", "never")} end as "Closed Because",
    fate
from ({decided_cases()})
order by complaint, badge
"""


def keep_discipline(connection: duckdb.DuckDBPyConnection) -> str:
    """Draw the cases once, before time passes, and name their rows."""
    connection.execute(f"create table discipline as {discipline_rows()}")
    return "select * from discipline"
