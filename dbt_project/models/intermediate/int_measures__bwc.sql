-- How cameras were used, and how requests for footage were answered. A share over review lines
-- stands for one way of choosing reviews only; lines that state none take part in no share.
{% set kinds = [
    'failed_to_activate', 'late_activation', 'early_deactivation', 'no_notification', 'obstructed',
    'muted', 'miscategorised', 'not_worn', 'not_uploaded',
] %}
{% set bases = {
    'bwc_request_turnaround_median': 'calendar_days',
    'bwc_request_turnaround_business_median': 'business_days',
} %}
with

lines as (

    select
        *,
        footage in ('recorded', 'partly_recorded') as is_recorded,
        footage in ('recorded', 'partly_recorded', 'not_recorded', 'not_retained') as is_required,
        coalesce(footage, 'unknown') = 'unknown' and violations_count > 0 as tells_only_of_lapse
    from {{ ref('bwc_reviews') }}

),

-- shares of review lines

lines_by_year as (

    select
        jurisdiction,
        bwc_sampling,
        {{ year_of('reviewed_date') }} as period_start,
        {%- for kind in kinds %}
        count(*) filter (where has_{{ kind }}) as {{ kind }},
        {%- endfor %}
        count(*) filter (where violations_count > 0) as any_violation,
        count(*) filter (where is_required) as required,
        count(*) filter (where is_recorded) as recorded,
        count(*) as rated
    from lines
    where is_required or tells_only_of_lapse
    group by all

),

lines_by_period as (

    select
        jurisdiction,
        bwc_sampling,
        period_start,
        {{ period_kind_of('period_start') }} as period_kind,
        {%- for kind in kinds %}
        sum({{ kind }}) as {{ kind }},
        {%- endfor %}
        sum(any_violation) as any_violation,
        sum(required) as required,
        sum(recorded) as recorded,
        sum(rated) as rated
    from lines_by_year
    where bwc_sampling is not null
    group by
        grouping sets ((jurisdiction, bwc_sampling), (jurisdiction, bwc_sampling, period_start))
    having grouping(period_start) = 1 or period_start is not null

),

-- A log that has no word for a kind of violation cannot tell that there was none.
words_of_a_log as (

    select distinct
        cities.jurisdiction,
        words.canonical as kind
    from (select distinct jurisdiction from lines_by_period) as cities
    inner join {{ ref('int_vocabulary__dated') }} as words
        on
            words.field = 'violation'
            and words.canonical is not null
            and words.jurisdiction in (cities.jurisdiction, '*')
            and (words.jurisdiction != '*' or cities.jurisdiction not in (
                select own.jurisdiction
                from {{ ref('int_vocabulary__dated') }} as own
                where own.field = 'violation'
            ))

),

