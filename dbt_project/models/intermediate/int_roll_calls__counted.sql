{{ config(materialized='table') }}

select
    calls.jurisdiction,
    calls.hearing_item_id,
    count(*) as called_count,
    count(*) filter (where attendance.canonical = 'present') as present_count,
    count(distinct if(attendance.canonical = 'present', calls.member_key, null))
        as members_present_count,
    count(distinct if(attendance.canonical = 'vacant', null, calls.member_key)) as members_count
from {{ ref('int_roll_calls__unioned') }} as calls
{{ join_meaning('attendance', 'attendance', 'calls', 'attendance_local') }}
group by calls.jurisdiction, calls.hearing_item_id
