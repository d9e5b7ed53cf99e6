{{ config(materialized='table') }}

-- How many complaints each officer stands in, over two spans of time. Officers on a roster who
-- stand in none have a row too. The numbers of officers go no further than this table.
with

cases as (

    select
        jurisdiction,
        complaint_id,
        officer_key,
        min(received_date) as received_date
    from {{ ref('int_allegations__harmonised') }}
    where
        officer_key is not null
        and resolution_class is distinct from 'void'
        and jurisdiction in ('{{ var("officers_told_apart") | join("', '") }}')  -- noqa: LT05
    group by jurisdiction, complaint_id, officer_key

),

ends as (

    select
        jurisdiction,
        max(as_of) as as_of_date
    from {{ source('pipeline', 'feeds') }}
    where feed = 'allegations'
    group by jurisdiction

),

spans as (

    select
        cases.jurisdiction,
        coalesce(min(ends.as_of_date), max(cases.received_date)) as last_date
    from cases
    left join ends on cases.jurisdiction = ends.jurisdiction
    group by cases.jurisdiction

),

windows as (

    select
        jurisdiction,
        'all_years' as window_name,
        cast(null as date) as window_first_date,
        last_date as window_last_date
    from spans
    union all
    select
        jurisdiction,
        'last_five_years',
        cast(last_date - interval '5' year as date) + 1,
        last_date
    from spans

),

named as (

    select
        windows.jurisdiction,
        windows.window_name,
        cases.officer_key,
        count(*) as cases_count
    from windows
    inner join cases
        on
            windows.jurisdiction = cases.jurisdiction
            and (
                windows.window_name = 'all_years'
                or (
                    windows.window_first_date <= cases.received_date
                    and windows.window_last_date >= cases.received_date
                )
            )
    group by windows.jurisdiction, windows.window_name, cases.officer_key

),

roster as (

    select
        windows.jurisdiction,
        windows.window_name,
        officers.officer_key,
        extract(year from windows.window_last_date) - officers.hired_year as service_years
    from windows
    inner join {{ ref('int_officers__unioned') }} as officers
        on windows.jurisdiction = officers.jurisdiction

),

everybody as (

    select
        jurisdiction,
        window_name,
        officer_key,
        roster.service_years,
        coalesce(named.cases_count, 0) as cases_count
    from named
    full outer join roster using (jurisdiction, window_name, officer_key)

)

select
    everybody.*,
    windows.window_first_date,
    windows.window_last_date,
    everybody.jurisdiction in (select roster.jurisdiction from roster) as has_roster
from everybody
inner join windows
    on
        everybody.jurisdiction = windows.jurisdiction
        and everybody.window_name = windows.window_name
