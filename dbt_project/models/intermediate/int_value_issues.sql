{{ config(materialized='table') }}

-- Values that were typed but that staging turns into null, per column that the contracts type.
-- Read from the contracts themselves, so a new feed is counted without a word here.
{%- set tables = {} %}
{%- if execute %}
  {%- for node in graph.sources.values() if node.source_name in var('jurisdictions') %}
    {%- if typed_columns(node) %}
      {%- do tables.update({node.source_name ~ '.' ~ node.name: node}) %}
    {%- endif %}
  {%- endfor %}
{%- endif %}
with

issues as (

    {% for source_table, node in tables.items() | sort(attribute='0') %}
    {{ value_issues(source_table, node) | indent(4) }}
    union all
    {% endfor %}
    select
        cast(null as varchar) as jurisdiction,
        cast(null as varchar) as source_table,
        cast(null as varchar) as column_name,
        cast(null as varchar) as reason,
        cast(0 as bigint) as values_count

)

select * from issues
where values_count > 0
