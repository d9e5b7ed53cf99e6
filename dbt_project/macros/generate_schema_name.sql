{# A schema is named exactly as declared: no target prefix, since every refresh has its own file. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
