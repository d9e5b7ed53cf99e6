{{ config(materialized='table') }}

-- One row per distinct set of words, with all that it means: reviews join this once.
{% set kinds = {
    'has_failed_to_activate': 'failed_to_activate',
    'has_late_activation': 'late_activation',
    'has_early_deactivation': 'early_deactivation',
    'has_no_notification': 'no_notification',
    'has_obstructed': 'obstructed',
    'has_muted': 'muted',
    'has_miscategorised': 'miscategorised',
    'has_not_worn': 'not_worn',
    'has_not_uploaded': 'not_uploaded',
} %}
with

word_sets as (

    select distinct
        jurisdiction,
        footage_local,
        violations_local,
        sampling_local,
        request_outcome_local
    from {{ ref('int_bwc_words__counted') }}

),

violation_lists as (

    select distinct jurisdiction, violations_local
    from word_sets
    where violations_local is not null

),

violation_words as (

    select
        jurisdiction,
        violations_local,
        trim({{ split_words('violations_local') }}) as violation_local
    from violation_lists

),

violations as (

    select
        words.jurisdiction,
        words.violations_local,
        {%- for column, kind in kinds.items() %}
        coalesce(bool_or(meaning.canonical = '{{ kind }}'), false) as {{ column }},
        {%- endfor %}
        count(distinct coalesce(meaning.canonical, words.violation_local)) filter (
            where words.violation_local != ''
            and (meaning.canonical is not null or meaning.local_value is null)
        ) as violations_count
    from violation_words as words
    {{ join_meaning('meaning', 'violation', 'words', 'violation_local') }}
    group by words.jurisdiction, words.violations_local

)

select
    word_sets.jurisdiction,
    word_sets.footage_local,
    word_sets.violations_local,
    word_sets.sampling_local,
    word_sets.request_outcome_local,
    footage.canonical as footage,
    {%- for column in kinds %}
    coalesce(violations.{{ column }}, false) as {{ column }},
    {%- endfor %}
    cast(coalesce(violations.violations_count, 0) as integer) as violations_count,
    sampling.canonical as bwc_sampling,
    request_outcome.canonical as bwc_request_outcome
from word_sets
left join violations
    on
        word_sets.jurisdiction = violations.jurisdiction
        and word_sets.violations_local = violations.violations_local
{{ join_meaning('footage', 'footage', 'word_sets', 'footage_local') }}
{{ join_meaning('sampling', 'sampling', 'word_sets', 'sampling_local') }}
{{ join_meaning('request_outcome', 'request_outcome', 'word_sets', 'request_outcome_local') }}
