-- What became of the board's recommendations, by the year in which the complaint was received.
{% set shares = {
    'concurrence_same_share': ['same_cases', 'compared_cases'],
    'concurrence_lower_share': ['lower_cases', 'compared_cases'],
    'concurrence_higher_share': ['higher_cases', 'compared_cases'],
    'concurrence_none_imposed_share': ['none_imposed_cases', 'compared_cases'],
    'discipline_undecided_share': ['undecided_cases', 'decidable_cases'],
    'no_penalty_share_of_decided': ['no_penalty_cases', 'decided_cases'],
    'no_penalty_share_of_all': ['no_penalty_cases', 'all_cases'],
    'penalty_standing_share': ['standing_cases', 'final_cases'],
    'penalty_imposed_share_before_appeal': ['imposed_cases', 'final_cases'],
} %}
{% set counts = {
    'discipline_officer_cases': 'all_cases',
    'discipline_decidable_cases': 'compared_cases',
    'discipline_not_decidable_cases': 'not_decidable_cases',
} %}
with

cases as (

    select
        *,
        make_date(received_year, 1, 1) as year_start,
        cast(extract(year from chief_decision_date) as varchar) as chief_decision_year,
        -- decided on a penalty, whether or not the board had recommended one
        coalesce(not_decidable_reason, 'no_recommendation') = 'no_recommendation' as is_decidable,
        -- appeals are judged where the source tells of any
        count(appeal_decision) over (partition by jurisdiction) > 0 as tells_of_appeals
    from {{ ref('discipline_outcomes') }}

),

counted as (

    select
        cases.jurisdiction,
        cases.year_start as period_start,
        case
            when grouping(cases.board_recommended_local) = 0 then 'board_recommended_local'
            when grouping(cases.chief_decision_year) = 0 then 'chief_decision_year'
        end as dimension,
        coalesce(cases.board_recommended_local, cases.chief_decision_year) as dimension_value,
        {{ period_kind_of('cases.year_start') }} as period_kind,
        grouping(cases.chief_decision_year) = 0 as is_by_decision,
        bool_or(cases.tells_of_appeals) as tells_of_appeals,
        count(*) as all_cases,
        count(*) filter (where cases.concurrence = 'same') as same_cases,
        count(*) filter (where cases.concurrence = 'lower') as lower_cases,
        count(*) filter (where cases.concurrence = 'higher') as higher_cases,
        count(*) filter (where cases.concurrence = 'none_imposed') as none_imposed_cases,
        count(*) filter (where cases.concurrence not in ('pending', 'not_decidable'))
            as compared_cases,
        count(*) filter (where cases.concurrence = 'not_decidable') as not_decidable_cases,
        count(*) filter (where cases.concurrence = 'pending') as undecided_cases,
        count(*) filter (where cases.is_decidable) as decidable_cases,
        count(*) filter (where cases.is_decidable and cases.concurrence != 'pending')
            as decided_cases,
        count(*) filter (where cases.is_decidable and cases.chief_severity = 0)
            as no_penalty_cases,
        count(cases.final_severity_after_appeal) as final_cases,
        count(*) filter (where cases.final_severity_after_appeal > 0) as standing_cases,
        count(*) filter (where cases.final_severity_after_appeal >= 0 and cases.chief_severity > 0)
            as imposed_cases
    from cases
    group by grouping sets (
        (cases.jurisdiction),
        (cases.jurisdiction, cases.year_start),
        (cases.jurisdiction, cases.board_recommended_local),
        (cases.jurisdiction, cases.chief_decision_year)
    )

),

named as (

    select *
    from counted
    where
        (period_kind = 'all' or period_start is not null)
        and (dimension is null or dimension_value is not null)

),

told as (

    {%- for metric, parts in shares.items() %}
    select
        '{{ metric }}' as metric,
        *,
        {{ parts[0] }} as numerator,
        {{ parts[1] }} as denominator
    from named
    -- what is decided has a year of decision; what is not has none
    where
        ({{ parts[1] in ('compared_cases', 'decided_cases') }} or not is_by_decision)
        and ({{ parts[1] != 'final_cases' }} or tells_of_appeals)
    union all
    {%- endfor %}
    {%- for metric, part in counts.items() %}
    select
        '{{ metric }}' as metric,
        *,
        {{ part }} as numerator,
        null as denominator
    from named
    where not is_by_decision
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

matured as (

    select
        *,
        case when not is_by_decision then decidable_cases end as cohort_count,
        decided_cases as cohort_decided_count
    from told

)

{{ as_measures('matured', ['metric', 'jurisdiction', 'period_kind', 'period_start', 'dimension',
    'dimension_value', 'numerator', 'denominator', 'cohort_count', 'cohort_decided_count']) }}
