select
    jurisdiction,
    allegation_id,
    complaint_id,
    cast(officer_ordinal as integer) as officer_ordinal,
    category,
    category_local,
    status,
    resolution_class,
    finding,
    truncation_reason,
    alternative_kind,
    void_reason,
    outcome_local,
    penalty_local,
    received_date,
    {{ month_of('received_date') }} as received_month,
    source_table
from {{ ref('int_allegations__harmonised') }}
