-- Words without a crosswalk row, and words whose crosswalk rows do not reach the record's date.
with

missing as (

    select words.jurisdiction, words.source_table, words.field, words.local_value, words.rows_count
    from {{ ref('int_vocabulary__counted') }} as words
    where not exists (
        select 1
        from {{ ref('int_vocabulary__matched') }} as matched
        where
            matched.jurisdiction = words.jurisdiction
            and matched.field = words.field
            and matched.local_value = words.local_value
    )

),

complaint_misses as (

    select jurisdiction, source_table, 'category' as field, category_local as local_value
    from {{ ref('int_complaints__harmonised') }}
    where not has_category_meaning
    union all
    select jurisdiction, source_table, 'complaint_status', status_local
    from {{ ref('int_complaints__harmonised') }}
    where not has_status_meaning
    union all
    select jurisdiction, source_table, 'complaint_outcome', outcome_local
    from {{ ref('int_complaints__harmonised') }}
    where not has_outcome_meaning

),

allegation_misses as (

    select jurisdiction, source_table, 'category' as field, category_local as local_value
    from {{ ref('int_allegations__harmonised') }}
    where not has_category_meaning
    union all
    select jurisdiction, source_table, 'allegation_outcome', outcome_local
    from {{ ref('int_allegations__harmonised') }}
    where not has_outcome_meaning

),

misses as (

    select * from complaint_misses
    union all
    select * from allegation_misses

),

out_of_period as (

    select
        misses.jurisdiction,
        misses.source_table,
        misses.field,
        misses.local_value,
        count(*) as rows_count
    from misses
    anti join missing
        on
            misses.jurisdiction = missing.jurisdiction
            and misses.source_table = missing.source_table
            and misses.field = missing.field
            and misses.local_value = missing.local_value
    group by all

)

select * from missing
union all
select * from out_of_period
