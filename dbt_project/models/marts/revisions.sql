-- A complaint that any source calls expunged or sealed has no history either. Its own source
-- withholds it before this; here it is found by the number that the agencies share.
with

withheld as (

    select jurisdiction, complaint_id from {{ ref('int_complaints__withheld') }}

),

changes as (

    select
        observations.jurisdiction,
        observations.feed,
        observations.fetched_at,
        observations.snapshot_id,
        observations.previous_snapshot_id,
        changes.*
    from {{ source('history', 'changes') }} as changes
    inner join {{ source('history', 'observations') }} as observations
        on
            changes.source_table = observations.source_table
            and changes.sequence = observations.sequence
    left join withheld
        on
            observations.jurisdiction = withheld.jurisdiction
            and observations.feed in ('complaints', 'allegations', 'bwc_reviews', 'reference')
            and changes.record_label = withheld.complaint_id
    where withheld.complaint_id is null

)

select
    left(
        md5(concat(source_table, '|', sequence, '|', record_id, '|', coalesce(column_name, ''))),
        16
    ) as revision_id,
    jurisdiction,
    source_table,
    feed,
    record_id,
    record_label,
    change_kind,
    change_kind not in ('recoded', 'key_migrated', 'reformatted') as is_substantive,
    column_name,
    old_value,
    new_value,
    fetched_at as first_seen_at,
    sequence as snapshot_sequence,
    snapshot_id,
    previous_snapshot_id
from changes
