with

source as (

    select * from {{ source('larkhaven', 'hearing_items') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('event_id') }} as hearing_id,
        {{ text('id') }} as hearing_item_id,
        {{ text('complaintnumber') }} as complaint_id,

        -- place on the agenda
        {{ to_integer('agendasequence') }} as item_sequence,
        {{ text('agendanumber') }} as agenda_number,

        -- words of the source
        {{ text('title') }} as title,
        {{ text('matterfile') }} as matter_file,
        {{ text('mattertype') }} as matter_type,
        {{ text('matterstatus') }} as matter_status,
        {{ text('actionname') }} as action_local,

        -- flags
        coalesce({{ text('mattertype') }} = 'Case Review', false) as is_case,
        case {{ text('passedflag') }} when '1' then true when '0' then false end as has_passed,
        coalesce({{ text('rollcallflag') }} = '1', false) as has_roll_call,

        -- lineage
        {{ row_source('larkhaven', 'hearing_items') }} as source_table
    from source

)

select * from renamed
