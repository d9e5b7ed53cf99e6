-- Older awards state the programme in the description, newer ones (15JCOPS…) in the last four
-- letters of the award number.
with

source as (

    select * from {{ source('us_doj', 'cops_awards_16710') }}

),

renamed as (

    select
        -- ids
        'us_doj' as jurisdiction,
        {{ text('award_id') }} as award_id,

        -- recipient; the file was asked for recipients in this state only
        {{ text('recipient_name') }} as recipient_name,
        'WA' as recipient_state,
        cast(null as varchar) as recipient_city,

        -- programme
        case
            when {{ text('award_id') }} like '15JCOPS%' then right({{ text('award_id') }}, 4)
            when length({{ text('description') }}) <= 60 then {{ text('description') }}
        end as program_local,
        '16.710' as assistance_listing,

        -- money
        {{ to_number('award_amount') }} as obligated_usd,
        cast(null as decimal(18, 2)) as outlayed_usd,

        -- dates
        {{ to_date('start_date', ['%Y-%m-%d'], may_be_future=true) }} as start_date,
        {{ to_date('end_date', ['%Y-%m-%d'], may_be_future=true) }} as end_date,

        -- lineage
        {{ row_source('us_doj', 'cops_awards_16710') }} as source_table
    from source

)

select * from renamed
