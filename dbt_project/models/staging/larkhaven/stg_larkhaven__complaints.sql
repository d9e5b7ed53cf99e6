with

source as (

    select * from {{ source('larkhaven', 'complaints') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        {{ text('incident_number') }} as incident_number,

        -- dates
        {{ to_date('incident_date', ['%m/%d/%Y']) }} as incident_date,
        {{ to_date('received_date', ['%m/%d/%Y']) }} as received_date,
        {{ to_date('closed_date', ['%m/%d/%Y']) }} as investigation_closed_date,
        {{ to_date('reopened_date', ['%m/%d/%Y']) }} as reopened_date,

        -- words of the source
        {{ text('district') }} as district,
        {{ text('category') }} as category_local,
        {{ text('status') }} as status_local,
        {{ text('finding') }} as outcome_local,
        {{ text('intake_channel') }} as intake_channel,

        -- lineage
        {{ row_source('larkhaven', 'complaints') }} as source_table,
        1 as source_priority
    from source

)

select * from renamed
