-- The set repeats each complaint on its allegation rows; here a complaint stands once. It is closed
-- when all its rows are completed: an active row has an end date too, sometimes in the future.
{% set formats = ['%Y-%m-%dT%H:%M:%S.%f', '%m/%d/%Y'] %}

with

source as (

    select * from {{ source('seattle', 'opa_complaints') }}

),

-- A single '-' stands for nothing.
renamed as (

    select
        {{ text('file_number') }} as complaint_id,
        {{ to_date('occurred_date', formats) }} as incident_date,
        {{ to_date('received_date', formats) }} as received_date,
        {{ to_date('investigation_end_date', formats) }} as end_date,
        nullif({{ text('incident_precinct') }}, '-') as district,
        nullif({{ text('case_status') }}, '-') as status_local,
        nullif({{ text('source') }}, '-') as intake_channel,
        nullif({{ text('incident_type') }}, '-') as classification_local
    from source

),

complaints as (

    select
        complaint_id,
        min(incident_date) as incident_date,
        min(received_date) as received_date,
        case
            when bool_and(coalesce(lower(status_local) = 'completed', false)) then max(end_date)
        end as closed_date,
        min(district) as district,
        coalesce(
            min(status_local) filter (where lower(status_local) != 'completed'),
            min(status_local)
        ) as status_local,
        min(intake_channel) as intake_channel,
        min(classification_local) as classification_local
    from renamed
    group by complaint_id

),

typed as (

    select
        -- ids
        'seattle' as jurisdiction,
        complaint_id,
        -- its "incident number" is that of the case in the office's own system
        cast(null as varchar) as incident_number,

        -- dates
        incident_date,
        received_date,
        closed_date as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source
        district,
        cast(null as varchar) as category_local,
        status_local,
        cast(null as varchar) as outcome_local,
        intake_channel,
        classification_local,

        -- lineage
        {{ row_source('seattle', 'opa_complaints') }} as source_table,
        1 as source_priority
    from complaints

)

select * from typed
