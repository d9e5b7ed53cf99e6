{{ config(materialized='table') }}

-- Camera reviews run to millions of rows but use few words: each distinct set of words is read
-- once here, and everything about vocabulary works on these sets.
select
    jurisdiction,
    source_table,
    footage_local,
    violations_local,
    sampling_local,
    request_outcome_local,
    count(*) as rows_count
from {{ ref('int_bwc_reviews__unioned') }}
group by all
