with

snapshots as (

    select source_table, count(*) as snapshots_count
    from {{ source('history', 'observations') }}
    group by source_table

)

select
    feeds.jurisdiction,
    feeds.jurisdiction_title,
    feeds.is_invented,
    feeds.source_table,
    feeds.feed,
    feeds.description,
    feeds.publisher,
    feeds.license,
    feeds.landing_page,
    feeds.cadence,
    feeds.as_of as as_of_date,
    feeds.as_of + feeds.freshness_days as stale_after_date,
    feeds.population,
    feeds.coverage_exclusions,
    feeds.is_online,
    feeds.verified_on as verified_date,
    feeds.update_mode,
    feeds.update_why,
    feeds.tombstone_since as tombstone_date,
    feeds.tombstone_why,
    feeds.is_absent,
    feeds.received as received_count,
    feeds.loaded as loaded_count,
    feeds.quarantined as quarantined_count,
    feeds.dropped_identical as dropped_identical_count,
    feeds.withheld_band,
    cast(coalesce(snapshots.snapshots_count, 0) as integer) as snapshots_count,
    nullif(trim(concat(
        case
            when not followed.has_key
                then
                    'Its rows have no number of their own and are known by their content: a row '
                    || 'that was changed counts as one removed and one added, and of rows that '
                    || 'are equal nobody can tell which one is gone. '
            else ''
        end,
        case
            when not followed.shows_revisions
                then 'Only how many rows changed is published, not which.'
            else ''
        end
    )), '') as revisions_note
from {{ source('pipeline', 'feeds') }} as feeds
left join snapshots
    on feeds.source_table = snapshots.source_table
left join {{ source('history', 'feeds') }} as followed
    on feeds.source_table = followed.source_table
