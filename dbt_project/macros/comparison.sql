{# The practices that the register may ask to agree, in the order in which they are told. #}
{% macro comparison_aspects() -%}
  {{ return([
      'counting_unit', 'population', 'investigator', 'intake_rule', 'affidavit_rule',
      'findings_told_apart', 'clock_start', 'clock_end', 'outlay_reporting', 'attendance_rule',
      'review_scope',
  ]) }}
{%- endmacro %}


{# Whether a word stands in a column that holds words parted by commas. #}
{% macro is_listed(word, list) -%}
  ',' || {{ list }} || ',' like '%,' || {{ word }} || ',%'
{%- endmacro %}


{# The values of a group as one text, in the order of `place`. #}
{% macro listed(value, place) -%}
  {{ dbt.listagg(value, "', '", "order by " ~ place) }}
{%- endmacro %}


{# Twelve hex digits for a text. #}
{% macro short_hash(text) -%}
  left({{ dbt.hash(text) }}, 12)
{%- endmacro %}


{# Which records a source holds, as a sentence without its end. #}
{% macro population_told(population) -%}
  case {{ population }}
    when 'all' then 'It holds every record that its publisher releases'
    when 'closed_only' then 'It holds only closed records, so open ones are missing'
    when 'substantiated_only'
      then 'It holds only substantiated records, so nothing in it says how many were not'
    when 'sustained_only'
      then 'It holds only sustained records, so nothing in it says how many were not'
    when 'closing_report_posted' then 'It holds only cases whose closing report was posted'
    when 'with_board_review' then 'It holds only cases that reached the board'
    when 'one_listing' then 'It holds only the awards of one assistance listing'
    when 'active_only' then 'It holds only active awards'
    when 'public_safety_meetings' then 'It holds only meetings about public safety'
    when 'all_recordings'
      then 'It holds what was recorded, so an event without a recording is missing'
    else 'It holds only these records: ' || replace({{ population }}, '_', ' ')
  end
{%- endmacro %}
