with

source as (

    select * from {{ source('new_york_council', 'event_items') }}

),

renamed as (

    select
        -- ids
        'new_york_council' as jurisdiction,
        {{ text('event_id') }} as hearing_id,
        {{ text('id') }} as hearing_item_id,

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

        -- flags
        case lower({{ text('passedflagname') }})
            when 'pass' then true
            when 'fail' then false
        end as has_passed,
        coalesce({{ text('rollcallflag') }} = '1', false) as has_roll_call,

        -- lineage
        {{ row_source('new_york_council', 'event_items') }} as source_table
    from source

)

select * from renamed
