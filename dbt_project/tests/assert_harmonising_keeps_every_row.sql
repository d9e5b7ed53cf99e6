with

complaint_ids as (

    select distinct jurisdiction, complaint_id
    from {{ ref('int_complaints__unioned') }}

),

counts as (

    select
        'complaints' as table_name,
        (select count(*) from complaint_ids) as before,
        (select count(*) from {{ ref('complaints') }}) as after,
        (select count(*) from {{ ref('int_complaints__withheld') }}) as withheld

    union all

    select
        'allegations',
        (select count(*) from {{ ref('int_allegations__unioned') }}),
        (select count(*) from {{ ref('allegations') }}),
        (
            select count(*)
            from {{ ref('int_allegations__unioned') }} as allegations
            left join {{ ref('int_complaints__withheld') }} as withheld
                using (jurisdiction, complaint_id)
            left join (
                select distinct jurisdiction, local_value
                from {{ ref('int_vocabulary__matched') }}
                where field = 'allegation_outcome' and void_reason = 'expunged_or_sealed'
            ) as sealed
                on
                    allegations.jurisdiction = sealed.jurisdiction
                    and allegations.outcome_local = sealed.local_value
            where withheld.complaint_id is not null or sealed.local_value is not null
        )

    union all

    select
        'bwc_reviews',
        (select count(*) from {{ ref('int_bwc_reviews__unioned') }}),
        (select count(*) from {{ ref('bwc_reviews') }}),
        (
            select count(*)
            from {{ ref('int_bwc_reviews__unioned') }}
            semi join {{ ref('int_complaints__withheld') }} using (jurisdiction, complaint_id)
        )

    union all

    select
        'hearings',
        (select count(*) from {{ ref('int_hearings__unioned') }}),
        (select count(*) from {{ ref('hearings') }}),
        0

    union all

    select
        'hearing_items',
        (select count(*) from {{ ref('int_hearing_items__unioned') }}),
        (select count(*) from {{ ref('hearing_items') }}),
        0

    union all

    select
        'cops_awards',
        (select count(*) from {{ ref('int_cops_awards__unioned') }}),
        (select count(*) from {{ ref('cops_awards') }}),
        0

)

select * from counts
where before != after + withheld
