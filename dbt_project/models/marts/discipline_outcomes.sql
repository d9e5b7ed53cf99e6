-- What became of the board's recommendation in each officer case. A case that ended for a reason
-- of its own, whatever was written as its penalty, tells nothing of whether board and chief agree.
with

cases as (

    select
        jurisdiction,
        complaint_id,
        case_ordinal,
        max(received_year) as received_year,
        max(source_table) as source_table,
        {%- for step in ['board_recommended', 'chief_final', 'appeal_final', 'closing'] %}
        {{ of_step(step, 'outcome_local') }} as {{ step }}_local,
        {{ of_step(step, 'severity') }} as {{ step }}_severity,
        {{ of_step(step, 'decision') }} as {{ step }}_decision,
        {{ of_step(step, 'not_decidable_reason') }} as {{ step }}_reason,
        {%- endfor %}
        {{ of_step('board_recommended', 'severity_up_to') }} as board_severity_up_to,
        {{ of_step('trial_or_plea', 'severity') }} as trial_or_plea_severity,
        {{ of_step('served', 'severity') }} as served_severity,
        {{ of_step('chief_final', 'step_date') }} as chief_decision_date
    from {{ ref('int_discipline__stepped') }}
    group by jurisdiction, complaint_id, case_ordinal

),

decided as (

    select
        *,
        case
            when closing_decision = 'not_decidable' then closing_reason
            when chief_final_decision = 'not_decidable' then chief_final_reason
            when chief_final_local is not null and chief_final_decision is null then 'unknown_word'
            when chief_final_local is not null then null
            when closing_local is not null and closing_decision is null then 'unknown_word'
            when closing_decision = 'imposed' then 'penalty_not_stated'
        end as undecidable_reason,
        case
            when chief_final_decision in ('imposed', 'none_imposed') then chief_final_severity
            when chief_final_local is null and closing_decision = 'none_imposed' then 0
        end as chief_severity
    from cases

),

compared as (

    select
        *,
        case
            when undecidable_reason is not null then undecidable_reason
            when chief_severity is null or board_recommended_severity is not null then null
            when board_recommended_local is not null and board_recommended_decision is null
                then 'unknown_word'
            else 'no_recommendation'
        end as not_decidable_reason,
        case
            when undecidable_reason is not null then 'not_decidable'
            when chief_severity is null then 'pending'
            when board_recommended_severity is null then 'not_decidable'
            when chief_severity between board_recommended_severity and board_severity_up_to
                then 'same'
            when chief_severity = 0 then 'none_imposed'
            when chief_severity < board_recommended_severity then 'lower'
            else 'higher'
        end as concurrence
    from decided

)

select
    jurisdiction,
    complaint_id,
    cast(case_ordinal as integer) as case_ordinal,
    cast(received_year as integer) as received_year,
    board_recommended_local,
    board_recommended_severity as board_severity,
    board_severity_up_to,
    trial_or_plea_severity,
    chief_final_local,
    case when undecidable_reason is null then chief_severity end as chief_severity,
    chief_decision_date,
    concurrence,
    not_decidable_reason,
    closing_local,
    appeal_final_local,
    appeal_final_decision as appeal_decision,
    case
        when undecidable_reason is not null or appeal_final_decision = 'pending' then null
        when appeal_final_decision in ('imposed', 'none_imposed') then appeal_final_severity
        else chief_severity
    end as final_severity_after_appeal,
    served_severity,
    source_table
from compared
