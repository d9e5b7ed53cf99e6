with

last_days as (

    {{ last_days_of_complaints() }}

),

started as (

    select
        complaints.jurisdiction,
        complaints.complaint_id,
        complaints.received_date,
        complaints.status,
        complaints.resolution_class,
        complaints.investigation_closed_date as ended_date,
        {{ is_open('complaints.status') }} as is_open,
        last_days.state,
        last_days.last_date,
        deadlines.* exclude (jurisdiction),
        case deadlines.start_event
            when 'incident' then complaints.incident_date
            else complaints.received_date
        end as started_date
    from {{ ref('complaints') }} as complaints
    inner join {{ ref('deadlines') }} as deadlines
        on complaints.jurisdiction = deadlines.jurisdiction
    inner join last_days on complaints.source_table = last_days.source_table

),

in_force as (

    select *
    from started
    where
        coalesce(started_date, received_date, date '9999-12-31')
        between coalesce(valid_from, date '0001-01-01') and coalesce(valid_to, date '9999-12-31')

),

-- The day on which a number of business days is reached; days off after it have the same number.
business_days as (

    select
        state,
        business_day_number,
        min(day) as day
    from {{ ref('int_calendar__business_days') }}
    group by state, business_day_number

),

due as (

    select
        in_force.*,
        case
            when in_force.day_basis = 'business' then due_days.day
            else {{ due_after('in_force.started_date', 'in_force.length', 'in_force.length_unit') }}
        end as due_date
    from in_force
    left join {{ ref('int_calendar__business_days') }} as first_days
        on
            in_force.state = first_days.state
            and in_force.started_date = first_days.day
    left join business_days as due_days
        on
            first_days.state = due_days.state
            and first_days.business_day_number + in_force.length = due_days.business_day_number

),

judged as (

    select
        *,
        tolls and status = 'tolled' as is_stopped,
        {{ days_between('last_date', 'due_date') }} as days_until_due,
        ended_date between coalesce(started_date, ended_date) and last_date as has_end
    from due

)

select
    jurisdiction,
    complaint_id,
    deadline,
    case
        when status = 'void' or resolution_class in ('void', 'referred') then 'not_applicable'
        when due_date is null then 'unknown_start'
        when is_stopped then 'tolled'
        when not is_open and not coalesce(has_end, false) then 'unknown_end'
        when not is_open and ended_date <= due_date then 'met'
        when not is_open or days_until_due < 0 then 'missed'
        when days_until_due <= at_risk_days then 'at_risk'
        else 'running'
    end as deadline_state,
    due_date,
    cast(case when is_open and not is_stopped then days_until_due end as integer) as days_left,
    received_date,
    started_date,
    ended_date,
    day_basis,
    title,
    source
from judged
