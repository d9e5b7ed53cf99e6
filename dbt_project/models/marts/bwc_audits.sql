-- A month of one or two supervisors would stand for a person. The yearly measures count them all.
select
    jurisdiction,
    audit_month,
    audit_sample,
    supervisors_count,
    not_reported_count,
    audits_due_count,
    audits_due_reported_count,
    audits_met_count
from {{ ref('int_bwc_audits__counted') }}
where supervisors_count >= 3
