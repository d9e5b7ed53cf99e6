-- A view: the protect step fills its table after dbt has built everything else.
{{ config(materialized='view') }}

select
    jurisdiction,
    cut,
    role,
    attribute,
    attribute_value,
    dimension,
    dimension_value,
    people_count,
    value_state,
    group_share_code
from {{ source('pipeline', 'demographic_cells') }}
