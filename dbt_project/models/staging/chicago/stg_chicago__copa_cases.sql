-- A cell holds one word for each person, place or finding of the case, joined by '|'. Equal words
-- are one word. Of several findings the highest counts, in the order that the city states.
{% set ranked = [
    'Sustained', 'Not Sustained', 'Unfounded', 'Exonerated', 'No Affidavit', 'No Finding',
] %}

with

source as (

    select * from {{ source('chicago', 'copa_cases') }}

),

split as (

    select
        *,
        list_distinct(regexp_split_to_array({{ text('current_category') }}, '\s*\|\s*'))
            as categories,
        list_distinct(regexp_split_to_array({{ text('finding_code') }}, '\s*\|\s*')) as findings,
        list_distinct(cast(
            regexp_extract_all({{ text('beat') }}, '\b(\d{1,2})\d\d(\.0)?(\s|\||$)', 1)
            as integer[]
        )) as districts
    from source

),

renamed as (

    select
        -- ids
        'chicago' as jurisdiction,
        {{ text('log_no') }} as complaint_id,
        cast(null as varchar) as incident_number,

        -- dates
        cast(null as date) as incident_date,
        {{ to_date('complaint_date', ['%Y-%m-%dT%H:%M:%S.%f', '%m/%d/%Y %I:%M:%S %p']) }}
            as received_date,
        cast(null as date) as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source; a case in several districts or categories is in none of them
        case
            when len(districts) = 1
                then nullif(lpad(cast(districts[1] as varchar), 2, '0'), '00')
        end as district,
        case when len(categories) = 1 then {{ text('categories[1]') }} end as category_local,
        {{ text('current_status') }} as status_local,
        case
            when len(findings) = 1 then {{ text('findings[1]') }}
            {%- for finding in ranked %}
            when list_contains(findings, '{{ finding }}') then '{{ finding }}'
            {%- endfor %}
            else {{ text('finding_code') }}
        end as outcome_local,
        cast(null as varchar) as intake_channel,
        {{ text('assignment') }} as investigating_agency,
        {{ text('case_type') }} as case_type_local,

        -- lineage
        {{ row_source('chicago', 'copa_cases') }} as source_table,
        1 as source_priority
    from split

)

select * from renamed
