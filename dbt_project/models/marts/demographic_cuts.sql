-- A view: the protect step fills its table after dbt has built everything else.
{{ config(materialized='view') }}

select
    jurisdiction,
    cut,
    role,
    cut_date,
    period_start,
    period_end,
    threshold,
    people_count,
    cells_count,
    hidden_cells_count,
    pooled_values_count,
    sha256
from {{ source('pipeline', 'demographic_cuts') }}
