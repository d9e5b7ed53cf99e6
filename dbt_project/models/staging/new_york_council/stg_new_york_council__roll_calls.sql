with

source as (

    select * from {{ source('new_york_council', 'roll_calls') }}

),

renamed as (

    select
        -- ids
        'new_york_council' as jurisdiction,
        {{ text('event_item_id') }} as hearing_item_id,
        {{ text('event_id') }} as hearing_id,
        {{ text('id') }} as member_key,

        -- words of the source
        {{ text('value') }} as attendance_local,

        -- lineage
        {{ row_source('new_york_council', 'roll_calls') }} as source_table
    from source

)

select * from renamed
