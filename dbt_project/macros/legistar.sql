{#
  Councils that run on Legistar publish the same three objects: events, their items, and the roll
  calls of an item. A council's staging models are these macros with its own name in them.
#}

{#
  The meetings of one council. A final agenda does not show that a meeting took place, final
  minutes do, so the status is read from both words together. No field says that a meeting is
  called off; some clerks write it into the place, and then that word is the status.
#}
{% macro legistar_hearings(council) -%}
{%- set utc = ['%Y-%m-%dT%H:%M:%S.%fZ', '%Y-%m-%dT%H:%M:%SZ'] %}
with

source as (

    select * from {{ source(council, 'events') }}

),

renamed as (

    select
        -- ids
        '{{ council }}' as jurisdiction,
        {{ text('id') }} as hearing_id,
        {{ text('bodyname') }} as body_name,

        -- times; the date is local already, so that its offset is cut off, not applied
        {{ to_timestamp_or_null('left("date", 19)', ['%Y-%m-%dT%H:%M:%S']) }} as starts_at,
        {{ stated_utc('"date"') }} as starts_at_utc,
        {{ to_timestamp_or_null('agendalastpublished', utc) }} as agenda_published_at,
        {{ to_timestamp_or_null('minuteslastpublished', utc) }} as minutes_published_at,

        -- words of the source
        {{ text('"location"') }} as location,
        case
            when lower("location") like '%cancel%' then 'place Cancelled'
            when lower("location") like '%defer%' or lower("location") like '%postpone%'
                or lower("location") like '%reschedule%' then 'place Deferred'
            else 'agenda ' || {{ text('agendastatusname') }}
                || ', minutes ' || {{ text('minutesstatusname') }}
        end as status_local,
        cast(null as varchar) as cancellation_local,
        {{ text('minutesstatusname') }} as minutes_status_local,
        {{ text('insiteurl') }} as source_url,

        -- lineage
        {{ row_source(council, 'events') }} as source_table
    from source

)

select * from renamed
{%- endmacro %}


{# The items on the agendas of one council. #}
{% macro legistar_hearing_items(council) -%}
with

source as (

    select * from {{ source(council, 'event_items') }}

),

renamed as (

    select
        -- ids
        '{{ council }}' as jurisdiction,
        {{ text('event_id') }} as hearing_id,
        {{ text('id') }} as hearing_item_id,
        cast(null as varchar) as complaint_id,

        -- place on the agenda; 0 and words that begin with ~ mean that it has none
        nullif({{ to_integer('agendasequence') }}, 0) as item_sequence,
        case
            when {{ text('agendanumber') }} not like '~%' then {{ text('agendanumber') }}
        end as agenda_number,

        -- words of the source
        {{ text('title') }} as title,
        {{ text('matterfile') }} as matter_file,
        {{ text('mattertype') }} as matter_type,
        {{ text('matterstatus') }} as matter_status,
        {{ text('actionname') }} as action_local,

        -- flags; a council hears no complaints against officers
        false as is_case,
        case lower({{ text('passedflagname') }})
            when 'pass' then true
            when 'fail' then false
        end as has_passed,
        coalesce({{ text('rollcallflag') }} = '1', false) as has_roll_call,

        -- lineage
        {{ row_source(council, 'event_items') }} as source_table
    from source

)

select * from renamed
{%- endmacro %}


{# The attendance of the members of one council, wherever a roll was called. #}
{% macro legistar_roll_calls(council) -%}
with

source as (

    select * from {{ source(council, 'roll_calls') }}

),

renamed as (

    select
        -- ids
        '{{ council }}' as jurisdiction,
        {{ text('event_item_id') }} as hearing_item_id,
        {{ text('event_id') }} as hearing_id,
        {{ text('id') }} as member_key,

        -- words of the source
        {{ text('value') }} as attendance_local,

        -- lineage
        {{ row_source(council, 'roll_calls') }} as source_table
    from source

)

select * from renamed
{%- endmacro %}
