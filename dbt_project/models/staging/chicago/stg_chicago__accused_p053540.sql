with

source as (

    select * from {{ source('chicago', 'accused_p053540') }}

),

-- Both releases tell some complaints. The other one is a month younger and lists each allegation,
-- so its account is taken and ours is left out, whether or not its rows were withheld.
told_by_the_other_release as (

    select cr_id from {{ source('chicago', 'complaints_p876849') }}

),

renamed as (

    select
        -- ids; the republisher numbers officers within a release and marks those it cannot tell
        'chicago' as jurisdiction,
        {{ text('cr_id') }} as complaint_id,
        cast(null as varchar) as allegation_local_id,
        _row_hash as row_hash,
        _row_ordinal as row_ordinal,
        case
            when coalesce({{ to_integer('merge') }}, 1) = 1
                then 'p053540-' || {{ text('complaints_accused_2000_2023_2023_08_p053540_id') }}
        end as officer_key,

        -- words of the source; where no finding stands, its word for the case does
        {{ text('allegation_category') }} as category_local,
        coalesce({{ text('final_finding') }}, {{ text('complaint_status') }}) as outcome_local,
        {{ text('final_penalty') }} as penalty_local,
        {{ text('recommended_finding') }} as recommended_finding_local,

        -- lineage
        {{ row_source('chicago', 'accused_p053540') }} as source_table
    from source
    where cr_id not in (select other.cr_id from told_by_the_other_release as other)

)

select * from renamed
