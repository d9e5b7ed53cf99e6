select
    items.jurisdiction,
    items.hearing_id,
    items.hearing_item_id,
    items.item_sequence,
    items.agenda_number,
    items.title,
    items.matter_file,
    items.matter_type,
    items.matter_status,
    items.action_local,
    items.is_case,
    case when withheld.complaint_id is null then items.complaint_id end as complaint_id,
    case when items.is_case then action.canonical end as case_action,
    items.has_passed,
    items.has_roll_call,
    cast(calls.called_count as integer) as called_count,
    cast(calls.present_count as integer) as present_count,
    items.source_table
from {{ ref('int_hearing_items__unioned') }} as items
left join {{ ref('int_roll_calls__counted') }} as calls
    on
        items.jurisdiction = calls.jurisdiction
        and items.hearing_item_id = calls.hearing_item_id
left join {{ ref('int_complaints__withheld') }} as withheld
    on
        items.jurisdiction = withheld.jurisdiction
        and items.complaint_id = withheld.complaint_id
{{ join_meaning('action', 'case_action', 'items', 'action_local') }}
