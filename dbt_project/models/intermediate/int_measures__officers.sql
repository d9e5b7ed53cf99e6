-- How cases spread over officers, and how many allegations are against nobody known.
with

groups as (

    select
        jurisdiction,
        window_name,
        max(all_cases_count) as cases_count,
        max(all_officers_count) as officers_count,
        sum(case when cases_per_officer >= 1 then officers_count end) as named_officers,
        sum(case when cases_per_officer >= 2 then officers_count end) as repeat_officers,
        -- of the officers at each number of cases, as many as belong to the top twentieth
        sum(cases_per_officer * greatest(0, least(
            officers_count, 0.05 * all_officers_count - officers_with_more
        ))) as top_cases,
        sum(cases_per_officer * greatest(0, least(
            expected_officers_count, 0.05 * all_officers_count - expected_officers_with_more
        ))) as expected_top_cases
    from {{ ref('int_officers__spread') }}
    group by jurisdiction, window_name

),

concentrations as (

    select
        'officer_cases_per_officer' as metric,
        *,
        cases_count as numerator,
        named_officers as denominator,
        null as estimate
    from groups
    union all
    select
        'officers_with_repeat_cases_share',
        *,
        repeat_officers,
        named_officers,
        null
    from groups
    union all
    select
        'top_5_percent_share',
        *,
        null,
        officers_count,
        100.0 * top_cases / cases_count
    from groups
    union all
    select
        'expected_top_5_percent_share',
        *,
        null,
        officers_count,
        100.0 * expected_top_cases / cases_count
    from groups

),

identified as (

    select
        'unidentified_officer_share' as metric,
        jurisdiction,
        {{ year_of('received_date') }} as period_start,
        count(*) filter (where officer_key is null) as numerator,
        count(*) as denominator
    from {{ ref('int_allegations__harmonised') }}
    where
        resolution_class is distinct from 'void'
        and jurisdiction in (
            select known.jurisdiction
            from {{ ref('int_allegations__harmonised') }} as known
            where known.officer_key is not null
        )
    group by all

),

unidentified as (

    select
        metric,
        jurisdiction,
        period_start,
        {{ period_kind_of('period_start') }} as period_kind,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from identified
    group by grouping sets ((metric, jurisdiction), (metric, jurisdiction, period_start))
    having grouping(period_start) = 1 or period_start is not null

),

told as (

    select
        metric,
        jurisdiction,
        'all' as period_kind,
        null as period_start,
        case when window_name != 'all_years' then 'window' end as dimension,
        case when window_name != 'all_years' then window_name end as dimension_value,
        numerator,
        denominator,
        estimate
    from concentrations
    union all
    select
        metric,
        jurisdiction,
        period_kind,
        period_start,
        null,
        null,
        numerator,
        denominator,
        null
    from unidentified

)

{{ as_measures('told', ['metric', 'jurisdiction', 'period_kind', 'period_start', 'dimension',
    'dimension_value', 'numerator', 'denominator', 'estimate']) }}
