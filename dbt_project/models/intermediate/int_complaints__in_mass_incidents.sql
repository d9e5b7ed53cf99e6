{{ config(materialized='table') }}

-- Public complaints about an event that ten or more of them are about.
with

numbered as (

    select
        public.jurisdiction,
        public.complaint_id,
        harmonised.incident_number,
        public.incident_date,
        count(*) over (partition by public.jurisdiction, harmonised.incident_number)
            as complaints_count
    from {{ ref('complaints') }} as public
    inner join {{ ref('int_complaints__harmonised') }} as harmonised
        on
            public.jurisdiction = harmonised.jurisdiction
            and public.complaint_id = harmonised.complaint_id
    where harmonised.incident_number is not null

)

select *
from numbered
where complaints_count >= 10
