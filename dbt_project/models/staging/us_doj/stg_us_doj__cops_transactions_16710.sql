-- Money moves with every action: granted, added, taken back, corrected, or zero when only words
-- changed. So all actions on an award are summed, and how many there are says nothing.
with

source as (

    select * from {{ source('us_doj', 'cops_transactions_16710') }}

),

renamed as (

    select
        {{ text('assistance_award_unique_key') }} as award_key,
        {{ text('award_id_fain') }} as award_id,
        {{ to_number('federal_action_obligation') }} as obligated_usd,
        {{ to_date('action_date', ['%Y-%m-%d']) }} as action_date
    from source

),

summed as (

    select
        'us_doj' as jurisdiction,
        award_key,
        min(award_id) as award_id,
        sum(obligated_usd) as obligated_usd,
        max(action_date) as last_action_date,
        {{ row_source('us_doj', 'cops_transactions_16710') }} as source_table
    from renamed
    group by award_key

)

select * from summed
