{{ config(materialized='table') }}

-- The clocks of each complaint that is not void: from receipt to its end, to its first end, and
-- from the day it was opened again. An open complaint waits until the last day that its table tells
-- of; open again is open. `left_out` says why a complaint has no clock.
with

last_days as (

    {{ last_days_of_complaints() }}

),

judged as (

    select
        complaints.jurisdiction,
        complaints.complaint_id,
        complaints.received_date,
        complaints.finding,
        complaints.resolution_class,
        complaints.investigation_closed_date as closed_date,
        last_days.state,
        last_days.last_date,
        harmonised.reopened_date,
        {{ is_open('complaints.status') }} as is_open,
        complaints.investigation_closed_date <= last_days.last_date
        and complaints.investigation_closed_date
        >= coalesce(harmonised.reopened_date, complaints.investigation_closed_date)
            as has_last_closing
    from {{ ref('complaints') }} as complaints
    inner join last_days on complaints.source_table = last_days.source_table
    inner join {{ ref('int_complaints__harmonised') }} as harmonised
        on
            complaints.jurisdiction = harmonised.jurisdiction
            and complaints.complaint_id = harmonised.complaint_id
    where
        complaints.resolution_class is distinct from 'void'
        and complaints.status is distinct from 'void'

),

-- A city that seldom tells on which day a case was closed tells of the open ones alone; one that
-- seldom tells how it was closed cannot say that it was not sustained.
cities as (

    select
        jurisdiction,
        count(reopened_date) > 0 as tells_reopening,
        count(*) filter (where not is_open and has_last_closing)
        >= 0.9 * nullif(count(*) filter (where not is_open), 0) as tells_closing,
        count(*) filter (where not is_open and resolution_class is not null)
        >= 0.9 * count(*) filter (where not is_open) as tells_outcome
    from judged
    group by jurisdiction

),

ended as (

    select
        judged.*,
        cities.tells_reopening,
        case when is_open then last_date when has_last_closing then closed_date end as end_date,
        case
            when is_open then null
            when not cities.tells_outcome then 'outcome_not_told'
            when finding = 'sustained' then 'sustained'
            else 'other_closure'
        end as event,
        case
            when not coalesce(cities.tells_closing, false) then 'closing_days_not_told'
            when received_date is null or received_date > last_date then 'no_day_of_receipt'
            when not is_open and not coalesce(has_last_closing, false) then 'no_day_of_closing'
            when not is_open and closed_date < received_date then 'closed_before_receipt'
        end as left_out
    from judged
    inner join cities on judged.jurisdiction = cities.jurisdiction

),

-- A case that was opened again ended first on a closing day before that, if the table still has it.
clocked as (

    select
        *,
        case
            when not tells_reopening or left_out is not null then null
            when reopened_date is null then end_date
            when closed_date < reopened_date then closed_date
        end as first_end_date,
        case when left_out is null and reopened_date <= end_date then reopened_date end
            as again_date
    from ended

)

select
    clocked.jurisdiction,
    clocked.complaint_id,
    clocked.received_date,
    {{ year_of('clocked.received_date') }} as received_year,
    clocked.left_out,
    clocked.event,
    clocked.last_date,
    case
        when clocked.left_out is null
            then {{ days_between('clocked.received_date', 'clocked.end_date') }}
    end as calendar_days,
    case
        when clocked.left_out is null
            then last_days.business_day_number - first_days.business_day_number
    end as business_days,
    case when clocked.reopened_date is null then clocked.event else 'other_closure' end
        as first_event,
    {{ days_between('clocked.received_date', 'clocked.first_end_date') }} as first_days,
    {{ days_between('clocked.again_date', 'clocked.end_date') }} as again_days
from clocked
left join {{ ref('int_calendar__business_days') }} as first_days
    on clocked.state = first_days.state and clocked.received_date = first_days.day
left join {{ ref('int_calendar__business_days') }} as last_days
    on clocked.state = last_days.state and clocked.end_date = last_days.day
