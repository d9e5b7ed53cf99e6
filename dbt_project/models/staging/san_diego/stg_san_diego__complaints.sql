-- A division that begins with a digit is a street address and is left out.
{% set division = "regexp_replace(upper(" ~ text('pd_division') ~ "), '\\s*-\\s*', '-', 'g')" %}

with

source as (

    select * from {{ source('san_diego', 'cases') }}

),

renamed as (

    select
        -- ids
        'san_diego' as jurisdiction,
        {{ text('id') }} as complaint_id,
        cast(null as varchar) as incident_number,
        {{ text('case_number') }} as internal_affairs_number,

        -- dates
        cast(null as date) as incident_date,
        {{ to_date('date_assigned', ['%Y-%m-%d']) }} as received_date,
        cast(null as date) as investigation_closed_date,
        cast(null as date) as reopened_date,
        {{ to_date('date_completed', ['%Y-%m-%d']) }} as review_completed_date,
        {{ to_date('date_presented', ['%Y-%m-%d']) }} as board_decision_date,

        -- words of the source
        case when not regexp_matches({{ division }}, '^[0-9]') then {{ division }} end as district,
        cast(null as varchar) as category_local,
        cast(null as varchar) as status_local,
        cast(null as varchar) as outcome_local,
        cast(null as varchar) as intake_channel,

        -- lineage
        {{ row_source('san_diego', 'cases') }} as source_table,
        1 as source_priority
    from source

)

select * from renamed
