with

source as (

    select * from {{ source('larkhaven', 'roll_calls') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('item_id') }} as hearing_item_id,
        {{ text('event_id') }} as hearing_id,
        {{ text('id') }} as member_key,

        -- words of the source
        {{ text('value') }} as attendance_local,

        -- lineage
        {{ row_source('larkhaven', 'roll_calls') }} as source_table
    from source

)

select * from renamed
