select
    table_name,
    observed_count,
    explanation
from {{ ref('data_quality') }}
where kind = 'accounting' and severity = 'error' and not has_passed
