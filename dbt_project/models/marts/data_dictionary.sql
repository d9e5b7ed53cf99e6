select
    table_name,
    column_name,
    data_type,
    description,
    sources
from {{ source('pipeline', 'dictionary') }}
