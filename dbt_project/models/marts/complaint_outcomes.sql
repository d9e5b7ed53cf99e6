with

counted as (

    select
        jurisdiction,
        received_date,
        resolution_class,
        finding,
        1 as complaints,
        0 as allegations
    from {{ ref('complaints') }}

    union all

    select
        jurisdiction,
        received_date,
        resolution_class,
        finding,
        0 as complaints,
        1 as allegations
    from {{ ref('allegations') }}

)

select
    jurisdiction,
    cast(extract(year from received_date) as integer) as received_year,
    resolution_class,
    finding,
    cast(sum(complaints) as integer) as complaints_count,
    cast(sum(allegations) as integer) as allegations_count
from counted
group by all
