-- What can be shown of the notice, the quorum and the minutes of each hearing, and what cannot.
with

looks as (

    select
        source_table,
        max(valid_on) as last_day
    from {{ source('history', 'observations') }}
    group by source_table

),

facts as (

    select
        hearings.*,
        cast(hearings.starts_at as date) as start_day,
        reasons.canonical as cancellation_reason,
        zones.time_zone,
        feeds.state,
        coalesce(feeds.as_of, looks.last_day) as as_of_date
    from {{ ref('int_hearings__harmonised') }} as hearings
    left join {{ source('pipeline', 'feeds') }} as feeds
        on hearings.source_table = feeds.source_table
    left join looks on hearings.source_table = looks.source_table
    left join {{ ref('int_time_zones__declared') }} as zones
        on hearings.jurisdiction = zones.jurisdiction
    {{ join_meaning('reasons', 'cancellation_reason', 'hearings', 'cancellation_local') }}

),

ruled as (

    select
        facts.*,
        bodies.seats,
        bodies.quorum,
        {%- for rule in ['notice_hours', 'minutes_days'] %}
        case when own.jurisdiction is null then states.{{ rule }} else own.{{ rule }} end
            as {{ rule }}_rule,
        {%- endfor %}
        facts.agenda_published_at <= facts.starts_at_utc as is_out_by_publisher,
        facts.agenda_published_at is not null and seen.agenda_seen_at is not null as is_own_sight,
        facts.agenda_published_at between seen.agenda_not_seen_at and seen.agenda_seen_at
            as is_stamped_between_looks,
        seen.agenda_seen_at,
        seen.agenda_not_seen_at,
        seen.agenda_changed_at,
        seen.minutes_not_seen_at,
        case
            when facts.minutes_published_at is not null
                then least(facts.minutes_published_at, seen.minutes_seen_at)
        end as minutes_out_at
    from facts
    left join {{ ref('notice_rules') }} as own
        on facts.jurisdiction = own.jurisdiction and {{ holds_on('own', 'facts.start_day') }}
    left join {{ ref('notice_rules') }} as states
        on
            facts.state = states.state
            and states.jurisdiction is null
            and {{ holds_on('states', 'facts.start_day') }}
    left join {{ ref('bodies') }} as bodies
        on
            facts.jurisdiction = bodies.jurisdiction
            and lower(facts.body_name) = lower(bodies.body_name)
            and {{ holds_on('bodies', 'facts.start_day') }}
    left join {{ ref('int_hearings__first_seen') }} as seen
        on facts.source_table = seen.source_table and facts.hearing_id = seen.hearing_id

),

measured as (

    select
        *,
        case
            when is_stamped_between_looks then notice_hours
            when is_own_sight then {{ hours_between('agenda_seen_at', 'starts_at_utc') }}
            when is_out_by_publisher then notice_hours
        end as hours_of_notice,
        case
            when is_own_sight then {{ hours_between('agenda_not_seen_at', 'starts_at_utc') }}
        end as hours_of_notice_at_most,
        {{ days_between('start_day', local_day('minutes_out_at', 'time_zone')) }}
            as days_to_minutes,
        {{ days_between('start_day', local_day('minutes_not_seen_at', 'time_zone')) }}
            as days_without_minutes,
        {{ days_between('start_day', 'as_of_date') }} as days_since
    from ruled

),

cases as (

    select
        items.jurisdiction,
        items.hearing_id,
        count(*) as on_agenda,
        count(*) filter (where items.case_action in ('heard', 'decided')) as heard,
        count(*) filter (where items.case_action = 'decided') as decided,
        count(*) filter (where items.case_action = 'deferred') as deferred,
        count(complaints.complaint_id) filter (where items.case_action = 'decided') as linked
    from {{ ref('hearing_items') }} as items
    left join {{ ref('complaints') }} as complaints
        on
            items.jurisdiction = complaints.jurisdiction
            and items.complaint_id = complaints.complaint_id
    where items.is_case
    group by items.jurisdiction, items.hearing_id

)

select
    hearings.jurisdiction,
    hearings.hearing_id,
    hearings.body_name,
    hearings.starts_at,
    hearings.starts_at_utc,
    hearings.hearing_status,
    case
        when hearings.hearing_status = 'cancelled'
            then coalesce(hearings.cancellation_reason, 'not_stated')
    end as cancellation_reason,
    case
        when hearings.is_own_sight then 'own_sight'
        when hearings.is_out_by_publisher then 'publisher'
    end as notice_basis,
    hearings.hours_of_notice as notice_hours,
    hearings.hours_of_notice_at_most as notice_at_most_hours,
    hearings.notice_hours_rule as notice_required_hours,
    case
        when hearings.hearing_status in ('cancelled', 'rescheduled') then 'not_applicable'
        when hearings.days_since < 0 then 'pending'
        when hearings.notice_hours_rule is null then 'no_rule'
        when hearings.hours_of_notice >= hearings.notice_hours_rule then 'met'
        when
            hearings.hours_of_notice_at_most >= 0
            and hearings.hours_of_notice_at_most < hearings.notice_hours_rule
            then 'missed'
        when
            hearings.is_out_by_publisher
            and (not hearings.is_own_sight or hearings.is_stamped_between_looks)
            then 'late_edition'
        else 'unknown'
    end as notice_state,
    case
        when hearings.is_own_sight and hearings.agenda_seen_at < hearings.starts_at_utc
            then coalesce(hearings.agenda_changed_at < hearings.starts_at_utc, false)
    end as is_agenda_changed_after,
    hearings.seats as seats_count,
    case
        when hearings.members_count > hearings.seats then 0
        else cast(hearings.seats - hearings.members_count as integer)
    end as vacancies_count,
    cast(hearings.members_count as integer) as members_count,
    cast(hearings.members_present_count as integer) as members_present_count,
    hearings.quorum as quorum_count,
    case
        when hearings.hearing_status = 'no_quorum' then false
        else hearings.members_present_count >= hearings.quorum
    end as is_quorate,
    case when hearings.days_to_minutes >= 0 then cast(hearings.days_to_minutes as integer) end
        as minutes_days,
    hearings.minutes_days_rule as minutes_required_days,
    case
        when hearings.hearing_status in ('cancelled', 'rescheduled', 'no_quorum')
            then 'not_applicable'
        when hearings.days_since < 0 then 'pending'
        when hearings.days_to_minutes < 0 then 'unknown'
        when hearings.minutes_days_rule is null then 'no_rule'
        when hearings.days_to_minutes <= hearings.minutes_days_rule then 'met'
        when hearings.minutes_out_at is null and hearings.days_since <= hearings.minutes_days_rule
            then 'pending'
        when hearings.minutes_out_at is null then 'missed'
        when hearings.days_without_minutes > hearings.minutes_days_rule then 'missed'
        else 'late_edition'
    end as minutes_state,
    cast(coalesce(cases.on_agenda, 0) as integer) as cases_on_agenda_count,
    cast(coalesce(cases.heard, 0) as integer) as cases_heard_count,
    cast(coalesce(cases.decided, 0) as integer) as cases_decided_count,
    cast(coalesce(cases.deferred, 0) as integer) as cases_deferred_count,
    cast(coalesce(cases.linked, 0) as integer) as decisions_linked_count,
    hearings.as_of_date,
    hearings.source_table
from measured as hearings
left join cases
    on hearings.jurisdiction = cases.jurisdiction and hearings.hearing_id = cases.hearing_id
