{{ config(severity='warn') }}

select
    jurisdiction,
    source_table,
    count(*) as allegations_count
from {{ ref('allegations') }}
anti join {{ ref('complaints') }} using (jurisdiction, complaint_id)
group by all
