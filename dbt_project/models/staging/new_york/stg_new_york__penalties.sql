-- The chain that the city tells: the board's recommendation, a trial or a plea where the board's
-- prosecutors took the case, and what the department imposed. It tells of no investigator's
-- recommendation, no appeal, and not what was served.
{% set formats = ['%Y-%m-%d', '%m/%d/%Y'] %}

with

source as (

    select * from {{ source('new_york', 'penalties') }}

),

renamed as (

    select
        -- ids; the number of a complaint begins with the year of receipt
        'new_york' as jurisdiction,
        {{ text('complaint_id') }} as complaint_id,
        {{ text('tax_id') }} as officer_key,
        {{ to_integer('left(complaint_id, 4)') }} as stated_received_year,

        -- the chain; before the board had a matrix its vote held the recommendation
        cast(null as varchar) as investigator_recommended_local,
        cast(null as date) as investigator_recommended_date,
        coalesce(
            {{ text('board_discipline_recommendation') }},
            {{ text('ccrb_substantiated_officer_disposition') }}
        ) as board_recommended_local,
        cast(null as date) as board_recommended_date,
        coalesce(
            {{ text('apu_trial_commissioner_recommended_penalty') }},
            {{ text('apu_plea_agreed_penalty') }}
        ) as trial_or_plea_local,
        case
            when concat(apu_trial_commissioner_recommended_penalty, apu_plea_agreed_penalty) != ''
                then {{ to_date('apu_closing_date', formats) }}
        end as trial_or_plea_date,
        {{ text('nypd_officer_penalty') }} as chief_final_local,
        {{ to_date('non_apu_nypd_penalty_report_date', formats) }} as chief_final_date,
        cast(null as varchar) as appeal_final_local,
        cast(null as date) as appeal_final_date,
        cast(null as varchar) as served_local,
        cast(null as date) as served_date,
        {{ text('apu_case_status') }} as closing_local,

        -- other words of the source
        {{ text('ccrb_substantiated_officer_disposition') }} as outcome_local,
        {{ text('officer_is_apu') }} = 'Yes' as is_prosecuted_by_board,
        {{ text('apu_ccrb_trial_recommended_penalty') }} as prosecution_sought_local,

        -- lineage
        {{ row_source('new_york', 'penalties') }} as source_table
    from source

)

select * from renamed