line_shares as (

    {%- for metric, parts in {
        'bwc_footage_share': ['recorded', 'required'],
        'bwc_any_violation_share': ['any_violation', 'rated'],
    }.items() %}
    select
        '{{ metric }}' as metric,
        jurisdiction,
        period_kind,
        period_start,
        'bwc_sampling' as dimension,
        bwc_sampling as dimension_value,
        {{ parts[0] }} as numerator,
        {{ parts[1] }} as denominator
    from lines_by_period
    union all
    {%- endfor %}
    {%- for kind in kinds %}
    select
        'bwc_{{ kind }}_share' as metric,
        jurisdiction,
        period_kind,
        period_start,
        'bwc_sampling' as dimension,
        bwc_sampling as dimension_value,
        {{ kind }} as numerator,
        rated as denominator
    from lines_by_period
    where
        jurisdiction in (
            select words.jurisdiction
            from words_of_a_log as words
            where words.kind = '{{ kind }}'
        )
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

lines_not_sampled as (

    select
        'bwc_lines_without_sampling' as metric,
        jurisdiction,
        'all' as period_kind,
        sum(case when bwc_sampling is null then rated else 0 end) as numerator
    from lines_by_year
    group by jurisdiction

),

-- complaints of which recordings were sought

complaints_reviewed as (

    select
        jurisdiction,
        complaint_id,
        bool_or(is_recorded) as has_footage,
        {{ year_of('min(reviewed_date)') }} as period_start
    from lines
    where
        bwc_sampling = 'complaint_driven'
        and complaint_id is not null
        and coalesce(footage, 'unknown') != 'unknown'
    group by jurisdiction, complaint_id

),

relevance as (

    select
        'bwc_relevance_share' as metric,
        jurisdiction,
        {{ period_kind_of('period_start') }} as period_kind,
        period_start,
        count(*) filter (where has_footage) as numerator,
        count(*) as denominator
    from complaints_reviewed
    group by grouping sets ((jurisdiction), (jurisdiction, period_start))
    having grouping(period_start) = 1 or period_start is not null

),

merits as (

    select
        'bwc_merits_rate' as metric,
        reviewed.jurisdiction,
        'all' as period_kind,
        'bwc_footage' as dimension,
        case when reviewed.has_footage then 'with_footage' else 'without_footage' end
            as dimension_value,
        count(*) filter (where complaints.resolution_class = 'investigated') as numerator,
        count(*) as denominator
    from complaints_reviewed as reviewed
    inner join {{ ref('complaints') }} as complaints
        on
            reviewed.jurisdiction = complaints.jurisdiction
            and reviewed.complaint_id = complaints.complaint_id
    where not {{ is_open('complaints.status') }} and complaints.resolution_class != 'void'
    group by reviewed.jurisdiction, reviewed.has_footage

),

-- requests for footage

requests as (

    select
        jurisdiction,
        requested_year as period_start,
        {{ period_kind_of('requested_year') }} as period_kind,
        sum(requests_count) as cohort_count,
        coalesce(sum(requests_count) filter (where outcome not in ('open', 'not_stated')), 0)
            as answered,
        coalesce(sum(requests_count) filter (where outcome = 'fulfilled'), 0) as fulfilled,
        coalesce(sum(requests_count) filter (where outcome = 'false_negative'), 0)
            as false_negative,
        coalesce(sum(requests_count) filter (where outcome = 'open'), 0) as still_open,
        coalesce(sum(requests_count) filter (where outcome = 'open' and calendar_days >= 0), 0)
            as open_and_dated,
        coalesce(sum(requests_count) filter (where outcome = 'open' and calendar_days > 90), 0)
            as open_over_90,
        coalesce(sum(requests_count) filter (where outcome != 'open' and calendar_days >= 0), 0)
            as ended,
        coalesce(sum(requests_count * calendar_days) filter (where outcome != 'open'), 0)
            as days_of_ended
    from {{ ref('int_bwc_requests__waited') }}
    group by grouping sets ((jurisdiction), (jurisdiction, requested_year))
    having grouping(requested_year) = 1 or requested_year is not null

),

request_measures as (

    {%- for metric, part in {
        'bwc_request_fulfilled_share': 'fulfilled',
        'bwc_false_negative_share': 'false_negative',
    }.items() %}
    select
        '{{ metric }}' as metric,
        jurisdiction,
        period_kind,
        period_start,
        {{ part }} as numerator,
        answered as denominator,
        cohort_count,
        cohort_count - still_open as cohort_decided_count
    from requests
    union all
    {%- endfor %}
    select
        'bwc_requests_open' as metric,
        jurisdiction,
        period_kind,
        period_start,
        still_open as numerator,
        null as denominator,
        null as cohort_count,
        null as cohort_decided_count
    from requests
    where period_kind = 'all'
    union all
    select
        'bwc_requests_over_90_days_share' as metric,
        jurisdiction,
        period_kind,
        period_start,
        open_over_90 as numerator,
        open_and_dated as denominator,
        null as cohort_count,
        null as cohort_decided_count
    from requests
    where period_kind = 'all'
    union all
    select
        'bwc_request_turnaround_mean_answered' as metric,
        jurisdiction,
        period_kind,
        period_start,
        days_of_ended as numerator,
        ended as denominator,
        null as cohort_count,
        null as cohort_decided_count
    from requests

),

-- turnaround: open requests wait with the others

waits as (

    {%- for metric, days in bases.items() %}
    select
        '{{ metric }}' as metric,
        jurisdiction,
        requested_year as period_start,
        {{ period_kind_of('requested_year') }} as period_kind,
        {{ days }} as days,
        case when outcome != 'open' then 'footage' end as event,
        sum(requests_count) as cases
    from {{ ref('int_bwc_requests__waited') }}
    where {{ days }} is not null
    group by
        grouping sets (
            (jurisdiction, {{ days }}, outcome),
            (jurisdiction, requested_year, {{ days }}, outcome)
        )
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

steps as (

    {{ survival_steps('waits', groups=['metric', 'jurisdiction', 'period_kind', 'period_start'],
        cases='cases') | indent(4) }}

),

turnaround as (

    select
        metric,
        jurisdiction,
        period_kind,
        period_start,
        {{ survival_quantile(0.5) }} as estimate,
        {{ survival_quantile_lower(0.5) }} as estimate_lower,
        {{ survival_quantile_upper(0.5) }} as estimate_upper,
        max(at_risk_count) as denominator,
        max(at_risk_count) as cohort_count,
        sum(ended_count) as cohort_decided_count
    from steps
    group by metric, jurisdiction, period_kind, period_start

),

-- audits by supervisors

audits as (

    select
        jurisdiction,
        {{ year_of('audit_month') }} as period_start,
        audit_sample,
        sum(audits_met_count) as met,
        sum(audits_due_reported_count) as due,
        sum(not_reported_count) as not_reported,
        sum(supervisor_months_count) as supervisor_months
    from {{ ref('int_bwc_audits__counted') }}
    group by all

),

audit_shares as (

    {%- for metric, parts in {
        'bwc_audits_done_share': ['met', 'due'],
        'bwc_audits_not_reported_share': ['not_reported', 'supervisor_months'],
    }.items() %}
    select
        '{{ metric }}' as metric,
        jurisdiction,
        {{ period_kind_of('period_start') }} as period_kind,
        period_start,
        case when grouping(audit_sample) = 0 then 'audit_sample' end as dimension,
        audit_sample as dimension_value,
        sum({{ parts[0] }}) as numerator,
        sum({{ parts[1] }}) as denominator
    from audits
    group by
        grouping sets (
            (jurisdiction), (jurisdiction, period_start),
            (jurisdiction, audit_sample), (jurisdiction, period_start, audit_sample)
        )
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

{% set period = ['metric', 'jurisdiction', 'period_kind', 'period_start'] -%}
{% set part = ['dimension', 'dimension_value'] -%}
{% set share = ['numerator', 'denominator'] -%}
{% set estimate = ['estimate', 'estimate_lower', 'estimate_upper'] -%}
{% set cohort = ['cohort_count', 'cohort_decided_count'] -%}
{{ as_measures('line_shares', period + part + share) }}
union all
{{ as_measures('lines_not_sampled', ['metric', 'jurisdiction', 'period_kind', 'numerator']) }}
union all
{{ as_measures('relevance', period + share) }}
union all
{{ as_measures('merits', ['metric', 'jurisdiction', 'period_kind'] + part + share) }}
union all
{{ as_measures('request_measures', period + share + cohort) }}
union all
{{ as_measures('turnaround', period + ['denominator'] + estimate + cohort) }}
union all
{{ as_measures('audit_shares', period + part + share) }}
