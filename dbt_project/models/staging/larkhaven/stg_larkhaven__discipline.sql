with

source as (

    select * from {{ source('larkhaven', 'discipline') }}

),

renamed as (

    select
        -- ids; the year of receipt stands with the complaint
        'larkhaven' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        {{ text('badge') }} as officer_key,
        cast(null as integer) as stated_received_year,

        -- the chain
        {{ text('investigator_recommendation') }} as investigator_recommended_local,
        {{ to_date('investigator_date', ['%Y-%m-%d']) }} as investigator_recommended_date,
        {{ text('board_recommendation') }} as board_recommended_local,
        {{ to_date('board_date', ['%Y-%m-%d']) }} as board_recommended_date,
        {{ text('hearing_or_settlement') }} as trial_or_plea_local,
        {{ to_date('hearing_or_settlement_date', ['%Y-%m-%d']) }} as trial_or_plea_date,
        {{ text('chief_decision') }} as chief_final_local,
        {{ to_date('chief_date', ['%Y-%m-%d']) }} as chief_final_date,
        {{ text('appeal_decision') }} as appeal_final_local,
        {{ to_date('appeal_date', ['%Y-%m-%d']) }} as appeal_final_date,
        {{ text('served') }} as served_local,
        {{ to_date('served_date', ['%Y-%m-%d']) }} as served_date,
        {{ text('closed_because') }} as closing_local,

        -- lineage
        {{ row_source('larkhaven', 'discipline') }} as source_table
    from source

)

select * from renamed
