with

source as (

    select * from {{ source('detroit', 'citizen_complaints') }}

),

renamed as (

    select
        -- ids
        'detroit' as jurisdiction,
        {{ text('bpc') }} as complaint_id,
        cast(null as varchar) as allegation_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        cast(null as varchar) as officer_key,

        -- words of the source
        {{ text('allegation') }} as category_local,
        {{ text('finding') }} as outcome_local,
        {{ text('administrative_closure') }} as closure_reason_local,
        cast(null as varchar) as penalty_local,

        -- lineage
        {{ row_source('detroit', 'citizen_complaints') }} as source_table
    from source

)

select * from renamed
