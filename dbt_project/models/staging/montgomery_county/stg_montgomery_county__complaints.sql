-- The set repeats each file on its allegation rows; here a file stands once. A file with unfinished
-- work is not finished.
{% set formats = ['%Y-%m-%dT%H:%M:%S.%f', '%Y-%m-%d', '%m/%d/%Y'] %}

with

source as (

    select * from {{ source('montgomery_county', 'internal_affairs_allegations') }}

),

renamed as (

    select
        {{ text('filenum') }} as complaint_id,
        {{ to_date('created_dt', formats) }} as created_date,
        {{ text('incident_status') }} as status_local,
        {{ text('source') }} as intake_channel
    from source

),

complaints as (

    select
        complaint_id,
        min(created_date) as created_date,
        coalesce(
            min(status_local) filter (where lower(status_local) != 'completed'),
            min(status_local)
        ) as status_local,
        min(intake_channel) as intake_channel
    from renamed
    group by complaint_id

),

typed as (

    select
        -- ids
        'montgomery_county' as jurisdiction,
        complaint_id,
        cast(null as varchar) as incident_number,

        -- dates; the only one told is the day the file was made
        cast(null as date) as incident_date,
        created_date as received_date,
        cast(null as date) as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source
        cast(null as varchar) as district,
        cast(null as varchar) as category_local,
        status_local,
        cast(null as varchar) as outcome_local,
        intake_channel,

        -- lineage
        {{ row_source('montgomery_county', 'internal_affairs_allegations') }} as source_table,
        1 as source_priority
    from complaints

)

select * from typed
