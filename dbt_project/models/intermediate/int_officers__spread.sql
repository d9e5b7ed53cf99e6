{{ config(materialized='table') }}

-- How officers spread over numbers of cases, beside how they would if chance alone decided whom a
-- case falls on: a Poisson distribution of the same mean. Without a roster nobody is known who has
-- no case, so that the distribution is the Poisson without its zeros, of the same mean.
with recursive

counted as (

    select
        jurisdiction,
        window_name,
        cases_count as cases_per_officer,
        count(*) as officers_count
    from {{ ref('int_officers__counted') }}
    group by jurisdiction, window_name, cases_count

),

groups as (

    select
        jurisdiction,
        window_name,
        bool_or(has_roster) as has_roster,
        min(window_first_date) as window_first_date,
        max(window_last_date) as window_last_date,
        count(*) as all_officers_count,
        sum(cases_count) as all_cases_count,
        max(cases_count) as most_cases,
        sum(cases_count) * 1.0 / count(*) as mean_cases
    from {{ ref('int_officers__counted') }}
    group by jurisdiction, window_name

),

-- Newton's method on rate / (1 - exp(-rate)) = mean, from above, where it cannot overshoot
rates as (

    select
        jurisdiction,
        window_name,
        has_roster,
        mean_cases,
        cast(mean_cases as double) as rate,
        0 as round_number
    from groups
    union all
    select
        jurisdiction,
        window_name,
        has_roster,
        mean_cases,
        rate - (rate - mean_cases * (1 - exp(-rate))) / (1 - mean_cases * exp(-rate)),
        round_number + 1
    from rates
    where not has_roster and mean_cases > 1 and round_number < 60

),

places as (

    select
        groups.*,
        rates.rate,
        case when groups.has_roster then 1.0 else 1 - exp(-rates.rate) end as share_counted,
        unnest(generate_series(
            0, cast(greatest(groups.most_cases, rates.rate + 12 * sqrt(rates.rate) + 40) as integer)
        )) as cases_per_officer
    from groups
    inner join rates
        on groups.jurisdiction = rates.jurisdiction and groups.window_name = rates.window_name
    -- without a roster, one case each is no spread at all
    where
        groups.most_cases > 0
        and (groups.has_roster or groups.mean_cases > 1)
        and rates.round_number = case when groups.has_roster then 0 else 60 end

),

expected as (

    select
        places.*,
        coalesce(counted.officers_count, 0) as officers_count,
        case
            when places.cases_per_officer = 0 and not places.has_roster then 0
            else places.all_officers_count / places.share_counted * exp(
                places.cases_per_officer * ln(places.rate)
                - places.rate
                - {{ ln_factorial('places.cases_per_officer') }}
            )
        end as expected_officers_count
    from places
    left join counted
        on
            places.jurisdiction = counted.jurisdiction
            and places.window_name = counted.window_name
            and places.cases_per_officer = counted.cases_per_officer

)

select
    *,
    coalesce(sum(officers_count) over with_more, 0) as officers_with_more,
    coalesce(sum(expected_officers_count) over with_more, 0) as expected_officers_with_more
from expected
window with_more as (
    partition by jurisdiction, window_name
    order by cases_per_officer desc
    rows between unbounded preceding and 1 preceding
)
