{{ config(materialized='table') }}

-- A supervisor who looked at more recordings than were due has met what was due, and no more: the
-- surplus of one month or person does not make up for another.
with

audits as (

    select
        audits.*,
        coalesce(sample.canonical, 'not_stated') as audit_sample
    from {{ ref('int_bwc_audits__unioned') }} as audits
    {{ join_meaning('sample', 'audit_sample', 'audits', 'audit_sample_local') }}
    where audits.audit_month is not null and audits.audits_due_count > 0

)

select
    jurisdiction,
    audit_month,
    audit_sample,
    cast(count(distinct supervisor_key) as integer) as supervisors_count,
    cast(count(*) as integer) as supervisor_months_count,
    cast(count(*) filter (where audits_done_count is null) as integer) as not_reported_count,
    cast(sum(audits_due_count) as bigint) as audits_due_count,
    cast(coalesce(
        sum(audits_due_count) filter (where audits_done_count >= 0), 0
    ) as bigint) as audits_due_reported_count,
    cast(coalesce(
        sum(least(audits_done_count, audits_due_count)) filter (where audits_done_count >= 0), 0
    ) as bigint) as audits_met_count
from audits
group by jurisdiction, audit_month, audit_sample
