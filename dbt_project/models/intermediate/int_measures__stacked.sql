{{ config(materialized='table') }}

-- Every number of every family, as its family counted it, in one shape (`measure_columns`).
{% set families = ['complaints', 'time', 'discipline', 'officers', 'bwc', 'hearings', 'cops'] %}
{% for family in families -%}
select
    metric, jurisdiction, period_kind, period_start, dimension, dimension_value,
    numerator, denominator, estimate, estimate_lower, estimate_upper,
    cohort_count, cohort_decided_count
from {{ ref('int_measures__' ~ family) }}
{{ "union all" if not loop.last }}
{% endfor %}
