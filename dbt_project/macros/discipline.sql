{# Ten days and five days are one penalty of different size: # stands for each number. #}
{% macro without_numbers(expression) -%}
  regexp_replace({{ expression }}, '[0-9]+([.][0-9]+)?', '#', 'g')
{%- endmacro %}


{# The value of a step's row in rows that are grouped by case. #}
{% macro of_step(step, column) -%}
  max(case when step = '{{ step }}' then {{ column }} end)
{%- endmacro %}


{# The natural logarithm of the factorial of a whole number that is not negative. #}
{% macro ln_factorial(number) -%}
  lgamma({{ number }} + 1)
{%- endmacro %}
