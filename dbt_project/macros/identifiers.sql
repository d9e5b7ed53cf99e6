{#
  A short public id of a row, the same in every refresh: the agency's own number when it gives one,
  otherwise the row's content and its place among equal rows. Sixteen hexadecimal characters.
  `rows` is the alias of the table with the columns; numbers may restart within a `parent_id`.
#}
{% macro row_id(local_id, rows, parent_id=none) -%}
  {%- set of_table = rows ~ '.jurisdiction, ' ~ rows ~ '.source_table, ' -%}
  left(md5(case
    when {{ rows }}.{{ local_id }} is not null
      then concat_ws(
        '|', {{ of_table }}{{ rows ~ '.' ~ parent_id ~ ', ' if parent_id }}{{ rows }}.{{ local_id }}
      )
    else concat_ws('|', {{ of_table }}{{ rows }}.row_hash, {{ rows }}.row_ordinal)
  end), 16)
{%- endmacro %}
