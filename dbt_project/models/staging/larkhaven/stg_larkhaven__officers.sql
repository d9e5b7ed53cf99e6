with

source as (

    select * from {{ source('larkhaven', 'officers') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('badge') }} as officer_key,

        -- service
        {{ to_integer('year_hired') }} as hired_year,

        -- lineage
        {{ row_source('larkhaven', 'officers') }} as source_table
    from source

)

select * from renamed
