with

used as (

    select jurisdiction, field, sum(rows_count) as rows_count
    from {{ ref('int_vocabulary__counted') }}
    group by all

),

unmapped as (

    select jurisdiction, field, sum(rows_count) as unmapped_count
    from {{ ref('int_vocabulary__unmapped') }}
    group by all

)

select
    used.jurisdiction,
    used.field,
    cast(used.rows_count as bigint) as rows_count,
    cast(coalesce(unmapped.unmapped_count, 0) as bigint) as unmapped_count,
    round(100.0 * coalesce(unmapped.unmapped_count, 0) / used.rows_count, 2) as unmapped_pct
from used
left join unmapped
    on used.jurisdiction = unmapped.jurisdiction and used.field = unmapped.field
