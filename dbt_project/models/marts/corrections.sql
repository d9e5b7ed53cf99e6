select
    entries.correction_id,
    entries.correction_date,
    entries.jurisdiction,
    entries.table_name,
    entries.what_was_wrong,
    entries.what_was_done,
    entries.first_release,
    entries.reported_by
from {{ ref('correction_log') }} as entries
where
    entries.jurisdiction in (
        select feeds.jurisdiction from {{ source('pipeline', 'feeds') }} as feeds
    )
