select
    jurisdiction,
    hearing_id,
    body_name,
    starts_at,
    location,
    hearing_status,
    status_local,
    notice_hours,
    cast(items_count as integer) as items_count,
    cast(roll_call_items_count as integer) as roll_call_items_count,
    cast(called_count as integer) as called_count,
    cast(present_count as integer) as present_count,
    agenda_published_at,
    minutes_published_at,
    minutes_status_local,
    source_url,
    source_table
from {{ ref('int_hearings__harmonised') }}
