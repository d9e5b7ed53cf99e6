{#
  How long cases wait, with the cases that still wait counted in: Kaplan and Meier (1958), and, where
  a case can end in several ways, Aalen and Johansen (1978).

  1. `survival_steps` turns cases into steps, one row per group and day. Use it as the body of a CTE:

       steps as (
           {{ survival_steps('waits', groups=['jurisdiction', 'period_start'], days='days',
                             event='ending', cases='cases_count', causes=['sustained']) }}
       )

     relation  a CTE or table; one row is one case, or several alike
     groups    columns that set one curve apart from another; nulls are a group of their own
     days      whole days watched, 0 or more; rows without it are left out
     event     SQL for the word of what ended the wait, null for a case that still waits, whose
               watching was cut off on that day. A case cut off on a day on which others end was
               still at risk on that day.
     cases     SQL for how many cases the row stands for; 1 unless told. A row of 0 cases asks for
               the curve on a day on which nobody left.
     causes    words of `event` for each of which the share ended by it is wanted, all else being a
               competing end. A cause is a plain word: it becomes part of a column name.

     Columns: the groups; days; leaving_count; ended_count; at_risk_count (watched to that day or
     longer); survival (share still waiting after that day); survival_se (Greenwood); and for each
     cause <cause>_incidence and <cause>_incidence_se (delta method, as in Marubini and Valsecchi
     1995). Shares are fractions. After the last day watched, `at_risk_count` is 0 and the curve is
     known only if it has come down to 0.

  2. Quantiles are read off the steps, grouped by the same columns:

       select
           jurisdiction,
           period_start,
           {{ survival_quantile(0.5) }} as estimate,
           {{ survival_quantile_lower(0.5) }} as estimate_lower,
           {{ survival_quantile_upper(0.5) }} as estimate_upper,
           max(at_risk_count) as denominator,
           sum(ended_count) as cohort_decided_count
       from steps
       group by jurisdiction, period_start

     The quantile is the first day by which that share of the cases has ended; null when it has not.
     The interval inverts the log-log test (Brookmeyer and Crowley 1982): from the first day that is
     not too early to the first that is too late; an end that the data do not reach is null.
#}
{% macro survival_steps(relation, groups, days='days', event='event', cases='1', causes=[]) -%}
  {%- set keys = groups | join(', ') -%}
  {%- set until_now = 'over (partition by ' ~ keys ~ ' order by days)' -%}
    with survival_leaving as (

        select
            {{ keys }},
            {{ days }} as days,
            cast(sum({{ cases }}) as double) as leaving_count,
            {%- for cause in causes %}
            cast(sum(case when {{ event }} = '{{ cause }}' then {{ cases }} else 0 end) as double)
                as {{ cause }}_count,
            {%- endfor %}
            cast(sum(case when {{ event }} is not null then {{ cases }} else 0 end) as double)
                as ended_count
        from {{ relation }}
        where {{ days }} is not null
        group by {{ keys }}, {{ days }}

    ),

    survival_watched as (

        select
            *,
            sum(leaving_count) over (partition by {{ keys }} order by days desc) as at_risk_count
        from survival_leaving

    ),

    -- A product of shares is a sum of logarithms; nothing is left once all at risk have ended.
    survival_surviving as (

        select
            *,
            case
                when max(case when ended_count > 0 and ended_count = at_risk_count then 1 else 0 end)
                    {{ until_now }} = 1 then 0.0
                else exp(sum(
                    case
                        when ended_count > 0 and ended_count < at_risk_count
                            then ln((at_risk_count - ended_count) / at_risk_count)
                        else 0.0
                    end
                ) {{ until_now }})
            end as survival,
            case
                when ended_count > 0 and ended_count < at_risk_count
                    then ended_count / (at_risk_count * (at_risk_count - ended_count))
                else 0.0
            end as greenwood
        from survival_watched

    )

    {%- if causes %},

    -- What each day adds to each cause: the share still waiting before it, times those it ends.
    survival_ending as (

        select
            *,
            coalesce(lag(survival) {{ until_now }}, 1.0) / nullif(at_risk_count, 0)
                as weight
        from survival_surviving

    ),

    survival_incident as (

        select
            *,
            {%- for cause in causes %}
            coalesce(sum(weight * {{ cause }}_count) {{ until_now }}, 0.0)
                as {{ cause }}_incidence{{ "," if not loop.last }}
            {%- endfor %}
        from survival_ending

    )
    {%- endif %}

    select
        {{ keys }},
        days,
        leaving_count,
        ended_count,
        at_risk_count,
        survival,
        {%- for cause in causes %}
        {{ cause }}_incidence,
        sqrt(greatest(0.0, {{ _incidence_variance(cause, until_now) }}))
            as {{ cause }}_incidence_se,
        {%- endfor %}
        survival * sqrt(sum(greenwood) {{ until_now }}) as survival_se
    from survival_{{ 'incident' if causes else 'surviving' }}
{%- endmacro %}


{# Sums, over the days until now, of what each adds to the variance of the share reached now. #}
{% macro _incidence_variance(cause, until_now) -%}
  {%- set now = cause ~ '_incidence' -%}
  {%- set ends = 'weight * ' ~ cause ~ '_count / nullif(at_risk_count, 0)' -%}
  {{ now }} * {{ now }} * sum(greenwood) {{ until_now }}
            - 2 * {{ now }} * sum({{ now }} * greenwood + {{ ends }}) {{ until_now }}
            + sum(
                {{ now }} * {{ now }} * greenwood
                + 2 * {{ now }} * {{ ends }}
                + weight * {{ ends }} * (at_risk_count - {{ cause }}_count)
            ) {{ until_now }}
{%- endmacro %}


{# The first day by which this share of the cases has ended. An aggregate over the steps. #}
{% macro survival_quantile(share) -%}
  min(case when ended_count > 0 and survival <= {{ 1 - share }} + 1e-12 then days end)
{%- endmacro %}


{# The first day that is not too early for the quantile, at 95 percent confidence. #}
{% macro survival_quantile_lower(share) -%}
  min(case when {{ _log_log_distance(share) }} >= -{{ z95() }} then days end)
{%- endmacro %}


{# The first day that is too late for the quantile; null when the data do not reach it. #}
{% macro survival_quantile_upper(share) -%}
  min(case when {{ _log_log_distance(share) }} > {{ z95() }} then days end)
{%- endmacro %}


{# Standard errors from the share to the curve, on the scale ln(-ln(survival)). #}
{% macro _log_log_distance(share) -%}
  case
    when ended_count > 0 and survival = 0 then 1e9
    when ended_count > 0
      then (ln(-ln(survival)) - ln(-ln({{ 1 - share }}))) * survival * -ln(survival) / survival_se
  end
{%- endmacro %}
