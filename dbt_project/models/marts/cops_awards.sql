select
    jurisdiction,
    award_id,
    recipient_name,
    recipient_state,
    recipient_city,
    program,
    program_title,
    program_local,
    assistance_listing,
    obligated_usd,
    outlayed_usd,
    coalesce(obligated_usd = 0, false) as is_zero_amount,
    coalesce(obligated_usd < 0, false) as is_negative_amount,
    start_date,
    end_date,
    federal_fiscal_year,
    source_table
from {{ ref('int_cops_awards__harmonised') }}
