select
    facts.jurisdiction,
    facts.family,
    facts.metric,
    facts.break_date,
    facts.kind,
    facts.why,
    facts.source
from {{ ref('series_break_facts') }} as facts
where
    facts.jurisdiction in (
        select feeds.jurisdiction from {{ source('pipeline', 'feeds') }} as feeds
    )
