-- An award that the feed of a listing holds too is left to that feed, so that its money counts
-- once. The list states no award number, hence the match on recipient, amount and first day.
with

source as (

    select * from {{ source('us_doj', 'svpp_awards') }}

),

renamed as (

    select
        -- ids
        'us_doj' as jurisdiction,
        'SVPP-' || left(_row_hash, 12) || '-' || _row_ordinal as award_id,

        -- recipient
        {{ text('recipient') }} as recipient_name,
        {{ text('state') }} as recipient_state,
        cast(null as varchar) as recipient_city,

        -- programme; listing 16.071 took over with fiscal year 2025
        'SVPP' as program_local,
        case when {{ text('fy_cohort') }} = 'FY25' then '16.071' else '16.710' end
            as assistance_listing,

        -- money
        {{ to_number('award_amount') }} as obligated_usd,
        cast(null as decimal(18, 2)) as outlayed_usd,

        -- dates
        {{ to_date('start_date', ['%Y-%m-%d'], may_be_future=true) }} as start_date,
        {{ to_date('end_date', ['%Y-%m-%d'], may_be_future=true) }} as end_date,

        -- lineage
        {{ row_source('us_doj', 'svpp_awards') }} as source_table
    from source

),

listed as (

    select recipient_name, obligated_usd, start_date
    from {{ ref('stg_us_doj__cops_awards_16710') }}
    union
    select recipient_name, obligated_usd, start_date
    from {{ ref('stg_us_doj__cops_awards_16071') }}

),

not_listed as (

    select renamed.*
    from renamed
    left join listed
        on
            renamed.recipient_name = listed.recipient_name
            and renamed.obligated_usd = listed.obligated_usd
            and renamed.start_date = listed.start_date
    where listed.recipient_name is null

)

select * from not_listed
