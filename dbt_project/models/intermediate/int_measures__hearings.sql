-- Notice, attendance, outcomes and minutes of public hearings. Only hearings whose day has come
-- take part, and none that was put off to another day: it counts on that day.
{% set sums = {
    'listed': 'count(*)',
    'cancelled': "count(*) filter (where hearing_status = 'cancelled')",
    'quorum_known': 'count(is_quorate) filter (where quorum_count > 0)',
    'quorate': 'count(*) filter (where is_quorate)',
    'seats': 'sum(seats_count) filter (where members_count > 0)',
    'seated': 'sum(members_count) filter (where seats_count > 0)',
    'present': 'sum(members_present_count) filter (where seats_count > 0)',
    'changes_seen': 'count(is_agenda_changed_after)',
    'changed': 'count(*) filter (where is_agenda_changed_after)',
    'minutes_ruled': "count(*) filter (where minutes_state in ('met', 'missed', 'late_edition'))",
    'minutes_late': "count(*) filter (where minutes_state in ('missed', 'late_edition'))",
    'minutes_out': 'count(minutes_days) filter (where is_met)',
    'days_to_minutes': 'sum(minutes_days) filter (where is_met)',
    'cases': 'sum(cases_on_agenda_count)',
    'heard': 'sum(cases_heard_count)',
    'decided': 'sum(cases_decided_count)',
    'deferred': 'sum(cases_deferred_count)',
    'linked': 'sum(decisions_linked_count)',
} %}
{% set by_period = [
    'agenda_changed_after_share', 'minutes_late_share', 'minutes_days_mean_published',
    'decisions_linked_share',
] %}
with

hearings as (

    select
        *,
        {{ year_of('starts_at') }} as period_start,
        hearing_status in ('held', 'noticed', 'scheduled') as is_met
    from {{ ref('hearing_compliance') }}
    where cast(starts_at as date) <= as_of_date and hearing_status != 'rescheduled'

),

counted as (

    select
        jurisdiction,
        period_start,
        {%- for name, expression in sums.items() %}
        coalesce({{ expression }}, 0) as {{ name }},
        {%- endfor %}
        {{ period_kind_of('period_start') }} as period_kind,
        case when grouping(body_name) = 0 then 'body_name' end as dimension,
        case when grouping(body_name) = 0 then coalesce(body_name, 'not_stated') end
            as dimension_value
    from hearings
    group by
        grouping sets ((jurisdiction), (jurisdiction, period_start), (jurisdiction, body_name))

),

shares as (

    {%- for metric, parts in {
        'hearings_cancelled_share': ['cancelled', 'listed'],
        'quorum_met_share': ['quorate', 'quorum_known'],
        'attendance_share_of_seats': ['present', 'seats'],
        'attendance_share_of_members': ['present', 'seated'],
        'agenda_changed_after_share': ['changed', 'changes_seen'],
        'minutes_late_share': ['minutes_late', 'minutes_ruled'],
        'minutes_days_mean_published': ['days_to_minutes', 'minutes_out'],
        'decisions_linked_share': ['linked', 'decided'],
    }.items() %}
    select
        '{{ metric }}' as metric,
        jurisdiction,
        period_kind,
        period_start,
        dimension,
        dimension_value,
        {{ parts[0] }} as numerator,
        {{ parts[1] }} as denominator
    from counted
    where {{ parts[1] }} > 0{% if metric in by_period %} and dimension is null{% endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

reasons as (

    select
        jurisdiction,
        period_start,
        {{ period_kind_of('period_start') }} as period_kind,
        cancellation_reason,
        count(*) as cancelled
    from hearings
    where hearing_status = 'cancelled'
    group by
        grouping sets (
            (jurisdiction, cancellation_reason), (jurisdiction, cancellation_reason, period_start)
        )

),

cancellations as (

    select
        'hearings_cancelled_share' as metric,
        reasons.jurisdiction,
        reasons.period_kind,
        reasons.period_start,
        'cancellation_reason' as dimension,
        reasons.cancellation_reason as dimension_value,
        reasons.cancelled as numerator,
        counted.listed as denominator
    from reasons
    inner join counted
        on
            reasons.jurisdiction = counted.jurisdiction
            and reasons.period_kind = counted.period_kind
            and reasons.period_start is not distinct from counted.period_start
    where counted.dimension is null

),

case_counts as (

    {%- for metric, column in {
        'cases_on_agenda': 'cases',
        'cases_heard': 'heard',
        'cases_decided': 'decided',
        'cases_deferred': 'deferred',
    }.items() %}
    select
        '{{ metric }}' as metric,
        jurisdiction,
        period_kind,
        period_start,
        {{ column }} as numerator
    from counted
    where cases > 0 and dimension is null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- notice, apart by how it is known

notices as (

    select
        *,
        hearing_status != 'cancelled' and notice_hours is not null as is_timed
    from hearings
    where notice_basis is not null

),

notice as (

    select
        jurisdiction,
        {{ period_kind_of('period_start') }} as period_kind,
        period_start,
        'notice_basis' as dimension,
        notice_basis as dimension_value,
        count(*) filter (where notice_state = 'met') as met,
        count(*) filter (where notice_state in ('met', 'missed', 'late_edition')) as ruled,
        count(*) filter (where is_timed) as timed,
        median(cast(notice_hours as double)) filter (where is_timed) as hours
    from notices
    group by
        grouping sets ((jurisdiction, notice_basis), (jurisdiction, notice_basis, period_start))

),

notice_measures as (

    select
        'notice_met_share' as metric,
        jurisdiction,
        period_kind,
        period_start,
        dimension,
        dimension_value,
        met as numerator,
        ruled as denominator,
        null as estimate
    from notice
    where ruled > 0
    union all
    select
        'notice_hours_median' as metric,
        jurisdiction,
        period_kind,
        period_start,
        dimension,
        dimension_value,
        null as numerator,
        timed as denominator,
        hours as estimate
    from notice
    where timed > 0

),

-- minutes: meetings that still have none wait with the others

waits as (

    {%- for kind, start in {'all': 'cast(null as date)', 'calendar_year': 'period_start'}.items() %}
    select
        jurisdiction,
        '{{ kind }}' as period_kind,
        {{ start }} as period_start,
        coalesce(minutes_days, {{ days_between('cast(starts_at as date)', 'as_of_date') }})
            as days,
        case when minutes_days is not null then 'out' end as event
    from hearings
    where is_met and minutes_state != 'unknown'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

steps as (
    {{ survival_steps('waits', groups=['jurisdiction', 'period_kind', 'period_start']) }}
),

minutes as (

    select
        'minutes_days_median' as metric,
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
    group by jurisdiction, period_kind, period_start

)

{% set period = ['metric', 'jurisdiction', 'period_kind', 'period_start'] -%}
{% set part = ['dimension', 'dimension_value'] -%}
{{ as_measures('shares', period + part + ['numerator', 'denominator']) }}
union all
{{ as_measures('cancellations', period + part + ['numerator', 'denominator']) }}
union all
{{ as_measures('case_counts', period + ['numerator']) }}
union all
{{ as_measures('notice_measures', period + part + ['numerator', 'denominator', 'estimate']) }}
union all
{{ as_measures('minutes', period + [
    'estimate', 'estimate_lower', 'estimate_upper', 'denominator', 'cohort_count',
    'cohort_decided_count',
]) }}
