with

source as (

    select * from {{ source('philadelphia', 'complaints') }}

),

renamed as (

    select
        -- ids
        'philadelphia' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        cast(null as varchar) as incident_number,

        -- dates
        cast(null as date) as incident_date,
        {{ to_date('date_received', ['%Y-%m-%d', '%Y-%m-%dT%H:%M:%SZ']) }} as received_date,
        cast(null as date) as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source
        nullif({{ text('district_occurrence') }}, 'N/A') as district,
        {{ text('general_cap_classification') }} as category_local,
        cast(null as varchar) as status_local,
        cast(null as varchar) as outcome_local,
        cast(null as varchar) as intake_channel,

        -- lineage
        {{ row_source('philadelphia', 'complaints') }} as source_table,
        1 as source_priority
    from source

)

select * from renamed
