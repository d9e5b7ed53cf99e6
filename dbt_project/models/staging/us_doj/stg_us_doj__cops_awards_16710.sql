with

awards as (

    {{ usaspending_awards('us_doj', 'cops_awards_16710', listing='16.710') | indent(4) }}

),

-- What the actions on an award add up to stands beside what the search says, for comparison.
compared as (

    select
        awards.*,
        actions.obligated_usd as actions_obligated_usd
    from awards
    left join {{ ref('stg_us_doj__cops_transactions_16710') }} as actions
        on awards.award_key = actions.award_key

)

select * from compared
