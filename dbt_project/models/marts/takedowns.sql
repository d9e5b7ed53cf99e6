select
    takedown_id,
    takedown_date,
    jurisdiction,
    source_table,
    reason,
    records_count,
    releases_reissued_count
from {{ source('pipeline', 'takedowns') }}
