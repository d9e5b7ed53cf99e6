-- The officers with the most cases stand together in the last row: no row is about fewer than ten.
with

spread as (

    select
        *,
        officers_count + officers_with_more as officers_with_as_many,
        expected_officers_count + expected_officers_with_more as expected_with_as_many,
        min(case when cases_per_officer > 0 or has_roster then officers_count end) over (
            partition by jurisdiction, window_name
            order by cases_per_officer
            rows between unbounded preceding and 1 preceding
        ) as fewest_below
    from {{ ref('int_officers__spread') }}

),

allowed as (

    select *
    from spread
    where
        officers_with_as_many >= 10
        and coalesce(fewest_below, 10) >= 10
        and (cases_per_officer > 0 or has_roster)

),

marked as (

    select
        *,
        cases_per_officer = max(cases_per_officer) over (partition by jurisdiction, window_name)
            as is_or_more
    from allowed

)

select
    jurisdiction,
    window_name,
    cast(cases_per_officer as integer) as cases_per_officer,
    is_or_more,
    cast(case when is_or_more then officers_with_as_many else officers_count end as integer)
        as officers_count,
    round(case when is_or_more then expected_with_as_many else expected_officers_count end, 10)
        as expected_officers_count,
    case when has_roster then 'roster' else 'named_only' end as officers_known,
    cast(all_officers_count as integer) as all_officers_count,
    cast(all_cases_count as integer) as all_officer_cases_count,
    window_first_date,
    window_last_date
from marked
