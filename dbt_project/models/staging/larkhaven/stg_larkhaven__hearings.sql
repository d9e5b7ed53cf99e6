{% set utc = ['%Y-%m-%dT%H:%M:%S.%fZ', '%Y-%m-%dT%H:%M:%SZ'] %}

with

source as (

    select * from {{ source('larkhaven', 'hearings') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('id') }} as hearing_id,
        {{ text('bodyname') }} as body_name,

        -- times; the date is local already, so that its offset is cut off, not applied
        {{ to_timestamp_or_null('left("date", 19)', ['%Y-%m-%dT%H:%M:%S']) }} as starts_at,
        {{ stated_utc('"date"') }} as starts_at_utc,
        {{ to_timestamp_or_null('agendalastpublished', utc) }} as agenda_published_at,
        {{ to_timestamp_or_null('minuteslastpublished', utc) }} as minutes_published_at,

        -- words of the source
        {{ text('"location"') }} as location,
        {{ text('agendastatusname') }} as status_local,
        {{ text('cancelreason') }} as cancellation_local,
        {{ text('minutesstatusname') }} as minutes_status_local,
        {{ text('insiteurl') }} as source_url,

        -- lineage
        {{ row_source('larkhaven', 'hearings') }} as source_table
    from source

)

select * from renamed
