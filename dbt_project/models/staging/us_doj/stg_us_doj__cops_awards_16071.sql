-- An award under both listings is left to the feed of 16.710, so that its money counts once.
with

awards as (

    {{ usaspending_awards(
        'us_doj', 'cops_awards_16071', listing='16.071', program='SVPP'
    ) | indent(4) }}

),

not_listed as (

    select awards.*
    from awards
    left join {{ ref('stg_us_doj__cops_awards_16710') }} as listed
        on awards.award_id = listed.award_id
    where listed.award_id is null

)

select * from not_listed
