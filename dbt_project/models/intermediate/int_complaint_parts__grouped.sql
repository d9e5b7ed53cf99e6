{{ config(materialized='table') }}

-- Complaints in each period, whole and by part, with what became of them.
{% set parts = ['category', 'intake_channel', 'district', 'resolution_class'] %}
{% set counts = [
    'received', 'still_open', 'of_mass_incidents', 'of_mass_incidents_still_open',
    'identified_officers', 'unidentified_officers',
] %}
with

mass_incidents as (

    select jurisdiction, complaint_id from {{ ref('int_complaints__in_mass_incidents') }}

),

with_incident_numbers as (

    select distinct jurisdiction
    from {{ ref('int_complaints__harmonised') }}
    where incident_number is not null

),

public as (

    select
        complaints.jurisdiction,
        {{ year_of('complaints.received_date') }} as received_year,
        complaints.received_month,
        {{ is_open('complaints.status') }} as is_open,
        mass_incidents.complaint_id is not null as is_of_mass_incident,
        with_incident_numbers.jurisdiction is not null as has_incident_numbers,
        coalesce(complaints.officers_count, 0) as officers_count,
        coalesce(complaints.unidentified_officers_count, 0) as unidentified_officers_count,
        coalesce(complaints.category, 'not_stated') as category,
        coalesce(complaints.intake_channel, 'not_stated') as intake_channel,
        coalesce(complaints.district, 'not_stated') as district,
        coalesce(complaints.resolution_class, 'not_stated') as resolution_class
    from {{ ref('complaints') }} as complaints
    left join mass_incidents
        on
            complaints.jurisdiction = mass_incidents.jurisdiction
            and complaints.complaint_id = mass_incidents.complaint_id
    left join with_incident_numbers
        on complaints.jurisdiction = with_incident_numbers.jurisdiction

),

-- Counted once here, so that the periods and parts below add up few rows.
counted as (

    select
        jurisdiction,
        received_year,
        received_month,
        category,
        intake_channel,
        district,
        resolution_class,
        has_incident_numbers,
        count(*) as received,
        count(*) filter (where is_open) as still_open,
        count(*) filter (where is_of_mass_incident) as of_mass_incidents,
        count(*) filter (where is_of_mass_incident and is_open) as of_mass_incidents_still_open,
        sum(officers_count - unidentified_officers_count) as identified_officers,
        sum(unidentified_officers_count) as unidentified_officers
    from public
    group by all

),

grouped as (

    select
        jurisdiction,
        {{ period_columns('received_year', 'received_month') }},
        {{ part_columns(parts) }},
        bool_or(has_incident_numbers) as has_incident_numbers,
        {{ summed(counts) }}
    from counted
    group by
        {{ period_and_part_sets(
            {'': parts, 'received_year': parts, 'received_month': ['category']}
        ) }}
    having {{ has_its_day(['received_year', 'received_month']) }}

),

told as (

    select
        *,
        {{ states_its_part() }} as is_stated,
        max(identified_officers) over (partition by jurisdiction) > 0 as tells_officers_apart
    from grouped

)

select *
from told
where is_stated
