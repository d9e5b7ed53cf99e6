{#
  A date, or null when the text cannot be read or cannot be true: before 1900-01-02 (1900-01-01 is
  a common stand-in for "unknown"), or after the day the publisher vouches for (`_as_of`).
  `formats` are the contract's. `may_be_future` lifts the `_as_of` limit, for planned dates.
#}
{% macro to_date(column, formats=['%Y-%m-%d'], may_be_future=false, as_of='_as_of') -%}
  {%- set day = read_date(column, formats) -%}
  {%- set latest = latest_day(none if may_be_future else as_of) -%}
  case
    when {{ day }} between {{ earliest_day() }} and {{ latest }}
      then {{ day }}
  end
{%- endmacro %}


{#
  A moment, or null when unreadable or before 1900-01-02. May lie ahead: a hearing is announced. The
  clock reading is kept as written: an offset at its end is not applied.
#}
{% macro to_timestamp_or_null(column, formats=['%Y-%m-%dT%H:%M:%S']) -%}
  {%- set moment = read_timestamp(column, formats) -%}
  case
    when cast({{ moment }} as date) between {{ earliest_day() }} and {{ latest_day() }}
      then {{ moment }}
  end
{%- endmacro %}


{% macro earliest_day() -%} date '1900-01-02' {%- endmacro %}

{% macro latest_day(as_of=none) -%}
  {%- if as_of -%} coalesce({{ as_of }}, date '2199-12-31')
  {%- else -%} date '2199-12-31'
  {%- endif -%}
{%- endmacro %}


{# The date as written, plausible or not; null only when it cannot be read. #}
{% macro read_date(column, formats) -%}
  {{ read_moment(column, formats, 'date') }}
{%- endmacro %}

{% macro read_timestamp(column, formats) -%}
  {{ read_moment(column, formats, 'timestamp') }}
{%- endmacro %}


{# ISO formats are read by a cast, several times cheaper than a format string. #}
{% macro read_moment(column, formats, data_type) -%}
  {%- set other = [] -%}
  {%- for format in formats if not format.startswith('%Y-%m-%d') -%}
    {%- do other.append(format) -%}
  {%- endfor -%}
  {%- set iso = cast_or_null(text(column), data_type) -%}
  {%- if not other -%} {{ iso }}
  {%- else -%}
    {%- set local = 'cast(' ~ parse_moment(text(column), other) ~ ' as ' ~ data_type ~ ')' -%}
    {%- if other | length == formats | length -%} {{ local }}
    {%- else -%} coalesce({{ iso }}, {{ local }})
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}


{% macro cast_or_null(expression, data_type) -%}
  {{ return(adapter.dispatch('cast_or_null')(expression, data_type)) }}
{%- endmacro %}

{% macro default__cast_or_null(expression, data_type) -%}
  try_cast({{ expression }} as {{ data_type }})
{%- endmacro %}


{% macro parse_moment(expression, formats) -%}
  {{ return(adapter.dispatch('parse_moment')(expression, formats)) }}
{%- endmacro %}

{% macro duckdb__parse_moment(expression, formats) -%}
  try_strptime({{ expression }}, ['{{ formats | join("', '") }}'])
{%- endmacro %}


{# Hours from one moment in UTC to another, one decimal. #}
{% macro hours_between(first_moment, last_moment) -%}
  {{ return(adapter.dispatch('hours_between')(first_moment, last_moment)) }}
{%- endmacro %}

{% macro duckdb__hours_between(first_moment, last_moment) -%}
  cast(round((epoch({{ last_moment }}) - epoch({{ first_moment }})) / 3600, 1) as decimal(10, 1))
{%- endmacro %}


{# A moment with its offset from UTC, as a moment in UTC; null when no offset is written. #}
{% macro stated_utc(column) -%}
  {{ return(adapter.dispatch('stated_utc')(column)) }}
{%- endmacro %}

{% macro duckdb__stated_utc(column) -%}
  case
    when regexp_matches({{ text(column) }}, 'T.*(Z|[+-][0-9]{2}:?[0-9]{2})$')
      then try_cast({{ text(column) }} as timestamptz) at time zone 'UTC'
  end
{%- endmacro %}


{# A moment on the clock of `time_zone`, in UTC. Of a clock reading that comes twice, the first. #}
{% macro utc_of(local, time_zone) -%}
  {{ return(adapter.dispatch('utc_of')(local, time_zone)) }}
{%- endmacro %}

{% macro duckdb__utc_of(local, time_zone) -%}
  (({{ local }} at time zone {{ time_zone }}) at time zone 'UTC')
{%- endmacro %}


{# The day on the clock of `time_zone` at a moment in UTC. #}
{% macro local_day(utc, time_zone) -%}
  {{ return(adapter.dispatch('local_day')(utc, time_zone)) }}
{%- endmacro %}

{% macro duckdb__local_day(utc, time_zone) -%}
  cast((({{ utc }} at time zone 'UTC') at time zone {{ time_zone }}) as date)
{%- endmacro %}


{# The start of a hearing in UTC: as the source states it, else worked out from the local clock. #}
{% macro starts_at_utc() -%}
  coalesce(hearings.starts_at_utc, {{ utc_of('hearings.starts_at', 'zones.time_zone') }})
{%- endmacro %}


{# The federal fiscal year runs from October to September and is named for the year it ends in. #}
{% macro federal_fiscal_year(day) -%}
  cast(
    extract(year from {{ day }}) + case when extract(month from {{ day }}) >= 10 then 1 else 0 end
    as integer
  )
{%- endmacro %}


{# The first day of the month of a date. #}
{% macro month_of(day) -%}
  cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}


{# Calendar days from one date to another; negative when the second comes first. #}
{% macro days_between(first_day, last_day) -%}
  {{ dbt.datediff(first_day, last_day, 'day') }}
{%- endmacro %}


{# Which kind of period a row of grouping sets is for: all time, or the year that it groups by. #}
{% macro period_kind_of(year) -%}
  case when grouping({{ year }}) = 1 then 'all' else 'calendar_year' end
{%- endmacro %}
