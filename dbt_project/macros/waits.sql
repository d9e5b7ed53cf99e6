{# Every day from 1990 to 2050, as the column `day`: the years of which the holidays are known. #}
{% macro every_day() -%}
  {{ return(adapter.dispatch('every_day')()) }}
{%- endmacro %}

{% macro duckdb__every_day() -%}
  select cast(unnest(generate_series(date '1990-01-01', date '2050-12-31', interval 1 day)) as date)
      as day
{%- endmacro %}


{#
  The last day that each table of complaints tells of, with the state whose holidays hold there. It is
  the day that the publisher vouches for; where none is stated, the last day that stands in the
  table, but no later than the day on which the table was read.
#}
{% macro last_days_of_complaints() -%}
  select
        feeds.source_table,
        coalesce(min(feeds.state), 'US') as state,
        coalesce(
            min(feeds.as_of),
            least(
                max(greatest(
                    complaints.received_date,
                    coalesce(complaints.investigation_closed_date, complaints.received_date)
                )),
                coalesce(min(observations.valid_on), {{ latest_day() }})
            )
        ) as last_date
    from {{ source('pipeline', 'feeds') }} as feeds
    inner join {{ ref('complaints') }} as complaints
        on feeds.source_table = complaints.source_table
    left join {{ source('history', 'observations') }} as observations
        on
            feeds.source_table = observations.source_table
            and feeds.snapshot_id = observations.snapshot_id
    group by feeds.source_table
{%- endmacro %}


{# The last day of a clock of so many days or months; the day of the start is not counted. #}
{% macro due_after(first_day, length, length_unit) -%}
  cast(
    case {{ length_unit }}
      when 'month' then {{ dbt.dateadd('month', length, first_day) }}
      else {{ dbt.dateadd('day', length, first_day) }}
    end as date
  )
{%- endmacro %}
