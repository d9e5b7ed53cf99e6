-- The time zone that each jurisdiction's contract declares, for comparing its clock with UTC.
{%- set zones = {} %}
{%- if execute %}
  {%- for node in graph.sources.values() if node.source_name in var('jurisdictions') %}
    {%- do zones.update({node.source_name: node.config.meta.get('time_zone', 'UTC')}) %}
  {%- endfor %}
{%- endif %}
{% for jurisdiction, zone in zones.items() | sort %}
select '{{ jurisdiction }}' as jurisdiction, '{{ zone }}' as time_zone
{{ "union all" if not loop.last }}
{%- else %}
select
    cast(null as varchar) as jurisdiction,
    cast(null as varchar) as time_zone
where false
{%- endfor %}
