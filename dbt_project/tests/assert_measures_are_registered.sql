-- A number whose metric is not in the register would silently be left out of `measures`.
select
    measures.metric,
    count(*) as numbers_count
from {{ ref('int_measures__stacked') }} as measures
left join {{ source('pipeline', 'metrics') }} as metrics on measures.metric = metrics.metric
where metrics.metric is null
group by measures.metric
