-- Only where the jurisdiction's policy lets a row stand for one officer, and then without anything
-- that names one. Peers are officers of the roster with as many years of service.
with

permitted as (

    select distinct jurisdiction
    from {{ source('pipeline', 'feeds') }}
    where officer_grain = 'permitted'

),

banded as (

    select
        jurisdiction,
        window_name,
        officer_key,
        cases_count,
        case
            when service_years < 5 then '0-4'
            when service_years < 10 then '5-9'
            when service_years < 20 then '10-19'
            when service_years >= 20 then '20 and more'
            else 'unknown'
        end as years_of_service
    from {{ ref('int_officers__counted') }}
    where window_name = 'last_five_years'

),

peers as (

    select
        jurisdiction,
        years_of_service,
        count(*) as peers_count,
        median(cases_count) as peers_median
    from banded
    where years_of_service != 'unknown'
    group by jurisdiction, years_of_service

),

placed as (

    select
        banded.jurisdiction,
        banded.cases_count,
        officers.officer_pseudonym,
        peers.years_of_service,
        peers.peers_count,
        peers.peers_median,
        row_number() over (
            partition by banded.jurisdiction
            order by
                banded.cases_count desc,
                peers.years_of_service asc,
                officers.officer_pseudonym asc
        ) as place
    from banded
    inner join permitted on banded.jurisdiction = permitted.jurisdiction
    left join {{ source('pipeline', 'officer_pseudonyms') }} as officers
        on
            banded.jurisdiction = officers.jurisdiction
            and banded.officer_key = officers.officer_key
            and officers.is_public
    -- fewer than ten peers could be told apart
    left join peers
        on
            banded.jurisdiction = peers.jurisdiction
            and banded.years_of_service = peers.years_of_service
            and peers.peers_count >= 10
    where banded.cases_count >= 3

)

select
    jurisdiction,
    cast(place as integer) as place,
    officer_pseudonym,
    cast(cases_count as integer) as officer_cases_count,
    years_of_service,
    cast(peers_count as integer) as peers_count,
    cast(peers_median as double) as peers_median_officer_cases
from placed
