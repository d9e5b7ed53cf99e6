{%- set vocabulary = {
    'status': ['open', 'closed', 'reopened', 'tolled', 'referred_out', 'void'],
    'resolution_class': ['open', 'investigated', 'truncated', 'alternative', 'referred', 'void'],
    'finding': [
        'sustained', 'not_sustained', 'unfounded', 'exonerated',
        'policy_or_training_failure', 'other_misconduct_noted',
    ],
    'truncation_reason': [
        'withdrawn', 'complainant_unavailable', 'complainant_uncooperative',
        'affected_person_unidentified', 'officer_unidentified', 'no_affidavit',
        'pending_litigation', 'limitation_expired', 'officer_separated', 'resource_directive',
        'insufficient_information', 'administrative',
    ],
    'alternative_kind': [
        'mediated', 'mediation_attempted', 'conciliated', 'supervisory_action',
        'training_referral', 'negotiated_settlement', 'informal_resolution',
    ],
    'void_reason': ['duplicate', 'out_of_jurisdiction', 'expunged_or_sealed', 'entered_in_error'],
} %}
{%- set words = {
    'category': categories_by_gravity(),
    'footage': [
        'recorded', 'partly_recorded', 'not_recorded', 'not_retained', 'not_required', 'unknown',
    ],
    'violation': [
        'failed_to_activate', 'late_activation', 'early_deactivation', 'no_notification',
        'obstructed', 'muted', 'miscategorised', 'not_worn', 'not_uploaded',
    ],
    'sampling': ['random', 'risk_based', 'complaint_driven', 'incident_driven'],
    'request_outcome': ['fulfilled', 'partial', 'denied', 'none_exists', 'false_negative', 'open'],
    'audit_sample': ['random', 'chosen'],
    'investigator_recommended': ['recommended', 'none_recommended'],
    'board_recommended': ['recommended', 'none_recommended'],
    'trial_or_plea': ['recommended', 'none_imposed'],
    'chief_final': ['imposed', 'none_imposed', 'pending', 'not_decidable'],
    'appeal_final': ['imposed', 'none_imposed', 'upheld', 'pending'],
    'served': ['imposed'],
    'closing': ['imposed', 'none_imposed', 'pending', 'not_decidable'],
    'hearing_status': ['scheduled', 'noticed', 'rescheduled', 'cancelled', 'no_quorum', 'held'],
    'cancellation_reason': [
        'quorum_not_expected', 'no_business', 'emergency', 'body_suspended', 'other'
    ],
    'case_action': ['heard', 'decided', 'deferred'],
    'attendance': ['present', 'absent', 'excused', 'vacant', 'other'],
} %}
{%- set outcomes = ['complaint_status', 'complaint_outcome', 'allegation_outcome', 'program'] %}
{%- set fields = "'" ~ (outcomes + words.keys() | list) | join("', '") ~ "'" %}
with

vocabulary as (

    select * from {{ ref('int_vocabulary__dated') }}

),

misplaced as (

    select jurisdiction, field, word, 'a field that nothing reads' as problem
    from vocabulary
    where field not in ({{ fields }})  -- noqa: LT05

),

unknown_words as (
    -- noqa: disable=LT02,LT05
    {% for column, values in vocabulary.items() %}
    select jurisdiction, field, word, concat('{{ column }} ', {{ column }}) as problem
    from vocabulary
    where {{ column }} not in ('{{ values | join("', '") }}')
    union all
    {% endfor %}
    {%- for field, values in words.items() %}
    select jurisdiction, field, word, concat('canonical ', canonical) as problem
    from vocabulary
    where field = '{{ field }}' and canonical not in ('{{ values | join("', '") }}')
    {{ "union all" if not loop.last }}
    {%- endfor %}
    -- noqa: enable=LT02,LT05
),

contradictions as (

    select jurisdiction, field, word, 'a detail that its resolution_class does not allow' as problem
    from vocabulary
    where
        (finding is not null and resolution_class is distinct from 'investigated')
        or (truncation_reason is not null and resolution_class is distinct from 'truncated')
        or (alternative_kind is not null and resolution_class is distinct from 'alternative')
        or (void_reason is not null and resolution_class is distinct from 'void')

)

select * from misplaced
union all
select * from unknown_words
union all
select * from contradictions
