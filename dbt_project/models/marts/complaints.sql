with

complaints as (

    select * from {{ ref('int_complaints__harmonised') }}

),

rolled_up as (

    select * from {{ ref('int_complaint_outcomes__rolled_up') }}

),

with_allegations as (

    select distinct jurisdiction from rolled_up

),

joined as (

    select
        complaints.* exclude (category, stated_status),
        coalesce(complaints.category, rolled_up.category) as category,
        case
            when complaints.stated_status is not null then complaints.stated_status
            when rolled_up.allegations_count > 0 and not rolled_up.has_open_allegation then 'closed'
            else 'open'
        end as status,
        -- Where a jurisdiction states its complaints twice, allegations may come from the older
        -- statement: what the first source says of the complaint itself is the later word.
        case
            when complaints.sources_count > 1 and complaints.outcome_priority = 1
                then coalesce(complaints.stated_outcome_key, rolled_up.outcome_key)
            when rolled_up.stated_outcomes_count > 0 then rolled_up.outcome_key
            else coalesce(complaints.stated_outcome_key, rolled_up.outcome_key)
        end as known_outcome_key,
        case
            when with_allegations.jurisdiction is not null
                then coalesce(rolled_up.allegations_count, 0)
        end as allegations_count,
        rolled_up.identified_officers_count + rolled_up.unidentified_officers_count
            as officers_count,
        rolled_up.unidentified_officers_count,
        {{ days_between('complaints.received_date', 'complaints.investigation_closed_date') }}
            as days_between
    from complaints
    left join rolled_up
        on
            complaints.jurisdiction = rolled_up.jurisdiction
            and complaints.complaint_id = rolled_up.complaint_id
    left join with_allegations
        on complaints.jurisdiction = with_allegations.jurisdiction

),

decided as (

    select
        *,
        -- A complaint that its agency calls open is not decided by what is decided so far, unless
        -- that is sustained: keys sort by rank.
        case
            when status not in ('open', 'reopened', 'tolled') then known_outcome_key
            when known_outcome_key < {{ open_outcome_key() }} then known_outcome_key
            else {{ open_outcome_key() }}
        end as outcome_key
    from joined

),

final as (

    select
        *,
        {{ outcome_columns('outcome_key') }}
    from decided

)

select
    jurisdiction,
    complaint_id,
    received_date,
    {{ month_of('received_date') }} as received_month,
    incident_date,
    investigation_closed_date,
    district,
    category,
    category_local,
    status,
    resolution_class,
    finding,
    truncation_reason,
    alternative_kind,
    void_reason,
    outcome_local,
    intake_channel,
    cast(case when days_between >= 0 then days_between end as integer) as days_to_close,
    coalesce(days_between < 0, false) as is_closed_before_received,
    cast(allegations_count as integer) as allegations_count,
    cast(officers_count as integer) as officers_count,
    cast(unidentified_officers_count as integer) as unidentified_officers_count,
    sources_count,
    source_table,
    '1' as rollup_rule_version
from final
where void_reason is distinct from 'expunged_or_sealed'
