{#
  The published staging models of one feed, stacked, each column cast to the type of the shared
  interface. Published = named in var('published')[feed] and of a jurisdiction that this
  installation builds. With none, an empty table of the same shape. `columns`: {name: type}.
#}
{% macro union_published(feed, columns) -%}
  {%- set models = published_models(feed) -%}
  {%- for model in models %}
  select
    {%- for name, data_type in columns.items() %}
    cast({{ name }} as {{ data_type }}) as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
  from {{ ref(model) }}
  {%- if not loop.last %}
  union all
  {%- endif %}
  {%- else %}
  select
    {%- for name, data_type in columns.items() %}
    cast(null as {{ data_type }}) as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
  where false
  {%- endfor %}
{%- endmacro %}


{# stg_<jurisdiction>__<table> is built when its jurisdiction is. #}
{% macro published_models(feed) -%}
  {%- set built = [] -%}
  {%- for model in var('published').get(feed) or [] -%}
    {%- if model.split('__')[0][4:] in var('jurisdictions') -%}
      {%- do built.append(model) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(built) }}
{%- endmacro %}
