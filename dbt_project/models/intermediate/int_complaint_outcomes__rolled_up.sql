-- What the allegations of a complaint say together, whatever order they come in. The rules are in
-- the macros `outcome_key` and `categories_by_gravity`; a change of either is a new rule version.
{% set categories = categories_by_gravity() %}
with

totals as (

    select
        jurisdiction,
        complaint_id,
        count(*) as allegations_count,
        coalesce(max(officer_ordinal), 0) as identified_officers_count,
        count(*) filter (where officer_key is null) as unidentified_officers_count,
        count(outcome_local) as stated_outcomes_count,
        bool_or(status in ('open', 'reopened', 'tolled')) as has_open_allegation,
        min(outcome_key) as outcome_key,
        min(
            case category
                {%- for category in categories %}
                when '{{ category }}' then {{ loop.index }}
                {%- endfor %}
            end
        ) as category_rank
    from {{ ref('int_allegations__harmonised') }}
    group by jurisdiction, complaint_id

)

select
    * exclude (category_rank),
    case category_rank
        {%- for category in categories %}
        when {{ loop.index }} then '{{ category }}'
        {%- endfor %}
    end as category,
    '1' as rollup_rule_version
from totals
