{{ config(store_failures=true, schema='failures') }}

select
    coverage.jurisdiction,
    coverage.field,
    coverage.rows_count,
    coverage.unmapped_count,
    coverage.unmapped_pct,
    unmapped.source_table,
    unmapped.local_value,
    unmapped.rows_count as local_value_count
from {{ ref('int_vocabulary__coverage') }} as coverage
inner join {{ ref('int_vocabulary__unmapped') }} as unmapped
    on coverage.jurisdiction = unmapped.jurisdiction and coverage.field = unmapped.field
where coverage.unmapped_pct > {{ var('max_unmapped_pct') }}
order by coverage.jurisdiction, coverage.field, unmapped.local_value
