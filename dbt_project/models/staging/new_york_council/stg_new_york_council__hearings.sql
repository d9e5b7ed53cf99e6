-- A final agenda does not show that a meeting took place, final minutes do. So the status is read
-- from both words together.
{% set utc = ['%Y-%m-%dT%H:%M:%S.%fZ', '%Y-%m-%dT%H:%M:%SZ'] %}

with

source as (

    select * from {{ source('new_york_council', 'events') }}

),

renamed as (

    select
        -- ids
        'new_york_council' as jurisdiction,
        {{ text('id') }} as hearing_id,
        {{ text('bodyname') }} as body_name,

        -- times; the date is local already, so that its offset is cut off, not applied
        {{ to_timestamp_or_null('left("date", 19)', ['%Y-%m-%dT%H:%M:%S']) }} as starts_at,
        {{ to_timestamp_or_null('agendalastpublished', utc) }} as agenda_published_at,
        {{ to_timestamp_or_null('minuteslastpublished', utc) }} as minutes_published_at,

        -- words of the source
        {{ text('"location"') }} as location,
        'agenda ' || {{ text('agendastatusname') }}
        || ', minutes ' || {{ text('minutesstatusname') }} as status_local,
        {{ text('minutesstatusname') }} as minutes_status_local,
        {{ text('insiteurl') }} as source_url,

        -- lineage
        {{ row_source('new_york_council', 'events') }} as source_table
    from source

)

select * from renamed
