with

source as (

    select * from {{ source('larkhaven', 'cops_transactions') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('assistance_transaction_unique_key') }} as action_id,
        {{ text('award_id_fain') }} as award_id,

        -- words of the source
        {{ text('action_type_description') }} as action_kind_local,

        -- money
        {{ to_number('federal_action_obligation') }} as action_usd,

        -- dates
        {{ to_date('action_date', ['%Y-%m-%d']) }} as action_date,

        -- lineage
        {{ row_source('larkhaven', 'cops_transactions') }} as source_table
    from source

)

select * from renamed
