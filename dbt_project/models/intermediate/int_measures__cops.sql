-- Grants: what awards have come to, and what was done in each fiscal year. An amount that nobody
-- reports gives no row: it is not zero.
{% set of_awards = [
    'cops_outlayed_usd',
    'cops_outlay_not_reported_awards',
    'cops_remaining_usd',
    'cops_match_required_usd',
    'cops_match_waived_usd',
    'cops_officers_funded',
    'cops_officers_hired',
    'cops_officers_retained',
    'cops_hires_not_reported_awards',
    'cops_spent_naive_usd',
    'cops_remaining_naive_usd',
    'cops_officers_hired_naive',
] -%}
{% set of_actions = ['cops_obligated_usd', 'cops_deobligated_usd', 'cops_net_obligated_usd'] -%}
{% set per_head = {
    'cops_obligated_per_sworn_officer': 'sworn_officers_count',
    'cops_obligated_per_resident': 'residents_count',
} -%}
with

awards as (

    select
        jurisdiction,
        federal_fiscal_year,
        program,
        agency,
        grouping(federal_fiscal_year) = 1 as is_all_years,
        sum(net_obligated_usd) as net_obligated_usd,
        sum(outlayed_usd) as cops_outlayed_usd,
        count(*) filter (where not is_outlay_reported) as cops_outlay_not_reported_awards,
        sum(remaining_usd) as cops_remaining_usd,
        sum(match_required_usd) as cops_match_required_usd,
        sum(match_waived_usd) as cops_match_waived_usd,
        sum(officers_funded_count) as cops_officers_funded,
        sum(officers_hired_count) as cops_officers_hired,
        sum(officers_retained_count) as cops_officers_retained,
        sum(case
            when officers_hired_count is not null then 0
            when officers_funded_count is not null then 1
        end) as cops_hires_not_reported_awards,
        sum(net_obligated_usd) as cops_spent_naive_usd,
        sum(net_obligated_usd - coalesce(outlayed_usd, 0)) as cops_remaining_naive_usd,
        sum(officers_funded_count) as cops_officers_hired_naive
    from {{ ref('cops_award_money') }}
    group by grouping sets (
        (jurisdiction),
        (jurisdiction, program),
        (jurisdiction, agency),
        (jurisdiction, federal_fiscal_year)
    )

),

actions as (

    select
        jurisdiction,
        federal_fiscal_year,
        program,
        agency,
        grouping(federal_fiscal_year) = 1 as is_all_years,
        sum(obligated_usd) as cops_obligated_usd,
        sum(deobligated_usd) as cops_deobligated_usd,
        sum(net_obligated_usd) as cops_net_obligated_usd
    from {{ ref('cops_money_by_year') }}
    group by grouping sets (
        (jurisdiction),
        (jurisdiction, program),
        (jurisdiction, agency),
        (jurisdiction, federal_fiscal_year)
    )

),

-- The money of an agency in a year, over its officers and over its residents.
per_head as (

    select
        jurisdiction,
        federal_fiscal_year,
        agency,
        sum(net_obligated_usd) as net_obligated_usd,
        max(sworn_officers_count) as sworn_officers_count,
        max(residents_count) as residents_count
    from {{ ref('cops_money_by_year') }}
    group by jurisdiction, federal_fiscal_year, agency

),

told as (

    -- Of all years together the awards tell the whole amount, where actions are not read too.
    select
        'cops_net_obligated_usd' as metric,
        jurisdiction,
        federal_fiscal_year,
        program,
        agency,
        is_all_years,
        net_obligated_usd as numerator,
        null as denominator
    from awards
    where is_all_years
    {%- for metric in of_awards %}
    union all
    select
        '{{ metric }}',
        jurisdiction,
        federal_fiscal_year,
        program,
        agency,
        is_all_years,
        {{ metric }},
        null
    from awards
    {%- endfor %}
    {%- for metric in of_actions %}
    union all
    select
        '{{ metric }}',
        jurisdiction,
        federal_fiscal_year,
        program,
        agency,
        is_all_years,
        {{ metric }},
        null
    from actions
    {%- if metric == 'cops_net_obligated_usd' %}
    where not is_all_years
    {%- endif %}
    {%- endfor %}
    {%- for metric, heads in per_head.items() %}
    union all
    select
        '{{ metric }}',
        jurisdiction,
        federal_fiscal_year,
        null,
        agency,
        false,
        net_obligated_usd,
        {{ heads }}
    from per_head
    where {{ heads }} is not null
    {%- endfor %}

),

placed as (

    select
        *,
        case when is_all_years then 'all' else 'fiscal_year_us_federal' end as period_kind,
        case
            when not is_all_years
                then cast(cast(federal_fiscal_year - 1 as varchar) || '-10-01' as date)
        end as period_start,
        case
            when program is not null then 'program'
            when agency is not null then 'agency'
        end as dimension,
        coalesce(program, agency) as dimension_value
    from told
    where numerator is not null and (is_all_years or federal_fiscal_year is not null)

)

{{ as_measures('placed', ['metric', 'jurisdiction', 'period_kind', 'period_start', 'dimension',
    'dimension_value', 'numerator', 'denominator']) }}
