{# Rows that share their key, or that lack a part of it which is not declared `nullable`. #}
{% test identifies_rows(model, columns, nullable=[]) %}
  {%- set required = columns | reject('in', nullable) | list %}
  select {{ columns | join(', ') }}, count(*) as rows_count
  from {{ model }}
  group by {{ columns | join(', ') }}
  having count(*) > 1
  {%- for column in required %}
    or {{ column }} is null
  {%- endfor %}
{% endtest %}
