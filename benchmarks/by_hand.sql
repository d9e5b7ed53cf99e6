-- The nine tables of records of the demo city, from what was landed, as one would write them by hand
-- for this city alone. The variable `seeds` names the folder of the vocabularies.

-- 1. Vocabulary. `place` ranks the outcomes: the weightiest of a complaint's allegations is its own.

create table dispositions as
from seed('dispositions')
where jurisdiction = 'larkhaven';

create table outcomes as
select row_number() over (order by weight, resolution_class, finding nulls first,
        truncation_reason nulls first, alternative_kind nulls first, void_reason nulls first)
        as place, *
from (
    select distinct resolution_class, finding, truncation_reason, alternative_kind, void_reason,
        coalesce(list_position(['sustained', 'open', 'policy_or_training_failure',
            'other_misconduct_noted', 'alternative', 'not_sustained', 'exonerated', 'unfounded',
            'truncated', 'referred', 'void'], coalesce(finding, resolution_class)), 12) as weight
    from dispositions where resolution_class is not null
);

create table words as
select field, squeezed(local_value) as word, status, place, null as canonical, null as title,
    coalesce(cast(valid_from as date), date '0001-01-01') as first_day,
    coalesce(cast(valid_to as date), date '9999-12-31') as last_day
from dispositions left join outcomes on dispositions.resolution_class = outcomes.resolution_class
    and dispositions.finding is not distinct from outcomes.finding
    and dispositions.truncation_reason is not distinct from outcomes.truncation_reason
    and dispositions.alternative_kind is not distinct from outcomes.alternative_kind
    and dispositions.void_reason is not distinct from outcomes.void_reason
union all
select 'category', squeezed(local_value), null, null, category, null,
    coalesce(cast(valid_from as date), date '0001-01-01'), coalesce(cast(valid_to as date), date '9999-12-31')
from seed('categories')
where jurisdiction = 'larkhaven'
union all
select field, squeezed(local_value), null, null, canonical, null, date '0001-01-01', date '9999-12-31'
from (from seed('bwc_words') union all from seed('hearing_words')) where jurisdiction = 'larkhaven'
union all
select 'program', squeezed(local_value), null, null, program, program_title,
    date '0001-01-01', date '9999-12-31'
from seed('programs');

create table meanings as
with said as (
    select 'category' as field, typed(category) as word from landed_complaints
    union select 'category', typed(allegation) from landed_allegations
    union select 'complaint_status', typed(status) from landed_complaints
    union select 'complaint_outcome', typed(finding) from landed_complaints
    union select 'allegation_outcome', typed(finding) from landed_allegations
    union select 'footage', typed(camera_status) from landed_bwc_reviews
    union select 'sampling', typed(selected_by) from landed_bwc_reviews
    union select 'request_outcome', typed(request_outcome) from landed_bwc_reviews
    union select 'violation', typed(unnest(string_split(violations, '|')))
        from (select distinct violations from landed_bwc_reviews)
)
select said.word as said, words.*
from said join words on said.field = words.field and squeezed(said.word) = words.word;

-- 2. Complaints and allegations

create table known_complaints as
with dated as (
    select trim(complaint_id) as complaint_id, us_day(incident_date) as incident_date,
        us_day(received_date) as received_date, us_day(closed_date) as closed_date,
        coalesce(us_day(received_date), us_day(incident_date), us_day(closed_date)) as day,
        typed(district) as district, typed(category) as category_local, typed(status) as status,
        typed(finding) as outcome_local, typed(intake_channel) as intake_channel,
        typed(incident_number) as incident_number, us_day(reopened_date) as reopened_date
    from landed_complaints
)
select dated.* exclude (status), category.canonical as category,
    coalesce(status.status, if(closed_date is not null, 'closed', null), outcome.status) as status,
    coalesce(outcome.place, status.place) as place
from dated
left join meanings as category on category.field = 'category' and category.said = category_local
    and (day is null or day between category.first_day and category.last_day)
left join meanings as status on status.field = 'complaint_status' and status.said = dated.status
    and (day is null or day between status.first_day and status.last_day)
left join meanings as outcome on outcome.field = 'complaint_outcome'
    and outcome.said = outcome_local
    and (day is null or day between outcome.first_day and outcome.last_day);

