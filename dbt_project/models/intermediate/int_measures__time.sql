-- How long complaints take, open ones counted in, and which deadlines were met.
{% set quantiles = {
    'days_to_close_median': ['calendar', 0.5],
    'days_to_close_p90': ['calendar', 0.9],
    'business_days_to_close_median': ['business', 0.5],
    'days_to_first_close_median': ['first', 0.5],
    'days_to_close_again_median': ['again', 0.5],
} %}
{% set year_kind = "case when received_year is null then 'all' else 'calendar_year' end" %}
with

steps as (

    select
        *,
        {{ year_kind }} as period_kind,
        received_year as period_start
    from {{ ref('int_survival__steps') }}

),

waits as (

    select * from {{ ref('int_survival__waits') }}

),

quantiles as (

    {%- for metric, asked in quantiles.items() %}

    select
        '{{ metric }}' as metric,
        jurisdiction,
        period_kind,
        period_start,
        {{ survival_quantile(asked[1]) }} as estimate,
        {{ survival_quantile_lower(asked[1]) }} as estimate_lower,
        {{ survival_quantile_upper(asked[1]) }} as estimate_upper,
        max(at_risk_count) as denominator,
        max(at_risk_count) as cohort_count,
        sum(ended_count) as cohort_decided_count
    from steps
    where clock = '{{ asked[0] }}'
    group by jurisdiction, period_kind, period_start
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

closed_alone as (

    select
        'days_to_close_mean_closed' as metric,
        jurisdiction,
        period_kind,
        period_start,
        sum(days * ended_count) / nullif(sum(ended_count), 0) as estimate,
        sum(ended_count) as denominator,
        max(at_risk_count) as cohort_count,
        sum(ended_count) as cohort_decided_count
    from steps
    where clock = 'calendar'
    group by jurisdiction, period_kind, period_start

),

cohorts as (

    select
        jurisdiction,
        period_start,
        max(at_risk_count) as cases_count,
        sum(ended_count) as ended_count
    from steps
    where clock = 'calendar'
    group by jurisdiction, period_start

),

-- A share is told for a day to which at least one complaint has been watched, or by which all have
-- ended, by a city that tells how its complaints end: there, the shares of all ends add up.
sustained as (

    select
        'sustain_rate_received_' || cast(steps.days as varchar) as metric,
        steps.jurisdiction,
        steps.period_kind,
        steps.period_start,
        100 * steps.sustained_incidence as estimate,
        100 * greatest(
            0.0, steps.sustained_incidence - {{ z95() }} * steps.sustained_incidence_se
        ) as estimate_lower,
        100 * least(
            1.0, steps.sustained_incidence + {{ z95() }} * steps.sustained_incidence_se
        ) as estimate_upper,
        steps.at_risk_count > 0 or steps.survival = 0 as is_reached
    from steps
    where
        steps.clock = 'calendar'
        and steps.days in (365, 730)
        and steps.survival + steps.sustained_incidence + steps.other_closure_incidence > 0.999

),

sustained_told as (

    select
        sustained.metric,
        sustained.jurisdiction,
        sustained.period_kind,
        sustained.period_start,
        {%- for end in ['estimate', 'estimate_lower', 'estimate_upper'] %}
        case when sustained.is_reached then sustained.{{ end }} end as {{ end }},
        {%- endfor %}
        cohorts.cases_count as denominator,
        cohorts.cases_count as cohort_count,
        cohorts.ended_count as cohort_decided_count
    from sustained
    inner join cohorts
        on
            sustained.jurisdiction = cohorts.jurisdiction
            and sustained.period_start is not distinct from cohorts.period_start

),

-- Everybody here has had the whole time to be closed in.
targets as (

    {%- for target in [90, 180, 365] %}

    select
        jurisdiction,
        received_year,
        cast({{ target }} as varchar) as dimension_value,
        count(*) filter (where event is not null and calendar_days <= {{ target }}) as numerator,
        count(*) as denominator
    from waits
    where left_out is null and {{ days_between('received_date', 'last_date') }} >= {{ target }}
    group by grouping sets ((jurisdiction), (jurisdiction, received_year))
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

within_target as (

    select
        'closed_within_target_share' as metric,
        *,
        {{ year_kind }} as period_kind,
        received_year as period_start,
        'target_days' as dimension
    from targets

),

docket as (

    select
        jurisdiction,
        'all' as period_kind,
        percentile_cont(0.5) within group (order by calendar_days) as estimate,
        count(*) filter (where calendar_days > 365) as numerator,
        count(*) as denominator
    from waits
    where left_out is null and event is null
    group by jurisdiction

),

docket_age as (

    select
        'open_docket_age_median' as metric,
        jurisdiction,
        period_kind,
        estimate,
        denominator
    from docket

),

docket_over_one_year as (

    select
        'open_docket_over_one_year_share' as metric,
        jurisdiction,
        period_kind,
        numerator,
        denominator
    from docket

),

without_clock as (

    select
        'complaints_without_clock' as metric,
        jurisdiction,
        'all' as period_kind,
        case when grouping(left_out) = 0 then 'left_out' end as dimension,
        left_out as dimension_value,
        count(left_out) as numerator
    from waits
    group by grouping sets ((jurisdiction), (jurisdiction, left_out))
    having grouping(left_out) = 1 or left_out is not null

),

dated as (

    select
        *,
        {{ year_of('received_date') }} as received_year
    from {{ ref('deadline_states') }}

),

deadlines as (

    select
        'deadline_met_share' as metric,
        jurisdiction,
        {{ period_kind_of('received_year') }} as period_kind,
        received_year as period_start,
        'deadline' as dimension,
        deadline as dimension_value,
        count(*) filter (where deadline_state = 'met') as numerator,
        count(*) filter (where deadline_state in ('met', 'missed')) as denominator,
        count(*) as cohort_count,
        count(*) filter (where deadline_state in ('met', 'missed')) as cohort_decided_count
    from dated
    where deadline_state not in ('not_applicable', 'unknown_start', 'unknown_end')
    group by grouping sets ((jurisdiction, deadline), (jurisdiction, deadline, received_year))
    having grouping(received_year) = 1 or received_year is not null

)

{% set period = ['metric', 'jurisdiction', 'period_kind', 'period_start'] -%}
{% set now = ['metric', 'jurisdiction', 'period_kind'] -%}
{% set part = ['dimension', 'dimension_value'] -%}
{% set share = ['numerator', 'denominator'] -%}
{% set estimate = ['estimate', 'denominator'] -%}
{% set ends = ['estimate_lower', 'estimate_upper'] -%}
{% set cohort = ['cohort_count', 'cohort_decided_count'] -%}
{{ as_measures('quantiles', period + estimate + ends + cohort) }}
union all
{{ as_measures('closed_alone', period + estimate + cohort) }}
union all
{{ as_measures('sustained_told', period + estimate + ends + cohort) }}
union all
{{ as_measures('within_target', period + part + share) }}
union all
{{ as_measures('docket_age', now + estimate) }}
union all
{{ as_measures('docket_over_one_year', now + share) }}
union all
{{ as_measures('without_clock', now + part + ['numerator']) }}
union all
{{ as_measures('deadlines', period + part + share + cohort) }}
