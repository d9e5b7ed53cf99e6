-- For each metric and jurisdiction, the practices of today, and whether they must agree.
{%- set aspects = comparison_aspects() %}
with

aspects as (

    {% for aspect in aspects -%}
    select
        '{{ aspect }}' as aspect,
        {{ loop.index }} as place
    {{ "union all" if not loop.last }}
    {% endfor %}

),

metrics as (

    select
        metric,
        feed,
        must_agree,
        not_valid_for,
        comparability_hash
    from {{ source('pipeline', 'metrics') }}
    where not is_naive

),

-- Whoever reads a feed, or has practices of it on record, can be asked about its numbers.
sides as (

    select
        metrics.metric,
        practices.jurisdiction
    from metrics
    inner join {{ ref('practices') }} as practices
        on {{ is_listed('metrics.feed', 'practices.feeds') }}
    union distinct
    select
        metrics.metric,
        feeds.jurisdiction
    from metrics
    inner join {{ source('pipeline', 'feeds') }} as feeds on metrics.feed = feeds.feed
    where not feeds.is_absent

)

select
    sides.metric,
    sides.jurisdiction,
    aspects.aspect,
    aspects.place,
    metrics.comparability_hash,
    {{ is_listed('aspects.aspect', 'metrics.must_agree') }} as is_required,
    nullif(practices.practice, 'not_stated') as practice,
    practices.valid_from,
    coalesce(
        aspects.aspect = 'population'
        and {{ is_listed('practices.practice', 'metrics.not_valid_for') }},
        false
    ) or disabled.metric is not null as is_invalid
from sides
inner join metrics on sides.metric = metrics.metric
cross join aspects
left join {{ ref('practices') }} as practices
    on
        sides.jurisdiction = practices.jurisdiction
        and aspects.aspect = practices.aspect
        and practices.valid_to is null
        and {{ is_listed('metrics.feed', 'practices.feeds') }}
left join {{ ref('int_metrics__disabled') }} as disabled
    on sides.metric = disabled.metric and sides.jurisdiction = disabled.jurisdiction