create table known_allegations as
with numbered as (
    select typed(complaint_id) as complaint_id, typed(allegation) as category_local,
        typed(finding) as outcome_local, typed(discipline) as penalty_local,
        if(typed(badge) in ('UNK', '0'), null, typed(badge)) as officer, content, copy
    from landed_allegations
),
placed as (
    select numbered.*, received_date, complaints.status as complaint_status, day,
        if(officer is null, null, dense_rank() over (partition by numbered.complaint_id
            order by md5(getvariable('salt') || numbered.complaint_id || '|' || officer) nulls last))
            as officer_ordinal,
        complaints.complaint_id is not null and complaints.status is null
            and complaints.place is null or is_pending(complaints.status) as may_be_open
    from numbered left join known_complaints as complaints using (complaint_id)
)
select public_id('allegations', content || '|' || copy) as allegation_id,
    placed.* exclude (content, copy, may_be_open, complaint_status, day),
    category.canonical as category,
    case when outcome_local is not null then outcome.place
        when may_be_open then (select place from outcomes where resolution_class = 'open') end
        as place,
    coalesce(outcome.status, complaint_status,
        if(outcome_local is null and may_be_open, 'open', null)) as status
from placed
left join meanings as category on category.field = 'category' and category.said = category_local
    and (day is null or day between category.first_day and category.last_day)
left join meanings as outcome on outcome.field = 'allegation_outcome'
    and outcome.said = outcome_local
    and (day is null or day between outcome.first_day and outcome.last_day);

create table complaints as
with told as (
    select complaint_id, count(*) as allegations, coalesce(max(officer_ordinal), 0) as named,
        count(*) filter (officer is null) as unnamed, count(outcome_local) as outcomes,
        bool_or(is_pending(status)) as has_pending, min(place) as place,
        min(list_position(['force', 'sexual', 'domestic_violence', 'bias', 'abuse_stop_search',
            'abuse_other', 'untruthful', 'offensive_language', 'discourtesy', 'neglect',
            'bwc_policy', 'other'], category)) as gravity
    from known_allegations group by complaint_id
),
judged as (
    select known.* exclude (category, status, place, incident_number, reopened_date),
        told.* exclude (complaint_id, place),
        coalesce(category, ['force', 'sexual', 'domestic_violence', 'bias', 'abuse_stop_search',
            'abuse_other', 'untruthful', 'offensive_language', 'discourtesy', 'neglect',
            'bwc_policy', 'other'][gravity]) as category,
        case when status is not null then status
            when allegations > 0 and not has_pending then 'closed' else 'open' end as status,
        if(outcomes > 0, told.place, coalesce(known.place, told.place)) as place,
        closed_date - received_date as days
    from known_complaints as known left join told on known.complaint_id = told.complaint_id
),
-- A complaint that its agency calls open is not decided yet, unless something in it is sustained.
decided as (
    select * replace (if(is_pending(status), coalesce(least(place, open_place), open_place), place)
        as place)
    from judged, (select place as open_place from outcomes where resolution_class = 'open')
)
select 'larkhaven' as jurisdiction, complaint_id, received_date,
    cast(date_trunc('month', received_date) as date) as received_month, incident_date,
    closed_date as investigation_closed_date, district, category, category_local, status,
    resolution_class, finding, truncation_reason, alternative_kind, void_reason, outcome_local,
    intake_channel, cast(if(days >= 0, days, null) as integer) as days_to_close,
    coalesce(days < 0, false) as is_closed_before_received,
    cast(coalesce(allegations, 0) as integer) as allegations_count,
    cast(named + unnamed as integer) as officers_count,
    cast(unnamed as integer) as unidentified_officers_count, 1 as sources_count,
    'larkhaven.complaints' as source_table, '1' as rollup_rule_version
from decided left join outcomes using (place);

create table allegations as
select 'larkhaven' as jurisdiction, allegation_id, complaint_id,
    cast(officer_ordinal as integer) as officer_ordinal, officer_pseudonym,
    null::varchar as officer_name, category, category_local, status,
    resolution_class, finding, truncation_reason, alternative_kind, void_reason, outcome_local,
    penalty_local, received_date, cast(date_trunc('month', received_date) as date)
        as received_month, 'larkhaven.allegations' as source_table
from known_allegations left join outcomes using (place) left join pseudonyms using (officer);

