with

source as (

    select * from {{ source('san_diego', 'allegations') }}

),

renamed as (

    select
        -- ids
        'san_diego' as jurisdiction,
        {{ text('id') }} as complaint_id,
        cast(null as varchar) as allegation_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        {{ text('id') }} || '-' || {{ to_integer('pid') }} as officer_key,

        -- words of the source; a case number typed behind the kind is cut off
        regexp_replace({{ text('allegation') }}, '\s*[0-9]{4}-[0-9]{4}$', '') as category_local,
        {{ text('ia_finding') }} as outcome_local,
        {{ text('crb_decision') }} as board_decision_local,
        cast(null as varchar) as penalty_local,

        -- lineage
        {{ row_source('san_diego', 'allegations') }} as source_table
    from source

)

select * from renamed
