{# Values of several columns that stand outside the vocabulary; null is allowed. #}
{% test uses_only(model, vocabulary) %}
  {%- for column, values in vocabulary.items() %}
  select
    '{{ column }}' as column_name,
    cast({{ column }} as varchar) as unknown_value,
    count(*) as rows_count
  from {{ model }}
  where {{ column }} not in ('{{ values | join("', '") }}')
  group by {{ column }}
  {{ "union all" if not loop.last }}
  {%- endfor %}
{% endtest %}
