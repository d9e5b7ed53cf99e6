{{ config(materialized='table') }}

-- Complaints in our words, beside the source's own. `stated_status` is what the source says of the
-- complaint itself: its status, else a closing date, else an outcome. Words are read as of the day
-- of receipt; without one they take their latest meaning.
with

dated as (

    select
        *,
        coalesce(received_date, date '9999-12-31') as record_date
    from {{ ref('int_complaints__deduplicated') }}

),

public as (

    select dated.*
    from dated
    anti join {{ ref('int_complaints__withheld') }} as withheld
        on dated.jurisdiction = withheld.jurisdiction and dated.complaint_id = withheld.complaint_id

)

select
    public.*,
    category.canonical as category,
    public.category_local is null or category.field is not null as has_category_meaning,
    public.status_local is null or status.field is not null as has_status_meaning,
    public.outcome_local is null or outcome.field is not null as has_outcome_meaning,
    coalesce(
        status.status,
        case when public.investigation_closed_date is not null then 'closed' end,
        outcome.status
    ) as stated_status,
    coalesce(outcome.outcome_key, status.outcome_key) as stated_outcome_key
from public
{{ join_meaning('category', 'category', 'public', 'category_local', 'public.record_date') }}
{{ join_meaning('status', 'complaint_status', 'public', 'status_local', 'public.record_date') }}
{{ join_meaning('outcome', 'complaint_outcome', 'public', 'outcome_local', 'public.record_date') }}
