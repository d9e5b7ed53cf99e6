-- Metrics that a jurisdiction's own choice of records makes wrong: none of their numbers is shown.
with

populations as (

    select distinct
        jurisdiction,
        feed,
        population
    from {{ ref('int_feeds__measured') }}

)

select
    metrics.metric,
    populations.jurisdiction,
    min(populations.population) as population
from {{ source('pipeline', 'metrics') }} as metrics
inner join populations on metrics.feed = populations.feed
where ',' || metrics.not_valid_for || ',' like '%,' || populations.population || ',%'
group by metrics.metric, populations.jurisdiction
