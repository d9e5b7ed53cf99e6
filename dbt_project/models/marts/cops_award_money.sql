-- One award, its money and its officers. What is not reported stays empty: it is not zero.
with

actions as (

    select
        jurisdiction,
        award_id,
        sum(case when action_usd > 0 then action_usd else 0 end) as obligated_usd,
        sum(case when action_usd < 0 then -action_usd else 0 end) as deobligated_usd,
        sum(action_usd) as actions_usd,
        count(*) as actions_count,
        min(action_date) as first_action_date,
        max(action_date) as last_action_date
    from {{ ref('int_cops_transactions__unioned') }}
    group by jurisdiction, award_id

),

reviewed as (

    select
        {{ normalise_word('recipient_name') }} as recipient,
        recipient_state,
        coalesce(jurisdiction, 'other') as agency,
        agency_ori
    from {{ ref('recipient_agencies') }}

)

select
    awards.jurisdiction,
    awards.award_id,
    awards.recipient_name,
    awards.recipient_state,
    coalesce(reviewed.agency, 'not_reviewed') as agency,
    reviewed.agency_ori,
    awards.program,
    awards.start_date,
    awards.federal_fiscal_year,
    cast(actions.obligated_usd as decimal(18, 2)) as obligated_usd,
    cast(actions.deobligated_usd as decimal(18, 2)) as deobligated_usd,
    awards.obligated_usd as net_obligated_usd,
    awards.obligated_usd = actions.actions_usd as is_sum_of_actions,
    awards.outlayed_usd,
    awards.outlayed_usd is not null as is_outlay_reported,
    cast(awards.obligated_usd - awards.outlayed_usd as decimal(18, 2)) as remaining_usd,
    cast(coalesce(actions.actions_count, 0) as integer) as actions_count,
    actions.first_action_date,
    actions.last_action_date,
    positions.officers_funded_count,
    positions.officers_hired_count,
    positions.officers_retained_count,
    positions.match_required_usd,
    positions.match_waived_usd,
    awards.source_table
from {{ ref('int_cops_awards__harmonised') }} as awards
left join actions
    on awards.jurisdiction = actions.jurisdiction and awards.award_id = actions.award_id
left join {{ ref('int_cops_positions__unioned') }} as positions
    on awards.jurisdiction = positions.jurisdiction and awards.award_id = positions.award_id
left join reviewed
    on
        {{ normalise_word('awards.recipient_name') }} = reviewed.recipient
        and awards.recipient_state = reviewed.recipient_state
