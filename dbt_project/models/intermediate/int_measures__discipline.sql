select
    {%- for name, data_type in measure_columns().items() %}
    cast(null as {{ data_type }}) as {{ name }}
    {{- "," if not loop.last }}
    {%- endfor %}
where false
