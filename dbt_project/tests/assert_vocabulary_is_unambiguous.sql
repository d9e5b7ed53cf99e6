select
    jurisdiction,
    field,
    word,
    first_date,
    last_date
from {{ ref('int_vocabulary__dated') }}
where is_ambiguous
