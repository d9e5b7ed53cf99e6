-- What is known of the sources of each feed. Where one table holds the complaints with their
-- allegations, what is said of it is said of both.
with

read as (

    select
        jurisdiction,
        feed,
        population,
        as_of,
        state
    from {{ source('pipeline', 'feeds') }}
    where not is_absent

),

of_their_own as (

    select distinct jurisdiction
    from read
    where feed = 'complaints'

)

select * from read

union all

select read.* replace ('complaints' as feed)
from read
left join of_their_own on read.jurisdiction = of_their_own.jurisdiction
where read.feed = 'allegations' and of_their_own.jurisdiction is null
