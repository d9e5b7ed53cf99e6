-- The file repeats each complaint on its allegation rows; here a complaint stands once. Where its
-- rows disagree, the earliest dates count and a complaint with unfinished work is not finished.
{% set formats = ['%m/%d/%Y %I:%M:%S %p', '%Y-%m-%dT%H:%M:%S.%f'] %}

with

source as (

    select * from {{ source('new_orleans', 'complaints') }}

),

renamed as (

    select
        {{ text('complaint_tracking_number') }} as complaint_id,
        {{ to_date('date_complaint_occurred', formats) }} as incident_date,
        {{ to_date('date_complaint_received_by_nopd_pib', formats) }} as received_date,
        {{ to_date('date_complaint_investigation_complete', formats) }} as completed_date,
        {{ text('division_of_complainant') }} as district,
        {{ text('investigation_status') }} as status_local,
        {{ text('disposition') }} as outcome_local,
        {{ text('incident_type') }} as intake_channel
    from source

),

complaints as (

    select
        complaint_id,
        min(incident_date) as incident_date,
        min(received_date) as received_date,
        max(completed_date) as completed_date,
        min(district) as district,
        coalesce(
            min(status_local) filter (where lower(status_local) != 'completed'),
            min(status_local)
        ) as status_local,
        min(outcome_local) as outcome_local,
        min(intake_channel) as intake_channel
    from renamed
    group by complaint_id

),

typed as (

    select
        -- ids
        'new_orleans' as jurisdiction,
        complaint_id,
        cast(null as varchar) as incident_number,

        -- dates
        incident_date,
        received_date,
        completed_date as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source
        district,
        cast(null as varchar) as category_local,
        status_local,
        outcome_local,
        intake_channel,

        -- lineage
        {{ row_source('new_orleans', 'complaints') }} as source_table,
        1 as source_priority
    from complaints

)

select * from typed
