{{ config(materialized='table') }}

-- The crosswalk seeds as one table whose periods never overlap, so that a word met on a given day
-- has one meaning at most. A period ends where the next begins. Day 9999-12-31 stands for records
-- without a date: they take the latest meaning.
with

stated as (

    select
        jurisdiction, field, local_value, status, resolution_class, finding, truncation_reason,
        alternative_kind, void_reason, null as canonical, null as canonical_title,
        valid_from, valid_to
    from {{ ref('dispositions') }}

    union all

    select
        jurisdiction, 'category', local_value, null, null, null, null,
        null, null, category, null,
        valid_from, valid_to
    from {{ ref('categories') }}

    union all

    select
        jurisdiction, field, local_value, null, null, null, null,
        null, null, canonical, null,
        null, null
    from {{ ref('bwc_words') }}

    union all

    select
        jurisdiction, field, local_value, null, null, null, null,
        null, null, canonical, null,
        null, null
    from {{ ref('hearing_words') }}

    union all

    select
        jurisdiction, step, local_value, null, null, null, null,
        null, null, decision, null,
        null, null
    from {{ ref('penalties') }}

    union all

    select
        '*', 'program', local_value, null, null, null, null,
        null, null, program, program_title,
        null, null
    from {{ ref('programs') }}

),

keyed as (

    select
        *,
        {{ normalise_word('local_value') }} as word,
        coalesce(valid_from, date '0001-01-01') as first_date,
        coalesce(valid_to, date '9999-12-30') as stated_last_date
    from stated

),

followed as (

    select
        *,
        lead(first_date) over (
            partition by jurisdiction, field, word
            order by first_date, stated_last_date, resolution_class, finding, canonical, local_value
        ) as next_first_date
    from keyed
    where word is not null

),

periods as (

    select
        *,
        least(stated_last_date, next_first_date - 1) as last_date,
        coalesce(next_first_date <= stated_last_date, false) as is_ambiguous
    from followed

),

undated as (

    select
        * replace (date '9999-12-31' as first_date, date '9999-12-31' as last_date)
    from periods
    where next_first_date is null

),

dated as (

    select * from periods
    union all
    select * from undated

)

select
    jurisdiction,
    field,
    word,
    first_date,
    last_date,
    is_ambiguous,
    status,
    resolution_class,
    finding,
    truncation_reason,
    alternative_kind,
    void_reason,
    canonical,
    canonical_title
from dated
