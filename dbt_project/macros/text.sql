{# What was typed, without the blanks around it; nothing typed is null. #}
{% macro text(column) -%}
  nullif(trim({{ column }}), '')
{%- endmacro %}


{# How two spellings of one word meet: lower case, single spaces. The key into the vocabularies. #}
{% macro normalise_word(expression) -%}
  {{ return(adapter.dispatch('normalise_word')(expression)) }}
{%- endmacro %}

{% macro default__normalise_word(expression) -%}
  nullif(lower(trim(regexp_replace({{ expression }}, '\s+', ' ', 'g'))), '')
{%- endmacro %}


{# The literal 'larkhaven.complaints': where a row was received. #}
{% macro row_source(jurisdiction, table) -%}
  '{{ jurisdiction }}.{{ table }}'
{%- endmacro %}
