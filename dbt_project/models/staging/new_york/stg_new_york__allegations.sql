with

source as (

    select * from {{ source('new_york', 'allegations') }}

),

renamed as (

    select
        -- ids; the board numbers its allegations, so that no fingerprint is needed
        'new_york' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        {{ text('allegation_record_identity') }} as allegation_local_id,
        cast(null as varchar) as row_hash,
        cast(null as integer) as row_ordinal,
        {{ text('tax_id') }} as officer_key,

        -- words of the source; discipline is told per officer, in the penalties, not here
        {{ text('fado_type') }} as category_local,
        {{ text('allegation') }} as allegation_local,
        {{ text('ccrb_allegation_disposition') }} as outcome_local,
        {{ text('nypd_allegation_disposition') }} as department_outcome_local,
        cast(null as varchar) as penalty_local,

        -- lineage
        {{ row_source('new_york', 'allegations') }} as source_table
    from source

)

select * from renamed
