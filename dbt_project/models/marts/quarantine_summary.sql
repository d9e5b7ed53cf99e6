select
    jurisdiction,
    source_table,
    reason,
    column_name,
    count(*) as rows_count
from {{ source('pipeline', 'quarantine') }}
group by all
