-- The city writes its days in several ways, with and without a time of day.
{% set formats = ['%Y-%m-%d', '%m/%d/%Y', '%m/%d/%Y %I:%M:%S %p'] %}

with

source as (

    select * from {{ source('new_york', 'complaints') }}

),

renamed as (

    select
        -- ids
        'new_york' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        cast(null as varchar) as incident_number,

        -- dates
        {{ to_date('incident_date', formats) }} as incident_date,
        {{ to_date('ccrb_received_date', formats) }} as received_date,
        {{ to_date('close_date', formats) }} as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source; the set holds closed complaints only and states no status
        {{ text('precinct_of_incident_occurrence') }} as district,
        cast(null as varchar) as category_local,
        cast(null as varchar) as status_local,
        {{ text('ccrb_complaint_disposition') }} as outcome_local,
        cast(null as varchar) as intake_channel,
        {{ text('borough_of_incident_occurrence') }} as borough_local,
        {{ text('reason_for_police_contact') }} as contact_reason_local,
        {{ text('bwc_evidence') }} as bwc_evidence_local,

        -- lineage
        {{ row_source('new_york', 'complaints') }} as source_table,
        1 as source_priority
    from source

)

select * from renamed
