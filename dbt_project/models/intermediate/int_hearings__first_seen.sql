-- When we first saw a hearing, its agenda and its minutes, and the look before at which they were
-- not there. What stood in our first delivery may have stood there for long: of it nothing is said.
{% set stamps = "('agendalastpublished', 'minuteslastpublished')" %}
{% set documents = {'agenda': 'agendalastpublished', 'minutes': 'minuteslastpublished'} %}
with

looks as (

    select
        source_table,
        sequence,
        fetched_at,
        lag(fetched_at) over (partition by source_table order by sequence) as previous_look_at
    from {{ source('history', 'observations') }}
    where feed = 'hearings'

),

changes as (

    select
        changes.source_table,
        trim(changes.record_label) as hearing_id,
        changes.sequence,
        changes.change_kind,
        changes.column_name,
        looks.fetched_at,
        looks.previous_look_at,
        {{ is_no_stamp('changes.old_value') }} as was_blank,
        changes.change_kind = 'value_changed'
        and not {{ is_no_stamp('changes.old_value') }}
        and not {{ is_no_stamp('changes.new_value') }} as is_changed
    from {{ source('history', 'changes') }} as changes
    inner join looks
        on changes.source_table = looks.source_table and changes.sequence = looks.sequence
    where
        changes.record_label is not null
        and (
            changes.change_kind = 'added'
            or changes.column_name in {{ stamps }}
        )

),

-- a document whose first change is that it came was not there when its hearing was first seen

hearings as (

    select
        source_table,
        hearing_id,
        {%- for document, column in documents.items() %}
        arg_min(was_blank, sequence) filter (where column_name = '{{ column }}')
            as {{ document }}_came_later,
        min(fetched_at) filter (where column_name = '{{ column }}' and was_blank)
            as {{ document }}_came_at,
        min(previous_look_at) filter (where column_name = '{{ column }}' and was_blank)
            as {{ document }}_had_not_come_at,
        min(fetched_at) filter (where column_name = '{{ column }}' and is_changed)
            as {{ document }}_changed_at,
        {%- endfor %}
        min(fetched_at) filter (where change_kind = 'added') as listed_at,
        min(previous_look_at) filter (where change_kind = 'added') as not_listed_at
    from changes
    group by source_table, hearing_id

)

select
    source_table,
    hearing_id,
    {%- for document in documents %}
    case when {{ document }}_came_later then {{ document }}_came_at else listed_at end
        as {{ document }}_seen_at,
    case when {{ document }}_came_later then {{ document }}_had_not_come_at else not_listed_at end
        as {{ document }}_not_seen_at,
    {{ document }}_changed_at,
    {%- endfor %}
    listed_at
from hearings
