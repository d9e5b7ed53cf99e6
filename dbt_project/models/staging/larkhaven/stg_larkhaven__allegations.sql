with

source as (

    select * from {{ source('larkhaven', 'allegations') }}

),

renamed as (

    select
        -- ids; the file numbers no allegation, and three ways of writing say "officer unknown"
        'larkhaven' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        cast(null as varchar) as allegation_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        case
            when {{ text('badge') }} not in ('UNK', '0') then {{ text('badge') }}
        end as officer_key,

        -- words of the source
        {{ text('allegation') }} as category_local,
        {{ text('finding') }} as outcome_local,
        {{ text('discipline') }} as penalty_local,

        -- lineage
        {{ row_source('larkhaven', 'allegations') }} as source_table
    from source

)

select * from renamed
