-- Older awards state the programme in the description, newer ones (15JCOPS…) in the last four
-- letters of the award number.
with

source as (

    select * from {{ source('larkhaven', 'cops_awards') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('award_id') }} as award_id,

        -- recipient
        {{ text('recipient_name') }} as recipient_name,
        json_extract_string(recipient_location, '$.state_code') as recipient_state,
        json_extract_string(recipient_location, '$.city_name') as recipient_city,

        -- programme
        case
            when {{ text('award_id') }} like '15JCOPS%' then right({{ text('award_id') }}, 4)
            else {{ text('description') }}
        end as program_local,
        {{ text('cfda_number') }} as assistance_listing,

        -- money
        {{ to_number('award_amount') }} as obligated_usd,
        {{ to_number('total_outlays') }} as outlayed_usd,

        -- dates
        {{ to_date('start_date', ['%Y-%m-%d'], may_be_future=true) }} as start_date,
        {{ to_date('end_date', ['%Y-%m-%d'], may_be_future=true) }} as end_date,

        -- lineage
        {{ row_source('larkhaven', 'cops_awards') }} as source_table
    from source

)

select * from renamed
