with

source as (

    select * from {{ source('new_york', 'penalties') }}

),

renamed as (

    select
        -- ids
        'new_york' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        {{ text('tax_id') }} as officer_key,

        -- dates
        {{ to_date('non_apu_nypd_penalty_report_date', ['%Y-%m-%d', '%m/%d/%Y']) }}
            as penalty_reported_date,
        {{ to_date('apu_closing_date', ['%Y-%m-%d', '%m/%d/%Y']) }} as prosecution_closed_date,

        -- words of the source
        {{ text('ccrb_substantiated_officer_disposition') }} as outcome_local,
        {{ text('board_discipline_recommendation') }} as board_recommended_local,
        {{ text('officer_is_apu') }} = 'Yes' as is_prosecuted_by_board,
        {{ text('apu_ccrb_trial_recommended_penalty') }} as prosecution_sought_local,
        {{ text('apu_trial_commissioner_recommended_penalty') }} as trial_recommended_local,
        {{ text('apu_plea_agreed_penalty') }} as plea_agreed_local,
        {{ text('apu_case_status') }} as prosecution_status_local,
        {{ text('nypd_officer_penalty') }} as penalty_local,

        -- lineage
        {{ row_source('new_york', 'penalties') }} as source_table
    from source

)

select * from renamed
