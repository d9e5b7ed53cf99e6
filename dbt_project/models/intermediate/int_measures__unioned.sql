-- Every number of every family, as its family counted it.
{% set families = ['complaints', 'time', 'discipline', 'officers', 'bwc', 'hearings', 'cops'] %}
{%- for family in families %}
select
    {%- for name in measure_columns() %}
    {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ ref('int_measures__' ~ family) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
