{#
  Records counted whole and by part, in each period. A row of such a grouping says which period and
  which part it is for; the words of a part are filled in before (`not_stated`), so that a null is
  always "all of them".
#}

{# The grouping sets: each kind of period with nothing, and with each of its parts. #}
{% macro period_and_part_sets(periods) -%}
  grouping sets (
    {%- for period, parts in periods.items() %}
    {%- set keys = ['jurisdiction'] + ([period] if period else []) %}
    ({{ keys | join(', ') }})
    {%- for part in parts %},
    ({{ (keys + [part]) | join(', ') }})
    {%- endfor %}
    {{- "," if not loop.last }}
    {%- endfor %}
  )
{%- endmacro %}


{# The kind of period and its first day; `month` and `year` are first days too. #}
{% macro period_columns(year, month=none) -%}
  case
    {%- if month %}
    when grouping({{ month }}) = 0 then 'month'
    {%- endif %}
    when grouping({{ year }}) = 0 then 'calendar_year'
    else 'all'
  end as period_kind,
  {% if month %}coalesce({{ month }}, {{ year }}){% else %}{{ year }}{% endif %} as period_start
{%- endmacro %}


{# Which part a row is for, and which of its words; both null for all records. #}
{% macro part_columns(parts) -%}
  case
    {%- for part in parts %}
    when grouping({{ part }}) = 0 then '{{ part }}'
    {%- endfor %}
  end as dimension,
  coalesce({{ parts | join(', ') }}) as dimension_value
{%- endmacro %}


{# Sums of counts, under their own names. #}
{% macro summed(counts) -%}
  {%- for count in counts %}
  cast(sum({{ count }}) as bigint) as {{ count }}{{ "," if not loop.last }}
  {%- endfor %}
{%- endmacro %}


{# A record without the day of its period belongs to no such period. #}
{% macro has_its_day(days) -%}
  {%- for day in days %}
  (grouping({{ day }}) = 1 or {{ day }} is not null){{ " and " if not loop.last }}
  {%- endfor %}
{%- endmacro %}


{# Whether a jurisdiction says anything of the part at all; else all is `not_stated`, and no part. #}
{% macro states_its_part() -%}
  dimension is null
  or bool_or(dimension_value <> 'not_stated') over (partition by jurisdiction, dimension)
{%- endmacro %}


{# The first day of the year of a date. #}
{% macro year_of(day) -%}
  cast({{ dbt.date_trunc('year', day) }} as date)
{%- endmacro %}


{# Not decided yet: open, opened again, or waiting for another proceeding. #}
{% macro is_open(status) -%}
  coalesce({{ status }} in ('open', 'reopened', 'tolled'), false)
{%- endmacro %}
