{{ config(materialized='table') }}

select
    calls.jurisdiction,
    calls.hearing_item_id,
    count(*) as called_count,
    count(*) filter (where attendance.canonical = 'present') as present_count
from {{ ref('int_roll_calls__unioned') }} as calls
{{ join_meaning('attendance', 'attendance', 'calls', 'attendance_local') }}
group by calls.jurisdiction, calls.hearing_item_id
