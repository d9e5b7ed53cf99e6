{{ config(materialized='table') }}

-- Allegations in each period, whole and by part, with what became of them. An allegation is closed
-- by a stated outcome that is not open; a void one was never one to decide.
{% set parts = ['category', 'intake_channel', 'finding'] %}
{% set counts = [
    'alleged', 'identified', 'still_open', 'void', 'without_outcome', 'closed', 'investigated',
    'on_merits', 'sustained', 'truncated', 'by_directive', 'alternative', 'overturned',
] %}
with

public as (

    select
        allegations.jurisdiction,
        {{ year_of('allegations.received_date') }} as received_year,
        allegations.officer_ordinal,
        allegations.resolution_class,
        allegations.finding as found,
        allegations.truncation_reason,
        coalesce(allegations.category, 'not_stated') as category,
        coalesce(complaints.intake_channel, 'not_stated') as intake_channel,
        case
            when allegations.resolution_class = 'investigated'
                then coalesce(allegations.finding, 'not_stated')
            else 'not_investigated'
        end as finding,
        case
            when allegations.resolution_class is null then {{ is_open('allegations.status') }}
            else allegations.resolution_class = 'open'
        end as is_open,
        allegations.resolution_class in ('investigated', 'truncated', 'alternative', 'referred')
            as is_closed,
        allegations.finding in ('sustained', 'not_sustained', 'unfounded', 'exonerated')
            as is_on_merits,
        lower(allegations.outcome_local) like 'sustained%overturned%' as is_overturned
    from {{ ref('allegations') }} as allegations
    -- A complaint stands once, so no allegation is counted twice.
    left join {{ ref('complaints') }} as complaints
        on
            allegations.jurisdiction = complaints.jurisdiction
            and allegations.complaint_id = complaints.complaint_id

),

-- Counted once here, so that the periods and parts below add up few rows.
counted as (

    select
        jurisdiction,
        received_year,
        category,
        intake_channel,
        finding,
        count(*) as alleged,
        count(officer_ordinal) as identified,
        count(*) filter (where is_open) as still_open,
        count(*) filter (where resolution_class = 'void') as void,
        count(*) filter (where resolution_class is null and not is_open) as without_outcome,
        count(*) filter (where is_closed) as closed,
        count(*) filter (where resolution_class = 'investigated') as investigated,
        count(*) filter (where is_on_merits) as on_merits,
        count(*) filter (where found = 'sustained') as sustained,
        count(*) filter (where resolution_class = 'truncated') as truncated,
        count(*) filter (where truncation_reason = 'resource_directive') as by_directive,
        count(*) filter (where resolution_class = 'alternative') as alternative,
        count(*) filter (where is_on_merits and found != 'sustained' and is_overturned)
            as overturned
    from public
    group by all

),

grouped as (

    select
        jurisdiction,
        {{ period_columns('received_year') }},
        {{ part_columns(parts) }},
        {{ summed(counts) }}
    from counted
    group by {{ period_and_part_sets({'': parts, 'received_year': parts}) }}
    having {{ has_its_day(['received_year']) }}

),

told as (

    select
        *,
        {{ states_its_part() }} as is_stated,
        max(identified) over (partition by jurisdiction) > 0 as tells_officers_apart
    from grouped

)

select *
from told
where is_stated
