-- Money stands in the fiscal year of the action that moved it, not in the one the award starts in.
with

actions as (

    select
        actions.jurisdiction,
        {{ federal_fiscal_year('actions.action_date') }} as federal_fiscal_year,
        coalesce(awards.agency, 'not_reviewed') as agency,
        coalesce(awards.program, 'not_stated') as program,
        actions.award_id,
        actions.action_usd
    from {{ ref('int_cops_transactions__unioned') }} as actions
    left join {{ ref('cops_award_money') }} as awards
        on actions.jurisdiction = awards.jurisdiction and actions.award_id = awards.award_id

),

summed as (

    select
        jurisdiction,
        federal_fiscal_year,
        agency,
        program,
        sum(case when action_usd > 0 then action_usd else 0 end) as obligated_usd,
        sum(case when action_usd < 0 then -action_usd else 0 end) as deobligated_usd,
        coalesce(sum(action_usd), 0) as net_obligated_usd,
        count(*) as actions_count,
        count(distinct award_id) as awards_count
    from actions
    group by jurisdiction, federal_fiscal_year, agency, program

),

-- A fact holds from its year until the next one of its kind.
facts as (

    select
        *,
        lead(year) over (partition by jurisdiction, kind order by year) as next_year
    from {{ ref('denominators') }}

)

select
    summed.jurisdiction,
    summed.federal_fiscal_year,
    summed.agency,
    summed.program,
    cast(summed.obligated_usd as decimal(18, 2)) as obligated_usd,
    cast(summed.deobligated_usd as decimal(18, 2)) as deobligated_usd,
    cast(summed.net_obligated_usd as decimal(18, 2)) as net_obligated_usd,
    cast(summed.actions_count as integer) as actions_count,
    cast(summed.awards_count as integer) as awards_count,
    officers.value as sworn_officers_count,
    officers.year as sworn_officers_year,
    officers.source as sworn_officers_source,
    residents.value as residents_count,
    residents.year as residents_year,
    residents.source as residents_source
from summed
left join facts as officers
    on
        summed.agency = officers.jurisdiction
        and officers.kind = 'sworn_officers'
        and summed.federal_fiscal_year >= officers.year
        and summed.federal_fiscal_year < coalesce(officers.next_year, 9999)
left join facts as residents
    on
        summed.agency = residents.jurisdiction
        and residents.kind = 'residents'
        and summed.federal_fiscal_year >= residents.year
        and summed.federal_fiscal_year < coalesce(residents.next_year, 9999)
