-- The file of fiscal year 2019 repeats each case on its allegation rows; here a case stands once.
-- A division that begins with a digit is a street address and is left out.
{% set division = "regexp_replace(upper(" ~ text('pd_division') ~ "), '\\s*-\\s*', '-', 'g')" %}

with

source as (

    select * from {{ source('san_diego', 'cases_fy19') }}

),

renamed as (

    select
        {{ text('id') }} as complaint_id,
        {{ text('case_number') }} as internal_affairs_number,
        {{ to_date('date_assigned', ['%m/%d/%y']) }} as received_date,
        {{ to_date('date_completed', ['%m/%d/%y']) }} as review_completed_date,
        {{ to_date('date_presented', ['%m/%d/%y']) }} as board_decision_date,
        case when not regexp_matches({{ division }}, '^[0-9]') then {{ division }} end as district
    from source

),

cases as (

    select
        complaint_id,
        min(internal_affairs_number) as internal_affairs_number,
        min(received_date) as received_date,
        max(review_completed_date) as review_completed_date,
        max(board_decision_date) as board_decision_date,
        min(district) as district
    from renamed
    group by complaint_id

),

typed as (

    select
        -- ids
        'san_diego' as jurisdiction,
        complaint_id,
        cast(null as varchar) as incident_number,
        internal_affairs_number,

        -- dates
        cast(null as date) as incident_date,
        received_date,
        cast(null as date) as investigation_closed_date,
        cast(null as date) as reopened_date,
        review_completed_date,
        board_decision_date,

        -- words of the source
        district,
        cast(null as varchar) as category_local,
        cast(null as varchar) as status_local,
        cast(null as varchar) as outcome_local,
        cast(null as varchar) as intake_channel,

        -- lineage
        {{ row_source('san_diego', 'cases_fy19') }} as source_table,
        2 as source_priority
    from cases

)

select * from typed