create table complaint_trends as
with events as (
    select received_month as month, coalesce(category, 'not_stated') as category, 1 as received,
        if(is_pending(status), 1, 0) as pending, 0 as closed, 0 as alleged from complaints
    union all
    select cast(date_trunc('month', investigation_closed_date) as date),
        coalesce(category, 'not_stated'), 0, 0, 1, 0 from complaints
    union all
    select received_month, coalesce(category, 'not_stated'), 0, 0, 0, 1 from allegations
),
summed as (
    select month, category, sum(received) as received, sum(pending) as pending,
        sum(closed) as closed, sum(alleged) as alleged,
        100 * (sum(received) - sum(pending)) / nullif(sum(received), 0) as ready
    from events where month is not null group by all
)
select month, 'larkhaven' as jurisdiction, category,
    cast(received as integer) as complaints_received_count,
    cast(closed as integer) as complaints_closed_count,
    cast(pending as integer) as complaints_received_still_open_count,
    cast(round(ready, 1) as decimal(4, 1)) as complaints_received_closed_pct,
    case when ready >= 90 then 'mature' when ready >= 50 then 'maturing'
        when ready >= 0 then 'immature' end as maturity,
    cast(alleged as integer) as allegations_received_count
from summed;

create table complaint_outcomes as
select 'larkhaven' as jurisdiction, cast(year(received_date) as integer) as received_year,
    resolution_class, finding, cast(count(*) filter (is_complaint) as integer) as complaints_count,
    cast(count(*) filter (not is_complaint) as integer) as allegations_count
from (
    select received_date, resolution_class, finding, true as is_complaint from complaints
    union all
    select received_date, resolution_class, finding, false from allegations
)
group by all;

-- 3. Body-worn-camera reviews

create table findings as
with lists as (
    select violations_local, typed(unnest(string_split(violations_local, '|'))) as kind
    from (select distinct typed(violations) as violations_local from landed_bwc_reviews)
)
select violations_local, list(distinct coalesce(canonical, kind)) as kinds
from lists left join meanings on field = 'violation' and said = kind
where kind is not null and (field is null or canonical is not null)
group by violations_local;

create table bwc_reviews as
select 'larkhaven' as jurisdiction, public_id('bwc_reviews', trim(review_line_id)) as bwc_review_id,
    typed(complaint_id) as complaint_id, iso_day(event_date) as incident_date,
    iso_day(reviewed_date) as reviewed_date, typed(district) as district,
    footage.canonical as footage, typed(camera_status) as footage_local,
    coalesce(list_contains(kinds, 'failed_to_activate'), false) as has_failed_to_activate,
    coalesce(list_contains(kinds, 'late_activation'), false) as has_late_activation,
    coalesce(list_contains(kinds, 'early_deactivation'), false) as has_early_deactivation,
    coalesce(list_contains(kinds, 'no_notification'), false) as has_no_notification,
    coalesce(list_contains(kinds, 'obstructed'), false) as has_obstructed,
    coalesce(list_contains(kinds, 'muted'), false) as has_muted,
    coalesce(list_contains(kinds, 'miscategorised'), false) as has_miscategorised,
    coalesce(list_contains(kinds, 'not_worn'), false) as has_not_worn,
    coalesce(list_contains(kinds, 'not_uploaded'), false) as has_not_uploaded,
    cast(coalesce(len(kinds), 0) as integer) as violations_count, typed(violations) as violations_local,
    sampling.canonical as bwc_sampling, request.canonical as bwc_request_outcome,
    iso_day(requested_date) as requested_date, iso_day(fulfilled_date) as fulfilled_date,
    'larkhaven.bwc_reviews' as source_table
from landed_bwc_reviews
left join findings on violations_local = typed(violations)
left join meanings as footage
    on footage.field = 'footage' and footage.said = typed(camera_status)
left join meanings as sampling
    on sampling.field = 'sampling' and sampling.said = typed(selected_by)
left join meanings as request
    on request.field = 'request_outcome' and request.said = typed(request_outcome);

-- 4. Hearings

create table agenda as
with calls as (
    select item_id, count(*) as called_count,
        count(*) filter (canonical = 'present') as present_count,
        count(distinct if(canonical = 'vacant', null, typed(seats.id))) as members_count,
        count(distinct if(canonical = 'present', typed(seats.id), null)) as members_present_count
    from landed_roll_calls as seats
    left join words on field = 'attendance' and word = squeezed("value")
    group by item_id
)
select typed(event_id) as hearing_id, typed(items.id) as hearing_item_id,
    try_cast(agendasequence as integer) as item_sequence, typed(agendanumber) as agenda_number,
    typed(items.title) as title, typed(matterfile) as matter_file, typed(mattertype) as matter_type,
    typed(matterstatus) as matter_status, typed(actionname) as action_local,
    coalesce(typed(mattertype) = 'Case Review', false) as is_case,
    typed(complaintnumber) as complaint_id,
    if(typed(mattertype) = 'Case Review', actions.canonical, null) as case_action,
    passedflag = '1' as has_passed, coalesce(rollcallflag = '1', false) as has_roll_call,
    cast(called_count as integer) as called_count, cast(present_count as integer) as present_count,
    members_count, members_present_count
