select
    jurisdiction,
    complaint_id,
    cast(case_ordinal as integer) as case_ordinal,
    cast(step_number as integer) as step_number,
    step,
    outcome_local,
    severity,
    severity_up_to,
    decision,
    step_date,
    coalesce(decision not in ('pending', 'not_decidable'), false) as is_decided,
    source_table
from {{ ref('int_discipline__stepped') }}
where step != 'closing'
