with

items as (

    select
        items.jurisdiction,
        items.hearing_id,
        count(*) as items_count,
        count(*) filter (where items.has_roll_call or calls.called_count > 0)
            as roll_call_items_count,
        arg_min(calls.called_count, items.item_order) as called_count,
        arg_min(calls.present_count, items.item_order) as present_count,
        arg_min(calls.members_count, items.item_order) as members_count,
        arg_min(calls.members_present_count, items.item_order) as members_present_count
    from (
        select
            *,
            row_number() over (
                partition by jurisdiction, hearing_id
                order by item_sequence nulls last, hearing_item_id
            ) as item_order
        from {{ ref('int_hearing_items__unioned') }}
    ) as items
    left join {{ ref('int_roll_calls__counted') }} as calls
        on
            items.jurisdiction = calls.jurisdiction
            and items.hearing_item_id = calls.hearing_item_id
    group by items.jurisdiction, items.hearing_id

)

select
    hearings.* exclude (starts_at_utc),
    {{ starts_at_utc() }} as starts_at_utc,
    coalesce(items.items_count, 0) as items_count,
    coalesce(items.roll_call_items_count, 0) as roll_call_items_count,
    items.called_count,
    items.present_count,
    items.members_count,
    items.members_present_count,
    case
        when hearings.status_local is not null then status.canonical
        when hearings.minutes_published_at is not null or items.called_count > 0 then 'held'
        when hearings.agenda_published_at is not null then 'noticed'
        else 'scheduled'
    end as hearing_status,
    {{ hours_between('hearings.agenda_published_at', starts_at_utc()) }}
        as notice_hours
from {{ ref('int_hearings__unioned') }} as hearings
left join items
    on hearings.jurisdiction = items.jurisdiction and hearings.hearing_id = items.hearing_id
left join {{ ref('int_time_zones__declared') }} as zones
    on hearings.jurisdiction = zones.jurisdiction
{{ join_meaning('status', 'hearing_status', 'hearings', 'status_local') }}
