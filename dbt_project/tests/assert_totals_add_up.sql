with

totals as (

    select
        'complaint_outcomes.complaints_count' as total,
        (select sum(complaints_count) from {{ ref('complaint_outcomes') }}) as added_up,
        (select count(*) from {{ ref('complaints') }}) as counted

    union all

    select
        'complaint_outcomes.allegations_count',
        (select sum(allegations_count) from {{ ref('complaint_outcomes') }}),
        (select count(*) from {{ ref('allegations') }})

    union all

    select
        'complaint_trends.complaints_received_count',
        (select sum(complaints_received_count) from {{ ref('complaint_trends') }}),
        (select count(received_date) from {{ ref('complaints') }})

    union all

    select
        'complaint_trends.complaints_closed_count',
        (select sum(complaints_closed_count) from {{ ref('complaint_trends') }}),
        (select count(investigation_closed_date) from {{ ref('complaints') }})

    union all

    select
        'cops_awards_by_year.awards_count',
        (select sum(awards_count) from {{ ref('cops_awards_by_year') }}),
        (select count(*) from {{ ref('cops_awards') }})

    union all

    select
        'cops_awards_by_year.obligated_usd',
        (select sum(obligated_usd) from {{ ref('cops_awards_by_year') }}),
        (select sum(obligated_usd) from {{ ref('cops_awards') }})

)

select * from totals
where coalesce(added_up, 0) != coalesce(counted, 0)
