with

source as (

    select * from {{ source('new_york', 'closing_reports') }}

),

renamed as (

    select
        -- ids
        'new_york' as jurisdiction,
        {{ text('complaintid') }} as complaint_id,

        -- dates
        {{ to_date('closeddate', ['%m/%d/%Y']) }} as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source
        {{ text('casedisposition') }} as outcome_local,

        -- lineage
        {{ row_source('new_york', 'closing_reports') }} as source_table
    from source

)

select * from renamed
