with

source as (

    select * from {{ source('seattle', 'opa_complaints') }}

),

-- A single '-' stands for nothing.
renamed as (

    select
        -- ids; the city's own number of a row holds that of the employee and is left alone
        'seattle' as jurisdiction,
        {{ text('file_number') }} as complaint_id,
        cast(null as varchar) as allegation_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        nullif({{ text('named_employee_id') }}, '-') as officer_key,

        -- words of the source
        nullif({{ text('allegation') }}, '-') as category_local,
        nullif({{ text('finding') }}, '-') as outcome_local,
        nullif({{ text('disposition') }}, '-') as disposition_local,
        nullif({{ text('discipline') }}, '-') as penalty_local,

        -- lineage
        {{ row_source('seattle', 'opa_complaints') }} as source_table
    from source

)

select * from renamed
