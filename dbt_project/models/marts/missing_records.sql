with

days as (

    select
        source_table,
        sequence,
        valid_on as snapshot_date
    from {{ source('history', 'observations') }}

),

feeds as (

    select jurisdiction, source_table, feed, max(sequence) as last_sequence
    from {{ source('history', 'observations') }}
    group by jurisdiction, source_table, feed

),

records as (

    select
        absent.*,
        feeds.jurisdiction,
        feeds.feed,
        feeds.last_sequence,
        absent.state = 'withheld' or withheld.complaint_id is not null as is_withheld
    from {{ source('history', 'absent') }} as absent
    inner join feeds on absent.source_table = feeds.source_table
    left join {{ ref('int_complaints__withheld') }} as withheld
        on
            feeds.jurisdiction = withheld.jurisdiction
            and feeds.feed in ('complaints', 'allegations', 'bwc_reviews', 'reference')
            and absent.record_label = withheld.complaint_id

)

select
    records.record_id,
    records.jurisdiction,
    records.source_table,
    records.feed,
    case when not records.is_withheld then records.record_label end as record_label,
    case when records.is_withheld then 'withheld' else records.state end as record_state,
    case when not records.is_withheld then missed.snapshot_date end as missing_since_date,
    case when not records.is_withheld then seen.snapshot_date end as last_seen_date,
    case
        when not records.is_withheld
            then cast(records.last_sequence - records.missing_since_sequence + 1 as integer)
    end as snapshots_absent_count,
    case when not records.is_withheld then records.last_values end as last_values
from records
left join days as missed
    on
        records.source_table = missed.source_table
        and records.missing_since_sequence = missed.sequence
left join days as seen
    on
        records.source_table = seen.source_table
        and records.last_seen_sequence = seen.sequence
