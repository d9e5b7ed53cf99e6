-- A month ends when the next one begins. Whole months since then are therefore counted by the
-- calendar, and of the snapshots of one calendar month the last one stands for all of them.
with

snapshots as (

    select
        jurisdiction,
        source_table,
        feed,
        sequence,
        snapshot_id,
        valid_on as snapshot_date
    from {{ source('history', 'observations') }}

),

numbered as (

    select
        *,
        cast(extract(year from snapshot_date) * 12 + extract(month from snapshot_date) as integer)
            as month_number,
        row_number() over (
            partition by
                source_table, extract(year from snapshot_date), extract(month from snapshot_date)
            order by sequence desc
        ) as place_from_last
    from snapshots

),

-- The numbers of a month hold from the snapshot that brought them until others come.
cohorts as (

    select
        *,
        cast(extract(year from cohort_month) * 12 + extract(month from cohort_month) as integer)
            as month_number,
        lead(sequence) over (partition by source_table, cohort_month order by sequence)
            as next_sequence
    from {{ source('history', 'cohorts') }}
    where cohort_month >= date '1900-02-01'

)

select
    numbered.jurisdiction,
    cohorts.source_table,
    numbered.feed,
    cohorts.cohort_month,
    cast(numbered.month_number - cohorts.month_number - 1 as integer) as age_months,
    numbered.snapshot_id,
    numbered.snapshot_date,
    cohorts.records_count,
    cohorts.decided_count,
    cast(
        round(100.0 * cohorts.decided_count / nullif(cohorts.records_count, 0), 1)
        as decimal(4, 1)
    ) as decided_pct
from cohorts
inner join numbered
    on
        cohorts.source_table = numbered.source_table
        and cohorts.sequence <= numbered.sequence
        and coalesce(cohorts.next_sequence, numbered.sequence + 1) > numbered.sequence
where
    numbered.place_from_last = 1
    and numbered.month_number > cohorts.month_number
