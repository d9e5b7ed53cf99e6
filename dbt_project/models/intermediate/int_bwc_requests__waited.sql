{{ config(materialized='table') }}

-- How long requests for footage have waited, in both kinds of days. A request that is open waits
-- until the day the source vouches for; one that was denied, or for which there is no recording,
-- never ends in a recording and has no wait.
{% set ends_in_footage = "outcome in ('fulfilled', 'partial', 'false_negative', 'not_stated')" %}
with

requests as (

    select
        jurisdiction,
        requested_date,
        fulfilled_date,
        coalesce(
            bwc_request_outcome, case when fulfilled_date is null then 'open' else 'not_stated' end
        ) as outcome
    from {{ ref('bwc_reviews') }}
    where requested_date is not null or bwc_request_outcome is not null

),

counted as (

    select
        jurisdiction,
        requested_date,
        fulfilled_date,
        outcome,
        count(*) as requests_count
    from requests
    group by jurisdiction, requested_date, fulfilled_date, outcome

),

last_seen as (

    select
        jurisdiction,
        max(greatest(requested_date, coalesce(fulfilled_date, requested_date))) as last_date
    from counted
    group by jurisdiction

),

vouched as (

    select
        jurisdiction,
        max(as_of) as as_of_date,
        max(state) as state
    from {{ source('pipeline', 'feeds') }}
    where feed = 'bwc_reviews' and not is_absent
    group by jurisdiction

),

ended as (

    select
        counted.jurisdiction,
        counted.requested_date,
        counted.outcome,
        counted.requests_count,
        coalesce(vouched.state, 'US') as state,
        case
            when counted.outcome = 'open'
                then coalesce(vouched.as_of_date, last_seen.last_date)
            when {{ ends_in_footage }} then counted.fulfilled_date
        end as end_date
    from counted
    inner join last_seen on counted.jurisdiction = last_seen.jurisdiction
    left join vouched on counted.jurisdiction = vouched.jurisdiction

)

select
    ended.jurisdiction,
    {{ year_of('ended.requested_date') }} as requested_year,
    ended.outcome,
    case
        when ended.end_date >= ended.requested_date
            then {{ days_between('ended.requested_date', 'ended.end_date') }}
    end as calendar_days,
    case
        when ended.end_date >= ended.requested_date
            then last_days.business_day_number - first_days.business_day_number
    end as business_days,
    cast(sum(ended.requests_count) as bigint) as requests_count
from ended
left join {{ ref('int_calendar__business_days') }} as first_days
    on ended.state = first_days.state and ended.requested_date = first_days.day
left join {{ ref('int_calendar__business_days') }} as last_days
    on ended.state = last_days.state and ended.end_date = last_days.day
group by all
