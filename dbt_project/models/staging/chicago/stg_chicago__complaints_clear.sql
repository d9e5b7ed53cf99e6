with

source as (

    select * from {{ source('chicago', 'complaints_clear') }}

),

renamed as (

    select
        -- ids
        'chicago' as jurisdiction,
        {{ text('cr_id') }} as complaint_id,
        cast(null as varchar) as incident_number,

        -- dates; no complaint here is older than 2000, so closed in 1999 means "not known"
        {{ to_date('incident_date', ['%Y-%m-%d']) }} as incident_date,
        {{ to_date('complaint_date', ['%Y-%m-%d']) }} as received_date,
        nullif({{ to_date('closed_date', ['%Y-%m-%d']) }}, date '1999-01-01')
            as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source; the district is the beat without its last two digits
        nullif(lpad(regexp_extract({{ text('beat') }}, '^(\d{1,2})\d\d(\.0)?$', 1), 2, '0'), '00')
            as district,
        cast(null as varchar) as category_local,
        {{ text('current_status') }} as status_local,
        cast(null as varchar) as outcome_local,
        case {{ text('complainant_type') }}
            when 'CIVILIAN' then 'Civilian'
            when 'CPD EMPLOYEE' then 'CPD Employee'
            else {{ text('complainant_type') }}
        end as intake_channel,
        {{ text('investigating_agency') }} as investigating_agency,

        -- lineage
        {{ row_source('chicago', 'complaints_clear') }} as source_table,
        4 as source_priority
    from source

)

select * from renamed
