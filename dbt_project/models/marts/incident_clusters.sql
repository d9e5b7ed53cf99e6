-- The complaints of an event may state several days; the middle one stands for all.
with

incidents as (

    select
        jurisdiction,
        incident_number,
        percentile_disc(0.5) within group (order by incident_date) as incident_date,
        count(*) as complaints_count
    from {{ ref('int_complaints__in_mass_incidents') }}
    group by jurisdiction, incident_number

)

select
    jurisdiction,
    incident_date,
    cast(row_number() over (
        partition by jurisdiction, incident_date
        order by complaints_count desc, md5(incident_number)
    ) as integer) as incident_ordinal,
    cast(complaints_count as integer) as complaints_count
from incidents
