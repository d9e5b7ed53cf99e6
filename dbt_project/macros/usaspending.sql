{#
  The awards of one assistance listing as USAspending's award search sends them. `program` is the
  programme of a listing that has only one; else the award says it: older ones in the description,
  newer ones (15JCOPS…) in the last four letters of the award number.
#}
{% macro usaspending_awards(publisher, table, listing, program=none) -%}
with

source as (

    select
        *,
        try_cast({{ text('recipient_location') }} as json) as recipient_place
    from {{ source(publisher, table) }}

),

-- A recipient's state is not in every answer. Where recipients of one state alone were asked for,
-- that is their state.
asked as (

    select json_extract_string(query, '$.states[0]') as recipient_state
    from {{ source('pipeline', 'feeds') }}
    where
        source_table = {{ row_source(publisher, table) }}
        and json_array_length(query, '$.states') = 1

),

renamed as (

    select
        -- ids
        '{{ publisher }}' as jurisdiction,
        {{ text('source.award_id') }} as award_id,
        {{ text('source.generated_internal_id') }} as award_key,

        -- recipient
        {{ text('source.recipient_name') }} as recipient_name,
        coalesce(
            json_extract_string(source.recipient_place, '$.state_code'), asked.recipient_state
        ) as recipient_state,
        json_extract_string(source.recipient_place, '$.city_name') as recipient_city,

        -- programme
        {% if program -%}
        '{{ program }}' as program_local,
        {%- else -%}
        case
            when {{ text('source.award_id') }} like '15JCOPS%'
                then right({{ text('source.award_id') }}, 4)
            when length({{ text('source.description') }}) <= 60
                then {{ text('source.description') }}
        end as program_local,
        {%- endif %}
        coalesce({{ text('source.cfda_number') }}, '{{ listing }}') as assistance_listing,

        -- money
        {{ to_number('source.award_amount') }} as obligated_usd,
        {{ to_number('source.total_outlays') }} as outlayed_usd,

        -- dates
        {{ to_date('source.start_date', ['%Y-%m-%d'], may_be_future=true) }} as start_date,
        {{ to_date('source.end_date', ['%Y-%m-%d'], may_be_future=true) }} as end_date,

        -- lineage
        {{ row_source(publisher, table) }} as source_table
    from source
    left join asked on true

)

select * from renamed
{%- endmacro %}
