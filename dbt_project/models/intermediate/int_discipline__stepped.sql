{{ config(materialized='table') }}

-- One row per officer case and step that the source tells of, with its rung on the ladder. Cases of
-- a complaint are told apart by what is public of them, so that their order says nothing of who the
-- officers are: rows that are alike in every word are alike here too.
{% set steps = [
    'investigator_recommended', 'board_recommended', 'trial_or_plea', 'chief_final',
    'appeal_final', 'served',
] %}
with

published as (

    select
        discipline.*,
        coalesce(extract(year from complaints.received_date), discipline.stated_received_year)
            as received_year
    from {{ ref('int_discipline__unioned') }} as discipline
    left join {{ ref('int_complaints__harmonised') }} as complaints
        on
            discipline.jurisdiction = complaints.jurisdiction
            and discipline.complaint_id = complaints.complaint_id
    anti join {{ ref('int_complaints__withheld') }} as withheld
        on
            discipline.jurisdiction = withheld.jurisdiction
            and discipline.complaint_id = withheld.complaint_id

),

cases as (

    select
        * exclude (officer_key, stated_received_year),
        row_number() over (
            partition by jurisdiction, complaint_id
            order by
                {%- for step in steps %}
                {{ step }}_local,
                {{ step }}_date,
                {%- endfor %}
                closing_local,
                source_table
        ) as case_ordinal
    from published

),

told as (

    {%- for step in steps %}
    select
        jurisdiction,
        complaint_id,
        case_ordinal,
        received_year,
        source_table,
        '{{ step }}' as step,
        {{ loop.index }} as step_number,
        {{ step }}_local as outcome_local,
        {{ step }}_date as step_date
    from cases
    where {{ step }}_local is not null or {{ step }}_date is not null
    union all
    {%- endfor %}
    -- a case of which nothing is told but that it stands in the file is a case all the same
    select
        jurisdiction,
        complaint_id,
        case_ordinal,
        received_year,
        source_table,
        'closing' as step,
        {{ steps | length + 1 }} as step_number,
        closing_local as outcome_local,
        null as step_date
    from cases

)

select
    told.*,
    meanings.severity,
    coalesce(meanings.severity_up_to, meanings.severity) as severity_up_to,
    meanings.decision,
    meanings.not_decidable_reason
from told
left join {{ ref('penalties') }} as meanings
    on
        told.jurisdiction = meanings.jurisdiction
        and told.step = meanings.step
        and {{ normalise_word(without_numbers('told.outcome_local')) }}
        = {{ normalise_word('meanings.local_value') }}
