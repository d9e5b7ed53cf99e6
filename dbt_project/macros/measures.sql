{#
  The one shape in which every family of measures hands its numbers to the mart `measures`.
  A family writes counts and estimates; what is a percentage, its interval, what is too few and
  what a source cannot tell is decided there, once for all.
#}
{% macro measure_columns() -%}
  {{ return({
      'metric': 'varchar',
      'jurisdiction': 'varchar',
      'period_kind': 'varchar',
      'period_start': 'date',
      'dimension': 'varchar',
      'dimension_value': 'varchar',
      'numerator': 'double',
      'denominator': 'double',
      'estimate': 'double',
      'estimate_lower': 'double',
      'estimate_upper': 'double',
      'cohort_count': 'double',
      'cohort_decided_count': 'double',
  }) }}
{%- endmacro %}


{# The select list of a family: each column of the shape, by its name or as a typed null. #}
{% macro as_measures(relation, given) -%}
  select
    {%- for name, data_type in measure_columns().items() %}
    cast({{ name if name in given else 'null' }} as {{ data_type }}) as {{ name }}
    {{- "," if not loop.last }}
    {%- endfor %}
  from {{ relation }}
{%- endmacro %}


{# The standard normal quantile of a 95 percent interval. #}
{% macro z95() -%} 1.959963984540054 {%- endmacro %}


{# Ends of the Wilson score interval of a share (Wilson 1927), as a fraction; null without cases. #}
{% macro wilson_lower(numerator, denominator) -%}
  greatest(0.0, {{ _wilson_middle(numerator, denominator) }}
    - {{ _wilson_half(numerator, denominator) }})
{%- endmacro %}

{% macro wilson_upper(numerator, denominator) -%}
  least(1.0, {{ _wilson_middle(numerator, denominator) }}
    + {{ _wilson_half(numerator, denominator) }})
{%- endmacro %}

{% macro _wilson_middle(numerator, denominator) -%}
  ({{ numerator }} + {{ z95() }} * {{ z95() }} / 2)
    / nullif({{ denominator }} + {{ z95() }} * {{ z95() }}, 0)
{%- endmacro %}

{% macro _wilson_half(numerator, denominator) -%}
  {{ z95() }} * sqrt(
    {{ numerator }} * ({{ denominator }} - {{ numerator }}) / nullif({{ denominator }}, 0)
    + {{ z95() }} * {{ z95() }} / 4
  ) / nullif({{ denominator }} + {{ z95() }} * {{ z95() }}, 0)
{%- endmacro %}


{# How far the records of a cohort are decided, in the published words. #}
{% macro maturity_of(decided, records) -%}
  case
    when {{ records }} > 0 and {{ decided }} < 0.5 * {{ records }} then 'immature'
    when {{ records }} > 0 and {{ decided }} < 0.9 * {{ records }} then 'maturing'
    when {{ records }} > 0 then 'mature'
  end
{%- endmacro %}
