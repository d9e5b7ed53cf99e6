{# An amount with two decimals: "$1,234.50", "(12.00)" for minus twelve; null when unreadable. #}
{% macro to_number(column) -%}
  {{ cast_or_null("translate(" ~ text(column) ~ ", '(),$ ', '-')", 'decimal(18, 2)') }}
{%- endmacro %}


{# A whole number; "3.0" is 3, "3.7" is not a whole number and gives null. #}
{% macro to_integer(column) -%}
  {%- set number = cast_or_null("replace(" ~ text(column) ~ ", ',', '')", 'decimal(18, 4)') -%}
  case when {{ number }} % 1 = 0 then {{ cast_or_null(number, 'integer') }} end
{%- endmacro %}
