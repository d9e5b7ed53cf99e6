select
    reviews.jurisdiction,
    {{ row_id('bwc_review_local_id', 'reviews') }} as bwc_review_id,
    reviews.complaint_id,
    reviews.incident_date,
    reviews.reviewed_date,
    reviews.district,
    reviews.footage_local,
    reviews.violations_local,
    reviews.requested_date,
    reviews.fulfilled_date,
    reviews.source_table,
    meaning.* exclude (
        jurisdiction, footage_local, violations_local, sampling_local, request_outcome_local
    )
from {{ ref('int_bwc_reviews__unioned') }} as reviews
left join {{ ref('int_bwc_words__mapped') }} as meaning
    on
        reviews.jurisdiction = meaning.jurisdiction
        and reviews.footage_local is not distinct from meaning.footage_local
        and reviews.violations_local is not distinct from meaning.violations_local
        and reviews.sampling_local is not distinct from meaning.sampling_local
        and reviews.request_outcome_local is not distinct from meaning.request_outcome_local
anti join {{ ref('int_complaints__withheld') }} as withheld
    on
        reviews.jurisdiction = withheld.jurisdiction
        and reviews.complaint_id = withheld.complaint_id
