{# The columns of a contract that staging reads as something other than text. #}
{% macro typed_columns(node) -%}
  {%- set typed = [] -%}
  {%- for column in node.columns.values() -%}
    {%- if column.data_type in ('date', 'timestamp', 'integer', 'number')
        and column.config.meta.get('class') in ('public', 'internal') -%}
      {%- do typed.append(column) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(typed) }}
{%- endmacro %}


{# One pass over a raw table: a row per typed column and reason, with the number of values. #}
{% macro value_issues(source_table, node) -%}
select
  '{{ node.source_name }}' as jurisdiction,
  '{{ source_table }}' as source_table,
  issue.column_name,
  issue.reason,
  issue.values_count
from (
  select unnest(issues) as issue
  from (
    select [
      {%- for column in typed_columns(node) %}
      {{ issue_counts(column) | indent(6) }}{{ "," if not loop.last }}
      {%- endfor %}
    ] as issues
    from {{ node.relation_name }}
  )
)
{%- endmacro %}


{# What staging would make null in one column, by reason, as a list of {column, reason, count}. #}
{% macro issue_counts(column) -%}
  {%- set meta = column.config.meta -%}
  {%- set typed = read_as_declared(column) -%}
  {%- set reasons = {'unreadable': text(adapter.quote(column.name)) ~ ' is not null and ' ~ typed ~ ' is null'} -%}
  {%- if column.data_type in ('date', 'timestamp') -%}
    {%- set day = 'cast(' ~ typed ~ ' as date)' -%}
    {%- do reasons.update({'before 1900-01-02': day ~ ' < ' ~ earliest_day()}) -%}
    {%- set bounded = column.data_type == 'date' and not meta.get('may_be_future') -%}
    {%- set latest = latest_day('_as_of' if bounded else none) -%}
    {%- do reasons.update({'after the as-of date': day ~ ' > ' ~ latest}) -%}
  {%- endif -%}
  {%- for reason, condition in reasons.items() %}
{
  'column_name': '{{ column.name }}',
  'reason': '{{ reason }}',
  'values_count': count(*) filter (where {{ condition }})
}{{ "," if not loop.last }}
  {%- endfor %}
{%- endmacro %}


{# A raw column read with the macro of its declared type, without the limits on dates. #}
{% macro read_as_declared(column) -%}
  {%- set formats = column.config.meta.get('formats') or ['%Y-%m-%d'] -%}
  {%- if column.data_type == 'date' -%} {{ read_date(adapter.quote(column.name), formats) }}
  {%- elif column.data_type == 'timestamp' -%} {{ read_timestamp(adapter.quote(column.name), formats) }}
  {%- elif column.data_type == 'number' -%} {{ to_number(adapter.quote(column.name)) }}
  {%- else -%} {{ to_integer(adapter.quote(column.name)) }}
  {%- endif -%}
{%- endmacro %}
