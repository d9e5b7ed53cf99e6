{# Whether the text of a stamp says that there is none: empty, or the year 1. #}
{% macro is_no_stamp(text) -%}
  (coalesce(trim({{ text }}), '') = '' or {{ text }} like '0001-%')
{%- endmacro %}


{# Whether a fact with a period of validity holds on a day. #}
{% macro holds_on(fact, day) -%}
  {{ day }} >= coalesce({{ fact }}.valid_from, cast('0001-01-01' as date))
  and {{ day }} <= coalesce({{ fact }}.valid_to, cast('9999-12-31' as date))
{%- endmacro %}
