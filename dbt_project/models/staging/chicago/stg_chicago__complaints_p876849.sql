with

source as (

    select * from {{ source('chicago', 'complaints_p876849') }}

),

-- The release states a complaint's status on the rows of the officers accused in it, the same on
-- each of them. Where it states none, the release itself does: it holds closed complaints only.
statuses as (

    select cr_id, max({{ text('status') }}) as status_local
    from {{ source('chicago', 'accused_p867849') }}
    group by cr_id

),

with_status as (

    select source.*, statuses.status_local
    from source
    left join statuses on source.cr_id = statuses.cr_id

),

renamed as (

    select
        -- ids
        'chicago' as jurisdiction,
        {{ text('cr_id') }} as complaint_id,
        cast(null as varchar) as incident_number,

        -- dates; the day before 1970 is an empty clock, not a day
        nullif({{ to_date('incident_date', ['%Y-%m-%d']) }}, date '1969-12-31')
            as incident_date,
        {{ to_date('complaint_date', ['%Y-%m-%d']) }} as received_date,
        {{ to_date('closed_date', ['%Y-%m-%d']) }} as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source; the district is the beat without its last two digits
        nullif(lpad(regexp_extract({{ text('beat') }}, '^(\d{1,2})\d\d(\.0)?$', 1), 2, '0'), '00')
            as district,
        cast(null as varchar) as category_local,
        coalesce(status_local, 'Closed') as status_local,
        cast(null as varchar) as outcome_local,
        {{ text('complainant_type') }} as intake_channel,
        {{ text('investigating_agency') }} as investigating_agency,
        {{ text('case_type') }} as case_type_local,

        -- lineage
        {{ row_source('chicago', 'complaints_p876849') }} as source_table,
        2 as source_priority
    from with_status

)

select * from renamed
