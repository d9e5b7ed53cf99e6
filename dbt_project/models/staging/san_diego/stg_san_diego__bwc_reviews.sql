-- The clerk's note says two things at once: what was recorded, and what the officer failed to do.
-- Both are read from the same words. A note that tells of no lapse leaves the violations blank.
{% set lapse = [
    'fail', 'not activated', 'intermittent', 'deactivated', 'activated after', 'mode after',
    'turned off',
] | join('|') %}

with

source as (

    select * from {{ source('san_diego', 'bwc') }}

),

noted as (

    select
        *,
        {{ text('bwc_on') }} as note
    from source

),

renamed as (

    select
        -- ids
        'san_diego' as jurisdiction,
        cast(null as varchar) as bwc_review_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        {{ text('id') }} as complaint_id,
        {{ text('id') }} || '-' || {{ to_integer('pid') }} as officer_key,

        -- dates
        cast(null as date) as incident_date,
        cast(null as date) as reviewed_date,
        cast(null as date) as requested_date,
        cast(null as date) as fulfilled_date,

        -- words of the source; "& turned off" begins a second lapse
        cast(null as varchar) as district,
        note as footage_local,
        case
            when regexp_matches(note, '{{ lapse }}', 'i')
                then regexp_replace(note, '\s*&\s*(turned off)', '|\1', 'i')
        end as violations_local,
        'Case review by the board' as sampling_local,
        cast(null as varchar) as request_outcome_local,

        -- lineage
        {{ row_source('san_diego', 'bwc') }} as source_table
    from noted

)

select * from renamed
