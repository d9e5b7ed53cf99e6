-- Results of the expectations are added to this table when the release candidate is judged.
with

accounting as (

    select
        source_table as table_name,
        'every_row_is_accounted_for' as check_name,
        'accounting' as kind,
        'error' as severity,
        received - loaded - quarantined - dropped_identical as observed_count,
        concat(
            'Received ', received, '; loaded ', loaded, ', put aside as unreadable ', quarantined,
            ', dropped as identical ', dropped_identical, '. Withheld besides: ', withheld_band, '.'
        ) as explanation
    from {{ source('pipeline', 'feeds') }}

),

quarantined as (

    select
        source_table as table_name,
        'every_row_is_readable' as check_name,
        'accounting' as kind,
        'warning' as severity,
        quarantined as observed_count,
        concat(quarantined, ' of ', received, ' rows could not be read and were put aside.')
            as explanation
    from {{ source('pipeline', 'feeds') }}

),

unknown_columns as (

    select
        source_table as table_name,
        'columns_are_declared' as check_name,
        'accounting' as kind,
        'warning' as severity,
        count(*) as observed_count,
        -- Their headings may tell more than they should, and nobody has read them yet.
        'Columns that the publisher added and that nobody has classified; they are not loaded.'
            as explanation
    from {{ source('pipeline', 'unknown_columns') }}
    group by source_table

),

words as (

    select
        used.jurisdiction,
        used.source_table,
        used.field,
        sum(used.rows_count) as rows_count
    from {{ ref('int_vocabulary__counted') }} as used
    group by all

),

unmapped as (

    select
        jurisdiction,
        source_table,
        field,
        sum(rows_count) as rows_count
    from {{ ref('int_vocabulary__unmapped') }}
    group by all

),

vocabulary as (

    select
        words.source_table as table_name,
        concat('words_of_', words.field, '_are_known') as check_name,
        'vocabulary' as kind,
        case
            when coverage.unmapped_pct > {{ var('max_unmapped_pct') }} then 'error'
            else 'warning'
        end as severity,
        coalesce(unmapped.rows_count, 0) as observed_count,
        concat(
            coalesce(unmapped.rows_count, 0), ' of ', words.rows_count, ' rows use a word of ',
            words.field, ' that is not in our vocabulary yet.'
        ) as explanation
    from words
    left join unmapped
        on
            words.jurisdiction = unmapped.jurisdiction
            and words.source_table = unmapped.source_table
            and words.field = unmapped.field
    left join {{ ref('int_vocabulary__coverage') }} as coverage
        on words.jurisdiction = coverage.jurisdiction and words.field = coverage.field

),

unusable_values as (

    select
        source_table as table_name,
        concat(column_name, ': ', reason) as check_name,
        'value' as kind,
        'warning' as severity,
        values_count as observed_count,
        concat(values_count, ' values of ', column_name, ' are ', reason, ' and are left empty.')
            as explanation
    from {{ ref('int_value_issues') }}

),

results as (

    select * from accounting
    union all
    select * from quarantined
    union all
    select * from unknown_columns
    union all
    select * from vocabulary
    union all
    select * from unusable_values

)

select
    table_name,
    check_name,
    kind,
    severity,
    observed_count = 0 as has_passed,
    cast(observed_count as bigint) as observed_count,
    explanation
from results
