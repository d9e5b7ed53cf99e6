with

source as (

    select * from {{ source('montgomery_county', 'internal_affairs_allegations') }}

),

renamed as (

    select
        -- ids
        'montgomery_county' as jurisdiction,
        {{ text('filenum') }} as complaint_id,
        cast(null as varchar) as allegation_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        cast(null as varchar) as officer_key,

        -- words of the source
        {{ text('allegation') }} as category_local,
        {{ text('finding') }} as outcome_local,
        cast(null as varchar) as penalty_local,

        -- lineage
        {{ row_source('montgomery_county', 'internal_affairs_allegations') }} as source_table
    from source

)

select * from renamed
