-- How many complaints, allegations and officer cases there are, and what became of them. No rate
-- counts what is open or void; complaints, allegations and officer cases are never added together.
{% set rates = {
    'sustain_rate_merits': ['sustained', 'on_merits'],
    'sustain_rate_closed': ['sustained', 'closed'],
    'merits_rate': ['investigated', 'closed'],
    'truncation_rate': ['truncated', 'closed'],
    'truncation_rate_without_directives': ['truncated - by_directive', 'closed - by_directive'],
    'alternative_rate': ['alternative', 'closed'],
    'no_outcome_share': ['without_outcome', 'closed + without_outcome'],
} %}
{% set naive_rates = {
    'sustain_rate_naive': ['sustained', 'alleged', 'alleged - on_merits'],
    'sustain_rate_open_not_sustained': ['sustained', 'on_merits + still_open', 'still_open'],
    'sustain_rate_truncated_not_sustained': ['sustained', 'on_merits + truncated', 'truncated'],
    'sustain_rate_overturned_sustained': ['sustained + overturned', 'on_merits', 'overturned'],
} %}
with

complaints as (

    select * from {{ ref('int_complaint_parts__grouped') }}

),

allegations as (

    select
        *,
        alleged - void as cohort_count,
        alleged - void - still_open as cohort_decided_count
    from {{ ref('int_allegation_parts__grouped') }}

),

-- complaints

received as (

    select
        'complaints_received' as metric,
        * exclude (received),
        received as numerator,
        received as cohort_count,
        received - still_open as cohort_decided_count
    from complaints
    where dimension is distinct from 'resolution_class'

),

received_without_mass_incidents as (

    select
        'complaints_received_without_mass_incidents' as metric,
        *,
        received - of_mass_incidents as numerator,
        received - of_mass_incidents as cohort_count,
        received - of_mass_incidents - still_open + of_mass_incidents_still_open
            as cohort_decided_count
    from complaints
    where dimension is null and period_kind != 'month' and has_incident_numbers

),

received_closed_only as (

    select
        'complaints_received_closed_only' as metric,
        *,
        received - still_open as numerator,
        received as cohort_count,
        received - still_open as cohort_decided_count
    from complaints
    where dimension is null

),

by_resolution_class as (

    select
        'complaints_by_resolution_class' as metric,
        *,
        received as numerator,
        sum(received) over (partition by jurisdiction, period_kind, period_start) as cohort_count,
        sum(received - still_open) over (partition by jurisdiction, period_kind, period_start)
            as cohort_decided_count
    from complaints
    where dimension = 'resolution_class'

),

open_now as (

    select
        'complaints_open' as metric,
        *,
        still_open as numerator
    from complaints
    where period_kind = 'all' and (dimension is null or dimension = 'category')

),

closed_days as (

    select
        jurisdiction,
        {{ year_of('investigation_closed_date') }} as closed_year,
        {{ month_of('investigation_closed_date') }} as closed_month
    from {{ ref('complaints') }}
    where investigation_closed_date is not null

),

closed as (

    select
        'complaints_closed' as metric,
        jurisdiction,
        {{ period_columns('closed_year', 'closed_month') }},
        count(*) as numerator
    from closed_days
    group by {{ period_and_part_sets({'': [], 'closed_year': [], 'closed_month': []}) }}

),

-- officer cases; nothing can be said where no officer is ever told from another

officers as (

    select
        jurisdiction,
        period_kind,
        period_start,
        identified_officers,
        unidentified_officers,
        received as cohort_count,
        received - still_open as cohort_decided_count
    from complaints
    where dimension is null and period_kind != 'month' and tells_officers_apart

),

officer_cases as (

    select
        'officer_cases_received' as metric,
        *,
        null as dimension,
        null as dimension_value,
        identified_officers + unidentified_officers as numerator
    from officers
    {%- for kind in ['identified', 'unidentified'] %}
    union all
    select
        'officer_cases_received' as metric,
        *,
        'officer_identification' as dimension,
        '{{ kind }}' as dimension_value,
        {{ kind }}_officers as numerator
    from officers
    {%- endfor %}
    union all
    select
        'officer_cases_identified_only' as metric,
        *,
        null as dimension,
        null as dimension_value,
        identified_officers as numerator
    from officers

),

-- allegations

alleged as (

    select
        'allegations_received' as metric,
        *,
        alleged as numerator
    from allegations
    where dimension is null or dimension = 'category'

),

alleged_called_complaints as (

    select
        'complaints_naive' as metric,
        *,
        alleged as numerator
    from allegations
    where dimension is null

),

findings as (

    select
        * exclude (cohort_count, cohort_decided_count),
        sum(cohort_count) over (partition by jurisdiction, period_kind, period_start)
            as cohort_count,
        sum(cohort_decided_count) over (partition by jurisdiction, period_kind, period_start)
            as cohort_decided_count
    from allegations
    where dimension = 'finding'

),

by_finding as (

    select
        'allegations_by_finding' as metric,
        *,
        investigated as numerator
    from findings
    where dimension_value != 'not_investigated'

),

identified as (

    select
        'identified_officer_share' as metric,
        *,
        identified as numerator,
        alleged as denominator
    from allegations
    where dimension is distinct from 'finding' and tells_officers_apart

),

rates as (

    {%- for metric, parts in rates.items() %}
    select
        '{{ metric }}' as metric,
        *,
        {{ parts[0] }} as numerator,
        {{ parts[1] }} as denominator
    from allegations
    where dimension is distinct from 'finding'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- A naive rate stands only where what it gets wrong occurs.
naive_rates as (

    {%- for metric, parts in naive_rates.items() %}
    select
        '{{ metric }}' as metric,
        *,
        {{ parts[0] }} as numerator,
        {{ parts[1] }} as denominator
    from allegations
    where dimension is null and {{ parts[2] }} > 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

{% set period = ['metric', 'jurisdiction', 'period_kind', 'period_start', 'numerator'] -%}
{% set part = period + ['dimension', 'dimension_value'] -%}
{% set cohort = ['cohort_count', 'cohort_decided_count'] -%}
{{ as_measures('received', part + cohort) }}
{%- for counts in ['received_without_mass_incidents', 'received_closed_only', 'by_resolution_class',
    'officer_cases', 'alleged', 'alleged_called_complaints', 'by_finding'] %}
union all
{{ as_measures(counts, part + cohort) }}
{%- endfor %}
{%- for shares in ['identified', 'rates', 'naive_rates'] %}
union all
{{ as_measures(shares, part + cohort + ['denominator']) }}
{%- endfor %}
union all
{{ as_measures('open_now', part) }}
union all
{{ as_measures('closed', period) }}