from landed_hearing_items as items
left join calls on items.id = calls.item_id
left join words as actions
    on actions.field = 'case_action' and actions.word = squeezed(actionname);

create table hearing_items as
select 'larkhaven' as jurisdiction, * exclude (members_count, members_present_count),
    'larkhaven.hearing_items' as source_table
from agenda;

create table known_hearings as
with rolls as (
    select hearing_id, count(*) as items,
        count(*) filter (has_roll_call or called_count > 0) as roll_calls,
        arg_min(struct_pack(called_count, present_count, members_count, members_present_count),
            (item_sequence is null, item_sequence, hearing_item_id))
            filter (called_count is not null) as first_call
    from agenda group by hearing_id
),
meetings as (
    select typed(id) as hearing_id, typed(bodyname) as body_name,
        moment(left("date", 19)) as starts_at,
        cast("date" as timestamptz) at time zone 'UTC' as starts_at_utc,
        typed("location") as location, typed(agendastatusname) as status_local,
        typed(cancelreason) as cancellation_local,
        moment(agendalastpublished) as agenda_published_at,
        moment(minuteslastpublished) as minutes_published_at,
        typed(minutesstatusname) as minutes_status_local, typed(insiteurl) as source_url
    from landed_hearings
)
select meetings.*, coalesce(items, 0) as items, coalesce(roll_calls, 0) as roll_calls, first_call,
    case when status_local is not null then status.canonical
        when minutes_published_at is not null or first_call.called_count > 0 then 'held'
        when agenda_published_at is not null then 'noticed' else 'scheduled' end as hearing_status,
    cast(round((epoch(starts_at_utc) - epoch(agenda_published_at)) / 3600, 1) as decimal(10, 1))
        as notice_hours
from meetings left join rolls on meetings.hearing_id = rolls.hearing_id
left join words as status
    on status.field = 'hearing_status' and status.word = squeezed(status_local);

create table hearings as
select 'larkhaven' as jurisdiction, hearing_id, body_name, starts_at, location, hearing_status,
    status_local, notice_hours, cast(items as integer) as items_count,
    cast(roll_calls as integer) as roll_call_items_count, first_call.called_count,
    first_call.present_count, agenda_published_at, minutes_published_at, minutes_status_local,
    source_url, 'larkhaven.hearings' as source_table
from known_hearings;

-- 5. Awards

create table cops_awards as
with read as (
    select typed(award_id) as award_id, typed(recipient_name) as recipient_name,
        state_code as recipient_state, city_name as recipient_city,
        if(award_id like '15JCOPS%', right(trim(award_id), 4), typed(description)) as program_local,
        typed(cfda_number) as assistance_listing,
        cast(award_amount as decimal(18, 2)) as obligated_usd,
        cast(total_outlays as decimal(18, 2)) as outlayed_usd,
        cast(start_date as date) as start_date, cast(end_date as date) as end_date
    from landed_cops_awards
)
select 'larkhaven' as jurisdiction, award_id, recipient_name, recipient_state, recipient_city,
    coalesce(canonical, 'not_stated') as program, title as program_title, program_local,
    assistance_listing, obligated_usd, outlayed_usd,
    coalesce(obligated_usd = 0, false) as is_zero_amount,
    coalesce(obligated_usd < 0, false) as is_negative_amount, start_date, end_date,
    cast(year(start_date + interval 3 month) as integer) as federal_fiscal_year,
    'larkhaven.cops_awards' as source_table
from read left join words on field = 'program' and word = squeezed(program_local);

create table cops_awards_by_year as
select recipient_state, federal_fiscal_year, program, cast(count(*) as integer) as awards_count,
    cast(sum(obligated_usd) as decimal(18, 2)) as obligated_usd,
    cast(sum(outlayed_usd) as decimal(18, 2)) as outlayed_usd,
    cast(count(*) filter (outlayed_usd is null) as integer) as outlay_not_reported_count
from cops_awards group by all;

