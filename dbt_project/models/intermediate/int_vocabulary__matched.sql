{{ config(materialized='table') }}

-- Each local word exactly as it is written, with its meaning in each period: rows find their
-- meaning by an equality, and no row is ever normalised twice. The shared words of jurisdiction
-- '*' hold for everybody who does not say otherwise.
with

written as (

    select distinct jurisdiction, field, local_value, word
    from {{ ref('int_vocabulary__counted') }}

),

matched as (

    select
        written.jurisdiction,
        written.field,
        written.local_value,
        meanings.* exclude (jurisdiction, field, word, is_ambiguous)
    from written
    inner join {{ ref('int_vocabulary__dated') }} as meanings
        on
            written.field = meanings.field
            and written.word = meanings.word
            and meanings.jurisdiction in (written.jurisdiction, '*')
    where
        meanings.first_date <= meanings.last_date
        and (meanings.jurisdiction != '*' or not exists (
            select 1
            from {{ ref('int_vocabulary__dated') }} as own
            where
                own.jurisdiction = written.jurisdiction
                and own.field = written.field
                and own.word = written.word
        ))

)

select
    *,
    {{ outcome_key(
        'resolution_class', 'finding', 'truncation_reason', 'alternative_kind', 'void_reason'
    ) }} as outcome_key
from matched
