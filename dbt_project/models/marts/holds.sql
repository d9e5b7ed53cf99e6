select
    hold_id,
    jurisdiction,
    source_table,
    kinds,
    told as explanation,
    snapshot_id,
    last_good_snapshot_id,
    opened_at,
    state as decision,
    decided_at,
    decided_by,
    reason
from {{ source('history', 'holds') }}
