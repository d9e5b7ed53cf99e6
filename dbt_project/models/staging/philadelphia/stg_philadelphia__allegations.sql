with

source as (

    select * from {{ source('philadelphia', 'complaint_disciplines') }}

),

renamed as (

    select
        -- ids
        'philadelphia' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        cast(null as varchar) as allegation_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        {{ text('officer_id') }} as officer_key,

        -- words of the source
        {{ text('allegations_investigated') }} as category_local,
        {{ text('investigative_findings') }} as outcome_local,
        {{ text('disciplinary_findings') }} as penalty_local,

        -- lineage
        {{ row_source('philadelphia', 'complaint_disciplines') }} as source_table
    from source

)

select * from renamed
