{{ config(materialized='table') }}

-- Complaints that a source calls expunged or sealed, in any of its tables and at any date, and
-- those whose every allegation it calls so. Nothing about them is published but their number.
with

sealed_words as (

    select distinct jurisdiction, field, local_value
    from {{ ref('int_vocabulary__matched') }}
    where void_reason = 'expunged_or_sealed'

),

by_status as (

    select complaints.jurisdiction, complaints.complaint_id
    from {{ ref('int_complaints__unioned') }} as complaints
    inner join sealed_words
        on
            sealed_words.field = 'complaint_status'
            and complaints.jurisdiction = sealed_words.jurisdiction
            and complaints.status_local = sealed_words.local_value

),

by_outcome as (

    select complaints.jurisdiction, complaints.complaint_id
    from {{ ref('int_complaints__unioned') }} as complaints
    inner join sealed_words
        on
            sealed_words.field = 'complaint_outcome'
            and complaints.jurisdiction = sealed_words.jurisdiction
            and complaints.outcome_local = sealed_words.local_value

),

sealed_allegations as (

    select allegations.jurisdiction, allegations.complaint_id, count(*) as sealed_count
    from {{ ref('int_allegations__unioned') }} as allegations
    inner join sealed_words
        on
            sealed_words.field = 'allegation_outcome'
            and allegations.jurisdiction = sealed_words.jurisdiction
            and allegations.outcome_local = sealed_words.local_value
    group by all

),

by_allegations as (

    select sealed.jurisdiction, sealed.complaint_id
    from sealed_allegations as sealed
    inner join {{ ref('int_allegations__unioned') }} as allegations
        on
            sealed.jurisdiction = allegations.jurisdiction
            and sealed.complaint_id = allegations.complaint_id
    group by sealed.jurisdiction, sealed.complaint_id
    having count(*) = max(sealed.sealed_count)

)

select jurisdiction, complaint_id from by_status
union
select jurisdiction, complaint_id from by_outcome
union
select jurisdiction, complaint_id from by_allegations
