-- Two jurisdictions may stand side by side where every practice that the register names agrees.
with

sides as (

    select * from {{ ref('int_practices__required') }}

),

aspects as (

    select
        sides.metric,
        sides.jurisdiction,
        others.jurisdiction as other_jurisdiction,
        sides.comparability_hash,
        sides.place,
        sides.is_required,
        sides.practice,
        others.practice as other_practice,
        sides.is_invalid or others.is_invalid as is_invalid,
        greatest(sides.valid_from, others.valid_from) as valid_from,
        replace(sides.aspect, '_', ' ') as aspect,
        sides.practice is null or others.practice is null as is_unknown,
        coalesce(sides.practice != others.practice, false) as is_different
    from sides
    inner join sides as others
        on
            sides.metric = others.metric
            and sides.aspect = others.aspect
            and sides.jurisdiction != others.jurisdiction

),

described as (

    select
        *,
        aspect || ' (' || replace(practice, '_', ' ') || ' here, '
        || replace(other_practice, '_', ' ') || ' there)' as difference
    from aspects

),

pairs as (

    select
        metric,
        jurisdiction,
        other_jurisdiction,
        bool_or(is_invalid) as is_invalid,
        max(case when is_required then valid_from end) as comparable_from_date,
        count(case when is_required and is_unknown then 1 end) as unknown_aspects,
        count(case when is_required and is_different then 1 end) as different_aspects,
        {{ listed("case when is_required and is_unknown then aspect end", "place") }} as unknown,
        {{ listed("case when is_required and is_different then difference end", "place") }}
            as different,
        {{ listed("case when not is_required and is_different then difference end", "place") }}
            as other_different,
        max(comparability_hash) || coalesce(
            {{ listed("case when is_required then aspect || '=' || practice end", "place") }}, ''
        ) as definition
    from described
    group by metric, jurisdiction, other_jurisdiction

),

judged as (

    select
        *,
        case
            when is_invalid or unknown_aspects > 0 or different_aspects > 0 then 'not_comparable'
            when other_different is not null then 'similar'
            else 'same_definition'
        end as comparability
    from pairs

)

select
    metric,
    jurisdiction,
    other_jurisdiction,
    comparability,
    trim(concat(
        case
            when is_invalid
                then 'At least one of them holds records from which the number would be wrong. '
        end,
        case when different_aspects > 0 then 'They do not count alike: ' || different || '. ' end,
        case when unknown_aspects > 0 then 'Not documented for both: ' || unknown || '. ' end,
        case comparability
            when 'similar'
                then 'What must agree agrees; other practices do not: ' || other_different || '.'
            when 'same_definition' then 'All practices on record that bear on it agree.'
        end
    )) as why,
    case when comparability != 'not_comparable' then comparable_from_date end
        as comparable_from_date,
    case when comparability != 'not_comparable' then {{ short_hash('definition') }} end
        as definition_hash
from judged
