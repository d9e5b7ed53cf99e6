select
    awards.*,
    coalesce(program.canonical, 'not_stated') as program,
    program.canonical_title as program_title,
    {{ federal_fiscal_year('awards.start_date') }} as federal_fiscal_year
from {{ ref('int_cops_awards__unioned') }} as awards
{{ join_meaning('program', 'program', 'awards', 'program_local') }}
