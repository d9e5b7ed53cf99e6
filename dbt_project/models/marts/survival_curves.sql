-- The curves end where fewer than ten complaints are still watched.
{% set outcomes = {
    'closed': ['1 - survival', 'survival_se'],
    'sustained': ['sustained_incidence', 'sustained_incidence_se'],
    'other_closure': ['other_closure_incidence', 'other_closure_incidence_se'],
} %}
{% set percent = 'cast(round(100 * {}, 6) as decimal(9, 6))' %}
with

steps as (

    select
        *,
        coalesce(cast(extract(year from received_year) as varchar), 'all') as cohort
    from {{ ref('int_survival__steps') }}
    where clock = 'calendar' and days % 30 = 0 and days <= 1095 and at_risk_count >= 10

),

-- What a source leaves out can make every share of its complaints wrong.
disabled as (

    select jurisdiction
    from {{ ref('int_metrics__disabled') }}
    where metric = 'days_to_close_median'

),

told as (

    select steps.*
    from steps
    anti join disabled on steps.jurisdiction = disabled.jurisdiction

),

curves as (

    {%- for outcome, columns in outcomes.items() %}

    select
        jurisdiction,
        cohort,
        '{{ outcome }}' as outcome,
        days,
        {{ columns[0] }} as share,
        {{ columns[1] }} as share_se,
        at_risk_count
    from told
    {%- if outcome != 'closed' %}
    where survival + sustained_incidence + other_closure_incidence > 0.999
    {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    jurisdiction,
    cohort,
    outcome,
    cast(days as integer) as days,
    {{ percent.format('share') }} as share_pct,
    {{ percent.format('greatest(0.0, share - ' ~ z95() ~ ' * share_se)') }} as lower_pct,
    {{ percent.format('least(1.0, share + ' ~ z95() ~ ' * share_se)') }} as upper_pct,
    cast(at_risk_count as integer) as at_risk_count
from curves
