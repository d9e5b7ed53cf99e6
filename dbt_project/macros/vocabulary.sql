{#
  How an outcome ranks when a complaint has several allegations, as text that sorts: rank, then the
  five outcome columns. The smallest key of a complaint is its outcome, whatever the row order.
  Sustained comes first, and open next: a complaint is not decided while an allegation is open.
#}
{% macro outcome_key(
  resolution_class, finding, truncation_reason, alternative_kind, void_reason
) -%}
  case when {{ resolution_class }} is not null then
    concat_ws(
      '|',
      case
        when {{ finding }} = 'sustained' then '01'
        when {{ resolution_class }} = 'open' then '02'
        when {{ finding }} = 'policy_or_training_failure' then '03'
        when {{ finding }} = 'other_misconduct_noted' then '04'
        when {{ resolution_class }} = 'alternative' then '05'
        when {{ finding }} = 'not_sustained' then '06'
        when {{ finding }} = 'exonerated' then '07'
        when {{ finding }} = 'unfounded' then '08'
        when {{ resolution_class }} = 'truncated' then '09'
        when {{ resolution_class }} = 'referred' then '10'
        when {{ resolution_class }} = 'void' then '11'
        else '12'
      end,
      {{ resolution_class }},
      coalesce({{ finding }}, ''),
      coalesce({{ truncation_reason }}, ''),
      coalesce({{ alternative_kind }}, ''),
      coalesce({{ void_reason }}, '')
    )
  end
{%- endmacro %}


{# The key of an allegation of an open complaint about which the source says nothing yet. #}
{% macro open_outcome_key() -%} '02|open||||' {%- endmacro %}


{# The five columns of an outcome key, in their order. #}
{% macro outcome_columns(key) -%}
  {%- for name in [
      'resolution_class', 'finding', 'truncation_reason', 'alternative_kind', 'void_reason',
  ] %}
  nullif({{ dbt.split_part(key, "'|'", loop.index + 1) }}, '') as {{ name }}
  {{- "," if not loop.last }}
  {%- endfor %}
{%- endmacro %}


{# The order in which a category speaks for a complaint that has allegations of several. #}
{% macro categories_by_gravity() -%}
  {{ return([
      'force', 'sexual', 'domestic_violence', 'bias', 'abuse_stop_search', 'abuse_other',
      'untruthful', 'offensive_language', 'discourtesy', 'neglect', 'bwc_policy', 'other',
  ]) }}
{%- endmacro %}


{# Joins the meaning of a local word on the day of the record; never more than one row. #}
{% macro join_meaning(alias, field, rows, column, day=none) -%}
  left join {{ ref('int_vocabulary__matched') }} as {{ alias }}
    on
      {{ alias }}.field = '{{ field }}'
      and {{ rows }}.jurisdiction = {{ alias }}.jurisdiction
      and {{ rows }}.{{ column }} = {{ alias }}.local_value
      and {{ day or "date '9999-12-31'" }} >= {{ alias }}.first_date
      and {{ day or "date '9999-12-31'" }} <= {{ alias }}.last_date
{%- endmacro %}


{# One row for each word of a '|'-separated list. #}
{% macro split_words(column) -%}
  unnest(string_split({{ column }}, '|'))
{%- endmacro %}
