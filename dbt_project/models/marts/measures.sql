select
    jurisdiction,
    metric,
    period_kind,
    period,
    period_start,
    dimension,
    dimension_value,
    unit,
    value,
    numerator,
    denominator,
    lower,
    upper,
    interval_method,
    maturity,
    value_state,
    note,
    date_role,
    day_basis,
    as_of_date,
    comparability_hash
from {{ ref('int_measures__judged') }}
where not is_naive
