{{ config(materialized='table') }}

-- Allegations in our words, with the public facts of their complaint. An allegation without an
-- outcome is open while its complaint is: the source has not decided it yet.
with

public as (

    select
        allegations.* exclude (row_hash, row_ordinal, allegation_local_id),
        {{ row_id('allegation_local_id', 'allegations', 'complaint_id') }} as allegation_id
    from {{ ref('int_allegations__unioned') }} as allegations
    anti join {{ ref('int_complaints__withheld') }} as withheld
        on
            allegations.jurisdiction = withheld.jurisdiction
            and allegations.complaint_id = withheld.complaint_id

),

placed as (

    select
        public.*,
        complaints.received_date,
        complaints.stated_status,
        complaints.stated_outcome_key,
        coalesce(complaints.record_date, date '9999-12-31') as record_date,
        complaints.complaint_id is not null as has_complaint
    from public
    left join {{ ref('int_complaints__harmonised') }} as complaints
        on
            public.jurisdiction = complaints.jurisdiction
            and public.complaint_id = complaints.complaint_id

),

translated as (

    select
        placed.*,
        category.canonical as category,
        placed.category_local is null or category.field is not null as has_category_meaning,
        placed.outcome_local is null or outcome.field is not null as has_outcome_meaning,
        coalesce(outcome.void_reason = 'expunged_or_sealed', false) as is_sealed,
        outcome.status as own_status,
        case
            when placed.outcome_local is not null then outcome.outcome_key
            when placed.stated_status in ('open', 'reopened', 'tolled')
                then {{ open_outcome_key() }}
            when
                placed.has_complaint
                and placed.stated_status is null
                and placed.stated_outcome_key is null
                then {{ open_outcome_key() }}
        end as outcome_key
    from placed
    {{ join_meaning('category', 'category', 'placed', 'category_local', 'placed.record_date') }}
    {{ join_meaning(
        'outcome', 'allegation_outcome', 'placed', 'outcome_local', 'placed.record_date'
    ) }}

),

known as (

    select
        translated.*,
        case when officers.is_public then officers.officer_pseudonym end as officer_pseudonym,
        case when officers.is_public then officers.officer_name end as officer_name,
        coalesce(salts.salt, '') as salt
    from translated
    left join {{ source('pipeline', 'officer_pseudonyms') }} as officers
        on
            translated.jurisdiction = officers.jurisdiction
            and translated.officer_key = officers.officer_key
    left join {{ source('pipeline', 'order_salts') }} as salts
        on translated.jurisdiction = salts.jurisdiction

)

select
    * exclude (own_status, is_sealed, stated_outcome_key, salt),
    coalesce(
        own_status, stated_status, case when outcome_key = {{ open_outcome_key() }} then 'open' end
    ) as status,
    -- By a hash with a secret in it, so that the order tells nothing of who the officers are.
    case
        when officer_key is not null
            then dense_rank() over (
                partition by jurisdiction, complaint_id
                order by md5(salt || complaint_id || '|' || officer_key) nulls last
            )
    end as officer_ordinal,
    {{ outcome_columns('outcome_key') }}
from known
where not is_sealed
