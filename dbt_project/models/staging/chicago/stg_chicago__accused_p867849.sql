with

source as (

    select * from {{ source('chicago', 'accused_p867849') }}

),

-- The category is a path of four levels joined by commas without a blank after them; a comma with
-- a blank belongs to a name ("Leaving Assignment (District, Beat, Sector, Court)").
levels as (

    select
        *,
        string_split(replace(category, ', ', '; '), ',') as category_levels
    from source

),

-- The first two levels say what the officer is accused of. Under four headings only the third does.
named as (

    select
        *,
        {{ text('category_levels[1]') }} as heading,
        {{ text('category_levels[2]') }} as subject,
        case
            when
                {{ text('category_levels[2]') }} in (
                    'Reports', 'Harassment', 'EEO Investigations', 'Judicial Process'
                )
                then {{ text('category_levels[3]') }}
        end as detail
    from levels

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
                then 'p867849-' || {{ text('complaints_accused_2000_2023_2023_09_p867849_id') }}
        end as officer_key,

        -- words of the source; where no finding stands, its word for the case does
        replace({{ text("concat_ws(': ', heading, subject, detail)") }}, '; ', ', ')
            as category_local,
        coalesce({{ text('finding') }}, {{ text('status') }}) as outcome_local,
        {{ text('penalty') }} as penalty_local,
        {{ text('category_code') }} as category_code,
        {{ to_integer('days') }} as suspension_days,

        -- lineage
        {{ row_source('chicago', 'accused_p867849') }} as source_table
    from named

)

select * from renamed
