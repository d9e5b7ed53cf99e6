with

sealed_words as (

    select distinct jurisdiction, field, local_value
    from {{ ref('int_vocabulary__matched') }}
    where void_reason = 'expunged_or_sealed'

),

public_words as (

    select jurisdiction, 'complaint_outcome' as field, outcome_local as local_value
    from {{ ref('complaints') }}
    where outcome_local is not null
    union all
    select jurisdiction, 'allegation_outcome', outcome_local
    from {{ ref('allegations') }}
    where outcome_local is not null

),

public_complaints as (

    select jurisdiction, complaint_id, 'complaints' as found_in from {{ ref('complaints') }}
    union all
    select jurisdiction, complaint_id, 'allegations' from {{ ref('allegations') }}
    union all
    select jurisdiction, complaint_id, 'bwc_reviews'
    from {{ ref('bwc_reviews') }}
    where complaint_id is not null

)

select
    public_words.jurisdiction,
    public_words.field,
    public_words.local_value,
    count(*) as rows_count
from public_words
inner join sealed_words using (jurisdiction, field, local_value)
group by all

union all

select
    withheld.jurisdiction,
    'complaint_id' as field,
    public_complaints.found_in as local_value,
    count(*) as rows_count
from {{ ref('int_complaints__withheld') }} as withheld
inner join public_complaints using (jurisdiction, complaint_id)
group by all
