-- The file repeats each complaint on its allegation rows; here a complaint stands once.
with

source as (

    select * from {{ source('detroit', 'citizen_complaints') }}

),

renamed as (

    select
        {{ text('bpc') }} as complaint_id,
        {{ to_date('report_date', ['%Y/%m/%d %H:%M:%S+00']) }} as received_date,
        {{ to_date('closed', ['%Y/%m/%d %H:%M:%S+00']) }} as closed_date,
        case
            when {{ text('entry') }} ilike 'telephone%' then 'Telephone'
            when {{ text('entry') }} ilike 'outside agen%' then 'Outside agency'
            else {{ text('entry') }}
        end as intake_channel
    from source

),

complaints as (

    select
        complaint_id,
        min(received_date) as received_date,
        max(closed_date) as closed_date,
        min(intake_channel) as intake_channel
    from renamed
    group by complaint_id

),

typed as (

    select
        -- ids
        'detroit' as jurisdiction,
        complaint_id,
        cast(null as varchar) as incident_number,

        -- dates
        cast(null as date) as incident_date,
        received_date,
        closed_date as investigation_closed_date,
        cast(null as date) as reopened_date,

        -- words of the source
        cast(null as varchar) as district,
        cast(null as varchar) as category_local,
        cast(null as varchar) as status_local,
        cast(null as varchar) as outcome_local,
        intake_channel,

        -- lineage
        {{ row_source('detroit', 'citizen_complaints') }} as source_table,
        1 as source_priority
    from complaints

)

select * from typed
