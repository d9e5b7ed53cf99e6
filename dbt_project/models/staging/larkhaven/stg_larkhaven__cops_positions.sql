with

source as (

    select
        *,
        lower({{ text('match_waived') }}) = 'yes' as is_match_waived
    from {{ source('larkhaven', 'cops_positions') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('award_id') }} as award_id,

        -- officers
        {{ to_integer('officers_funded') }} as officers_funded_count,
        {{ to_integer('officers_hired') }} as officers_hired_count,
        {{ to_integer('officers_retained') }} as officers_retained_count,

        -- money
        case
            when is_match_waived then 0
            when not is_match_waived then {{ to_number('local_match') }}
        end as match_required_usd,
        case
            when is_match_waived then {{ to_number('local_match') }}
            when not is_match_waived then 0
        end as match_waived_usd,

        -- dates
        {{ to_date('report_date', ['%Y-%m-%d']) }} as reported_date,

        -- lineage
        {{ row_source('larkhaven', 'cops_positions') }} as source_table
    from source

)

select * from renamed
