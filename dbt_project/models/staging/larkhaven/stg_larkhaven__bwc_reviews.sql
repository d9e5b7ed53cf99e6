with

source as (

    select * from {{ source('larkhaven', 'bwc_reviews') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('review_line_id') }} as bwc_review_local_id,
        cast(null as varchar) as row_hash,
        cast(null as integer) as row_ordinal,
        {{ text('complaint_id') }} as complaint_id,
        case when {{ text('badge') }} != 'UNK' then {{ text('badge') }} end as officer_key,

        -- dates
        {{ to_date('event_date', ['%Y-%m-%d']) }} as incident_date,
        {{ to_date('reviewed_date', ['%Y-%m-%d']) }} as reviewed_date,
        {{ to_date('requested_date', ['%Y-%m-%d']) }} as requested_date,
        {{ to_date('fulfilled_date', ['%Y-%m-%d']) }} as fulfilled_date,

        -- words of the source
        {{ text('district') }} as district,
        {{ text('camera_status') }} as footage_local,
        {{ text('violations') }} as violations_local,
        {{ text('selected_by') }} as sampling_local,
        {{ text('request_outcome') }} as request_outcome_local,

        -- lineage
        {{ row_source('larkhaven', 'bwc_reviews') }} as source_table
    from source

)

select * from renamed
