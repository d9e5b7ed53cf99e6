-- A queue for people to look through. Nothing is merged or left out of any count because of it.
-- Where a source numbers its incidents, complaints about two of them are not alike.
with

numbered as (

    select
        complaints.*,
        numbers.incident_number
    from {{ ref('complaints') }} as complaints
    inner join {{ ref('int_complaints__harmonised') }} as numbers
        on
            complaints.jurisdiction = numbers.jurisdiction
            and complaints.complaint_id = numbers.complaint_id
    where
        complaints.incident_date is not null
        and complaints.received_date is not null
        and complaints.district is not null
        and complaints.category_local is not null

),

alike as (

    select
        jurisdiction,
        incident_date,
        district,
        category_local,
        outcome_local,
        intake_channel,
        incident_number,
        min(complaint_id) as first_complaint_id,
        count(*) as complaints_count
    from numbered
    group by all
    -- More than three are many complaints about one event, not one complaint taken down again.
    having
        count(*) between 2 and 3
        and {{ days_between('min(received_date)', 'max(received_date)') }} <= 31

)

select
    numbered.jurisdiction,
    alike.first_complaint_id,
    numbered.complaint_id,
    numbered.received_date,
    numbered.incident_date,
    numbered.district,
    numbered.category_local,
    numbered.outcome_local,
    numbered.intake_channel,
    cast(alike.complaints_count as integer) as alike_count
from numbered
inner join alike
    on
        numbered.jurisdiction = alike.jurisdiction
        and numbered.incident_date = alike.incident_date
        and numbered.district = alike.district
        and numbered.category_local = alike.category_local
        and numbered.outcome_local is not distinct from alike.outcome_local
        and numbered.intake_channel is not distinct from alike.intake_channel
        and numbered.incident_number is not distinct from alike.incident_number
