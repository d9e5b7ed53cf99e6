-- One row per complaint. A complaint that stands in several tables of a jurisdiction takes each
-- value from the first table, by priority, that has one. A status or an outcome is not taken from
-- a table that comes after the one with the closing date: it may be older than the closing.
with

ranked as (

    select
        *,
        row_number() over (
            partition by jurisdiction, complaint_id
            order by
                source_priority, source_table, received_date, incident_date,
                investigation_closed_date, status_local, outcome_local, category_local,
                district, intake_channel
        ) as source_rank
    from {{ ref('int_complaints__unioned') }}

),

with_closing as (

    select
        *,
        min(case when investigation_closed_date is not null then source_rank end)
            over (partition by jurisdiction, complaint_id) as closing_rank
    from ranked

),

judged as (

    select
        *,
        closing_rank is null or source_rank <= closing_rank as is_not_older
    from with_closing

)

select
    jurisdiction,
    complaint_id,
    arg_min(incident_number, source_rank) as incident_number,
    arg_min(incident_date, source_rank) as incident_date,
    arg_min(received_date, source_rank) as received_date,
    arg_min(investigation_closed_date, source_rank) as investigation_closed_date,
    arg_min(reopened_date, source_rank) as reopened_date,
    arg_min(district, source_rank) as district,
    arg_min(category_local, source_rank) as category_local,
    arg_min(case when is_not_older then status_local end, source_rank) as status_local,
    arg_min(case when is_not_older then outcome_local end, source_rank) as outcome_local,
    min(case when is_not_older and outcome_local is not null then source_priority end)
        as outcome_priority,
    arg_min(intake_channel, source_rank) as intake_channel,
    arg_min(source_table, source_rank) as source_table,
    cast(count(distinct source_table) as integer) as sources_count
from judged
group by jurisdiction, complaint_id
