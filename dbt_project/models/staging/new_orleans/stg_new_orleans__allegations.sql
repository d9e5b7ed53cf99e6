with

source as (

    select * from {{ source('new_orleans', 'complaints') }}

),

renamed as (

    select
        -- ids
        'new_orleans' as jurisdiction,
        {{ text('complaint_tracking_number') }} as complaint_id,
        cast(null as varchar) as allegation_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        cast(null as varchar) as officer_key,

        -- words of the source: the paragraph says more than the rule it belongs to
        coalesce({{ text('paragraph_violation') }}, {{ text('rule_violation') }}) as category_local,
        {{ text('rule_violation') }} as rule_local,
        {{ text('disposition') }} as outcome_local,
        {{ text('complaint_classification') }} as classification_local,
        cast(null as varchar) as penalty_local,

        -- lineage
        {{ row_source('new_orleans', 'complaints') }} as source_table
    from source

)

select * from renamed
