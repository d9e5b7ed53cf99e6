{{ config(materialized='table') }}

-- The course of each clock, for the complaints of each year of receipt and for all (no year). Rows
-- of no case ask for the days on which curves and shares are shown.
{% set clocks = {
    'calendar': ['calendar_days', 'event'],
    'business': ['business_days', 'event'],
    'first': ['first_days', 'first_event'],
    'again': ['again_days', 'event'],
} %}
with

clocked as (

    {%- for clock, columns in clocks.items() %}

    select
        jurisdiction,
        received_year,
        '{{ clock }}' as clock,
        {{ columns[0] }} as days,
        {{ columns[1] }} as event,
        count(*) as cases_count
    from {{ ref('int_survival__waits') }}
    where {{ columns[0] }} >= 0
    group by all
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

cohorts as (

    select
        jurisdiction,
        received_year,
        clock,
        days,
        event,
        sum(cases_count) as cases_count
    from clocked
    group by
        grouping sets (
            (jurisdiction, clock, days, event), (jurisdiction, received_year, clock, days, event)
        )

),

asked_days as (

    select
        cohorts.jurisdiction,
        cohorts.received_year,
        cohorts.clock,
        asked.days,
        cast(null as varchar) as event,
        0 as cases_count
    from (select distinct jurisdiction, received_year, clock from cohorts) as cohorts
    cross join (
        values
        (365), (730)
        {%- for days in range(0, 1096, 30) %},
        ({{ days }})
        {%- endfor %}
    ) as asked (days)
    where cohorts.clock = 'calendar'

),

counted as (

    select * from cohorts
    union all
    select * from asked_days

),

steps as (

    {{ survival_steps(
        'counted',
        groups=['jurisdiction', 'received_year', 'clock'],
        cases='cases_count',
        causes=['sustained', 'other_closure'],
    ) }}

)

select * from steps
