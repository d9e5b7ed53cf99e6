{#
  A staging model for camera reviews or audits that an agency sends on this project's template
  (docs/bwc-template.md): the whole model is one call. Days are ISO days, months are 2026-10, and
  the words are the shared ones, so no seed is needed.
#}
{% macro bwc_template(jurisdiction, table, feed='bwc_reviews') -%}
  with

  source as (

      select * from {{ source(jurisdiction, table) }}

  ),

  renamed as (

      select
          '{{ jurisdiction }}' as jurisdiction,
          {{ bwc_template_columns(feed) | indent(10) }},
          {{ row_source(jurisdiction, table) }} as source_table
      from source

  )

  select * from renamed
{%- endmacro %}


{# The columns of the template as the interface of their feed. #}
{% macro bwc_template_columns(feed) -%}
  {%- set written = bwc_template_written()[feed] -%}
  {%- for name, expression in written.items() %}
{{ expression }} as {{ name }}
  {{- "," if not loop.last }}
  {%- endfor %}
{%- endmacro %}


{% macro bwc_template_written() -%}
  {{ return({
      'bwc_reviews': {
          'bwc_review_local_id': text('review_line_id'),
          'row_hash': 'cast(null as varchar)',
          'row_ordinal': 'cast(null as integer)',
          'complaint_id': text('complaint_id'),
          'officer_key': text('officer_number'),
          'incident_date': to_date('incident_date'),
          'reviewed_date': to_date('reviewed_date'),
          'requested_date': to_date('requested_date'),
          'fulfilled_date': to_date('fulfilled_date'),
          'district': text('district'),
          'footage_local': text('footage'),
          'violations_local': text('violations'),
          'sampling_local': text('sampling'),
          'request_outcome_local': text('request_outcome'),
      },
      'bwc_audits': {
          'bwc_audit_local_id': text('audit_id'),
          'supervisor_key': text('supervisor_number'),
          'audit_month': to_date('audit_month', ['%Y-%m']),
          'audits_due_count': to_integer('audits_due'),
          'audits_done_count': to_integer('audits_done'),
          'audit_sample_local': text('audit_sample'),
      },
  }) }}
{%- endmacro %}
