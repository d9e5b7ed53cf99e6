{{ config(materialized='table') }}

-- Every word that a source uses in a field that we translate, and how many rows use it.
with

complaint_words as materialized (

    select jurisdiction, source_table, category_local, status_local, outcome_local, count(*) as n
    from {{ ref('int_complaints__unioned') }}
    group by all

),

allegation_words as materialized (

    select jurisdiction, source_table, category_local, outcome_local, count(*) as n
    from {{ ref('int_allegations__unioned') }}
    group by all

),

bwc_words as (

    select * from {{ ref('int_bwc_words__counted') }}

),

violations as (

    select
        jurisdiction,
        source_table,
        {{ split_words('violations_local') }} as word,
        rows_count as n
    from bwc_words
    where violations_local is not null

),

used as (

    select jurisdiction, source_table, 'category' as field, category_local as local_value, n
    from complaint_words
    union all
    select jurisdiction, source_table, 'complaint_status', status_local, n from complaint_words
    union all
    select jurisdiction, source_table, 'complaint_outcome', outcome_local, n from complaint_words
    union all
    select jurisdiction, source_table, 'category', category_local, n from allegation_words
    union all
    select jurisdiction, source_table, 'allegation_outcome', outcome_local, n from allegation_words
    union all
    select jurisdiction, source_table, 'footage', footage_local, rows_count from bwc_words
    union all
    select jurisdiction, source_table, 'sampling', sampling_local, rows_count from bwc_words
    union all
    select jurisdiction, source_table, 'request_outcome', request_outcome_local, rows_count
    from bwc_words
    union all
    select jurisdiction, source_table, 'violation', trim(word), n from violations
    union all
    select jurisdiction, source_table, 'audit_sample', audit_sample_local, 1
    from {{ ref('int_bwc_audits__unioned') }}
    {%- for step in [
        'investigator_recommended', 'board_recommended', 'trial_or_plea', 'chief_final',
        'appeal_final', 'served', 'closing',
    ] %}
    union all
    select
        jurisdiction,
        source_table,
        '{{ step }}',
        {{ without_numbers(step ~ '_local') }},
        1
    from {{ ref('int_discipline__unioned') }}
    {%- endfor %}
    union all
    select jurisdiction, source_table, 'hearing_status', status_local, 1
    from {{ ref('int_hearings__unioned') }}
    union all
    select jurisdiction, source_table, 'cancellation_reason', cancellation_local, 1
    from {{ ref('int_hearings__unioned') }}
    union all
    select jurisdiction, source_table, 'case_action', action_local, 1
    from {{ ref('int_hearing_items__unioned') }}
    where is_case
    union all
    select jurisdiction, source_table, 'attendance', attendance_local, 1
    from {{ ref('int_roll_calls__unioned') }}
    union all
    select jurisdiction, source_table, 'program', program_local, 1
    from {{ ref('int_cops_awards__unioned') }}

)

select
    jurisdiction,
    source_table,
    field,
    local_value,
    {{ normalise_word('local_value') }} as word,
    cast(sum(n) as bigint) as rows_count
from used
where trim(local_value) != ''
group by jurisdiction, source_table, field, local_value
