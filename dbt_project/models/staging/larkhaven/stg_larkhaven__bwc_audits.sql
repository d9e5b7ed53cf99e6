with

source as (

    select * from {{ source('larkhaven', 'bwc_audits') }}

),

renamed as (

    select
        -- ids
        'larkhaven' as jurisdiction,
        {{ text('audit_id') }} as bwc_audit_local_id,
        {{ text('supervisor_badge') }} as supervisor_key,

        -- dates
        {{ to_date('month', ['%Y-%m']) }} as audit_month,

        -- counts
        {{ to_integer('audits_due') }} as audits_due_count,
        {{ to_integer('audits_done') }} as audits_done_count,

        -- words of the source
        {{ text('sample') }} as audit_sample_local,

        -- lineage
        {{ row_source('larkhaven', 'bwc_audits') }} as source_table
    from source

)

select * from renamed
