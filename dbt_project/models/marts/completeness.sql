-- What each source holds, as one statement, and the numbers that it cannot give.
with

disabled as (

    select
        feeds.source_table,
        count(*) as disabled_metrics_count,
        {{ listed("metrics.metric", "metrics.metric") }} as disabled_metrics
    from {{ source('pipeline', 'feeds') }} as feeds
    inner join {{ source('pipeline', 'metrics') }} as metrics
        on
            feeds.feed = metrics.feed
            and {{ is_listed('feeds.population', 'metrics.not_valid_for') }}
    where not feeds.is_absent and not metrics.is_naive
    group by feeds.source_table

)

select
    feeds.jurisdiction,
    feeds.source_table,
    feeds.feed,
    feeds.population,
    feeds.population = 'all' as is_whole,
    feeds.coverage_exclusions,
    cast(coalesce(disabled.disabled_metrics_count, 0) as integer) as disabled_metrics_count,
    disabled.disabled_metrics,
    case
        when feeds.is_absent then 'This site does not read it, so it has no rows here.'
        else concat(
            {{ population_told('feeds.population') }},
            '.',
            ' ' || nullif(feeds.coverage_exclusions, ''),
            ' Of ' || feeds.received || ' rows received, ' || feeds.loaded || ' are used, '
            || feeds.quarantined || ' could not be read and '
            || feeds.dropped_identical || ' were repeats. Besides, withheld as expunged, sealed or '
            || 'deleted: ' || feeds.withheld_band || '.',
            ' Race, sex and age of people stand beside no record; protected counts of people '
            || 'have a table of their own.',
            ' Numbers that would be wrong and are not shown: ' || disabled.disabled_metrics || '.'
        )
    end as statement
from {{ source('pipeline', 'feeds') }} as feeds
left join disabled on feeds.source_table = disabled.source_table
