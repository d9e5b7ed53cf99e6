-- The nine data tables of the demo city from its five files, as one would write them by hand for
-- this city alone. The variables `feeds` and `seeds` name the folders that are read.

create macro typed(cell) as nullif(trim(cell), '');
create macro squeezed(cell) as nullif(lower(trim(regexp_replace(cell, '\s+', ' ', 'g'))), '');
create macro believed(day) as if(day between date '1900-01-02' and date '2026-10-31', day, null);
create macro us_day(cell) as believed(cast(try_strptime(trim(cell), '%m/%d/%Y') as date));
create macro iso_day(cell) as believed(try_cast(trim(cell) as date));
create macro moment(cell) as
    if(try_cast(cell as timestamp) >= timestamp '1900-01-02', try_cast(cell as timestamp), null);
create macro is_pending(status) as status in ('open', 'reopened', 'tolled');
-- Of what must not be kept, only whether it changed is known: a hash that needs the secret.
create macro mark(name, cell) as
    left(sha256(getvariable('secret') || '|' || name || '|' || typed(cell)), 16);
create macro public_id(feed, local) as left(md5('larkhaven|larkhaven.' || feed || '|' || local), 16);
create macro file_of(feed) as getvariable('feeds') || '/' || feed;
create macro seed(name) as table
    from read_csv(getvariable('seeds') || '/' || name || '.csv', all_varchar = true, header = true);
-- A row cut short or with a cell too many is not data: the reader leaves it out.
create macro portal_csv(feed) as table
    from read_csv(file_of(feed || '.csv'), all_varchar = true, header = true,
        normalize_names = true, delim = ',', quote = '"', escape = '"', ignore_errors = true,
        strict_mode = true);
-- The same record twice counts once; two versions under one number are both left out.
create macro settled(feed) as table
    with repeated as (
        select key, min(line) as first_line, min(whole) <> max(whole) as is_disputed
        from query_table(feed) group by key having count(*) > 1
    )
    select rows.* exclude (key, line, whole)
    from query_table(feed) as rows left join repeated on rows.key = repeated.key
    where trim(rows.key) <> ''
        and (repeated.key is null or (rows.line = first_line and not is_disputed));

-- 1. Landing

create table read_complaints as
select complaint_id as key, row_number() over () as line, hash(file) as whole, complaint_id,
    incident_number, incident_date, received_date, closed_date, reopened_date, district, category,
    status, finding, intake_channel, complainant_count,
    mark('complainants', complainants) as complainants_mark, mark('summary', summary) as summary_mark
from portal_csv('complaints') as file;

create table read_allegations as
select complaint_id, badge, officer_rank, allegation, finding, discipline,
    mark('officer_name', officer_name) as officer_name_mark,
    mark('complainant_age', complainant_age) as complainant_age_mark,
    mark('complainant_race', complainant_race) as complainant_race_mark,
    mark('complainant_gender', complainant_gender) as complainant_gender_mark,
    mark('allegation_text', allegation_text) as allegation_text_mark
from portal_csv('allegations');

create table read_bwc_reviews as
select review_line_id as key, row_number() over () as line, hash(file) as whole, review_line_id,
    review_id, complaint_id, badge, event_date, reviewed_date, district, camera_status, violations,
    selected_by, request_outcome, requested_date, fulfilled_date,
    mark('officer_name', officer_name) as officer_name_mark,
    mark('reviewer_notes', reviewer_notes) as reviewer_notes_mark
from portal_csv('bwc_reviews') as file;

create table read_hearings as
select ID as key, row_number() over () as line, hash(document) as whole, document.*
from read_ndjson(file_of('hearings.ndjson'), columns = {
    ID: 'VARCHAR', BodyName: 'VARCHAR', "Date": 'VARCHAR', Location: 'VARCHAR',
    AgendaStatusName: 'VARCHAR', MinutesStatusName: 'VARCHAR', InSiteURL: 'VARCHAR',
    AgendaLastPublished: 'VARCHAR', MinutesLastPublished: 'VARCHAR', "Comment": 'VARCHAR',
    Items: 'STRUCT(ID VARCHAR, Title VARCHAR, AgendaSequence VARCHAR, AgendaNumber VARCHAR,
        ActionName VARCHAR, PassedFlag VARCHAR, RollCallFlag VARCHAR, MatterFile VARCHAR,
        MatterType VARCHAR, MatterStatus VARCHAR, RollCall STRUCT(ID VARCHAR, Slug VARCHAR, FullName VARCHAR,
            ValueID VARCHAR, "Value" VARCHAR, Sort VARCHAR)[])[]'
}) as document;

create table read_cops_awards as
select award."Award ID" as key, row_number() over () as line, hash(award) as whole, award.*
from (
    select unnest(results) as award
    from read_json(file_of('cops_awards.json'), columns = {
        results: 'STRUCT(internal_id VARCHAR, "Award ID" VARCHAR, "Recipient Name" VARCHAR,
            "Award Amount" DECIMAL(18, 2), "Total Outlays" DECIMAL(18, 2), "Start Date" DATE,
            "End Date" DATE, Description VARCHAR, "CFDA Number" VARCHAR,
            "Recipient Location" STRUCT(country_name VARCHAR, state_code VARCHAR,
                city_name VARCHAR), generated_internal_id VARCHAR)[]'
    })
);

create table settled_complaints as from settled('read_complaints');
create table settled_bwc_reviews as from settled('read_bwc_reviews');
create table withheld as
select typed(complaint_id) as complaint_id from read_complaints
where typed(complaint_id) is not null and upper(trim(status)) in ('EXPUNGED', 'SEALED', 'DELETED');
drop table read_complaints;
drop table read_bwc_reviews;

-- 2. Vocabulary. `place` ranks the outcomes: the weightiest of a complaint's allegations is its own.

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
    select 'category' as field, typed(category) as word from settled_complaints
    union select 'category', typed(allegation) from read_allegations
    union select 'complaint_status', typed(status) from settled_complaints
    union select 'complaint_outcome', typed(finding) from settled_complaints
    union select 'allegation_outcome', typed(finding) from read_allegations
    union select 'footage', typed(camera_status) from settled_bwc_reviews
    union select 'sampling', typed(selected_by) from settled_bwc_reviews
    union select 'request_outcome', typed(request_outcome) from settled_bwc_reviews
    union select 'violation', typed(unnest(string_split(violations, '|')))
        from (select distinct violations from settled_bwc_reviews)
)
select said.word as said, words.*
from said join words on said.field = words.field and squeezed(said.word) = words.word;

-- 3. Complaints and allegations

create table known_complaints as
with dated as (
    select trim(complaint_id) as complaint_id, us_day(incident_date) as incident_date,
        us_day(received_date) as received_date, us_day(closed_date) as closed_date,
        coalesce(us_day(received_date), us_day(incident_date), us_day(closed_date)) as day,
        typed(district) as district, typed(category) as category_local, typed(status) as status,
        typed(finding) as outcome_local, typed(intake_channel) as intake_channel
    from settled_complaints where trim(complaint_id) not in (from withheld)
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
    select rowid as line, typed(complaint_id) as complaint_id, typed(allegation) as category_local,
        typed(finding) as outcome_local, typed(discipline) as penalty_local,
        if(typed(badge) in ('UNK', '0'), null, typed(badge)) as officer,
        md5(concat_ws(chr(31), complaint_id, coalesce(allegation, ''), coalesce(finding, ''),
            coalesce(discipline, ''))) as content
    from read_allegations
    where trim(complaint_id) <> '' and trim(complaint_id) not in (from withheld)
),
placed as (
    select numbered.*, received_date, complaints.status as complaint_status, day,
        row_number() over (partition by content order by line) as copy,
        if(officer is null, null, dense_rank() over (partition by numbered.complaint_id
            order by md5(numbered.complaint_id || '|' || officer) nulls last)) as officer_ordinal,
        complaints.complaint_id is not null and complaints.status is null
            and complaints.place is null or is_pending(complaints.status) as may_be_open
    from numbered left join known_complaints as complaints using (complaint_id)
)
select public_id('allegations', content || '|' || copy) as allegation_id,
    placed.* exclude (line, content, copy, may_be_open, complaint_status, day),
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
    select known.* exclude (category, status, place), told.* exclude (complaint_id, place),
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
from decided left join outcomes using (place)
order by complaint_id;

create table allegations as
select 'larkhaven' as jurisdiction, allegation_id, complaint_id,
    cast(officer_ordinal as integer) as officer_ordinal, category, category_local, status,
    resolution_class, finding, truncation_reason, alternative_kind, void_reason, outcome_local,
    penalty_local, received_date, cast(date_trunc('month', received_date) as date)
        as received_month, 'larkhaven.allegations' as source_table
from known_allegations left join outcomes using (place)
order by allegation_id;

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
from summed order by month, category;

create table complaint_outcomes as
select 'larkhaven' as jurisdiction, cast(year(received_date) as integer) as received_year,
    resolution_class, finding, cast(count(*) filter (is_complaint) as integer) as complaints_count,
    cast(count(*) filter (not is_complaint) as integer) as allegations_count
from (
    select received_date, resolution_class, finding, true as is_complaint from complaints
    union all
    select received_date, resolution_class, finding, false from allegations
)
group by all order by received_year, resolution_class, finding;

-- 4. Body-worn-camera reviews

create table findings as
with lists as (
    select violations_local, typed(unnest(string_split(violations_local, '|'))) as kind
    from (select distinct typed(violations) as violations_local from settled_bwc_reviews)
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
from settled_bwc_reviews
left join findings on violations_local = typed(violations)
left join meanings as footage
    on footage.field = 'footage' and footage.said = typed(camera_status)
left join meanings as sampling
    on sampling.field = 'sampling' and sampling.said = typed(selected_by)
left join meanings as request
    on request.field = 'request_outcome' and request.said = typed(request_outcome)
where typed(complaint_id) is null or trim(complaint_id) not in (from withheld)
order by bwc_review_id;

-- 5. Hearings

create table agenda as
select hearing_id, typed(item.ID) as hearing_item_id,
    try_cast(item.AgendaSequence as integer) as item_sequence,
    typed(item.AgendaNumber) as agenda_number, typed(item.Title) as title,
    typed(item.MatterFile) as matter_file, typed(item.MatterType) as matter_type,
    typed(item.MatterStatus) as matter_status, typed(item.ActionName) as action_local,
    item.PassedFlag = '1' as has_passed, coalesce(item.RollCallFlag = '1', false) as has_roll_call,
    cast(nullif(len(item.RollCall), 0) as integer) as called_count,
    if(len(item.RollCall) > 0, cast(len(list_filter(item.RollCall, lambda seat:
        list_contains(present_words, squeezed(seat."Value")))) as integer), null) as present_count
from (select typed(ID) as hearing_id, unnest(Items) as item from settled('read_hearings')),
    (select list(word) as present_words from words
        where field = 'attendance' and canonical = 'present');

create table hearing_items as
select 'larkhaven' as jurisdiction, *, 'larkhaven.hearing_items' as source_table
from agenda order by hearing_item_id;

create table hearings as
with rolls as (
    select hearing_id, count(*) as items,
        count(*) filter (has_roll_call or called_count > 0) as roll_calls,
        first(called_count order by item_sequence, hearing_item_id)
            filter (called_count is not null) as called_count,
        first(present_count order by item_sequence, hearing_item_id)
            filter (called_count is not null) as present_count
    from agenda group by hearing_id
),
meetings as (
    select typed(ID) as hearing_id, typed(BodyName) as body_name,
        moment(left("Date", 19)) as starts_at, typed(Location) as location,
        typed(AgendaStatusName) as status_local, moment(AgendaLastPublished) as published_at,
        moment(MinutesLastPublished) as minutes_at, typed(MinutesStatusName) as minutes_status,
        typed(InSiteURL) as source_url
    from settled('read_hearings')
)
select 'larkhaven' as jurisdiction, meetings.hearing_id, body_name, starts_at, location,
    case when status_local is not null then status.canonical
        when minutes_at is not null or called_count > 0 then 'held'
        when published_at is not null then 'noticed' else 'scheduled' end as hearing_status,
    status_local,
    cast(round((epoch(timezone('America/Los_Angeles', starts_at)) - epoch(published_at)) / 3600, 1)
        as decimal(10, 1)) as notice_hours,
    cast(coalesce(items, 0) as integer) as items_count,
    cast(coalesce(roll_calls, 0) as integer) as roll_call_items_count,
    called_count, present_count, published_at as agenda_published_at,
    minutes_at as minutes_published_at, minutes_status as minutes_status_local, source_url,
    'larkhaven.hearings' as source_table
from meetings left join rolls on meetings.hearing_id = rolls.hearing_id
left join words as status
    on status.field = 'hearing_status' and status.word = squeezed(status_local)
order by meetings.hearing_id;

-- 6. Awards

create table cops_awards as
with coded as (
    select *, typed("Award ID") as award_id,
        if("Award ID" like '15JCOPS%', right(trim("Award ID"), 4), typed(Description)) as code
    from settled('read_cops_awards')
)
select 'larkhaven' as jurisdiction, award_id, typed("Recipient Name") as recipient_name,
    "Recipient Location".state_code as recipient_state,
    "Recipient Location".city_name as recipient_city,
    coalesce(canonical, 'not_stated') as program, title as program_title, code as program_local,
    typed("CFDA Number") as assistance_listing, "Award Amount" as obligated_usd,
    "Total Outlays" as outlayed_usd, coalesce("Award Amount" = 0, false) as is_zero_amount,
    coalesce("Award Amount" < 0, false) as is_negative_amount, "Start Date" as start_date,
    "End Date" as end_date,
    cast(year("Start Date" + interval 3 month) as integer) as federal_fiscal_year,
    'larkhaven.cops_awards' as source_table
from coded left join words on field = 'program' and word = squeezed(code)
order by award_id;

create table cops_awards_by_year as
select recipient_state, federal_fiscal_year, program, cast(count(*) as integer) as awards_count,
    cast(sum(obligated_usd) as decimal(18, 2)) as obligated_usd,
    cast(sum(outlayed_usd) as decimal(18, 2)) as outlayed_usd,
    cast(count(*) filter (outlayed_usd is null) as integer) as outlay_not_reported_count
from cops_awards group by all order by recipient_state, federal_fiscal_year, program;

-- 7. What was received, kept for tomorrow: without it nobody could tell what changed.

create view received_complaints as
from settled_complaints where trim(complaint_id) not in (from withheld);

create view received_allegations as
from read_allegations
where trim(complaint_id) <> '' and trim(complaint_id) not in (from withheld);

create view received_bwc_reviews as
from settled_bwc_reviews
where typed(complaint_id) is null or trim(complaint_id) not in (from withheld);

create view received_hearings as
select * exclude ("Comment", Items), mark('comment', "Comment") as comment_mark,
    mark('items', cast(to_json(Items) as varchar)) as items_mark
from settled('read_hearings');

create view received_hearing_items as
select event_id, item.* exclude (RollCall),
    mark('rollcall', cast(to_json(item.RollCall) as varchar)) as rollcall_mark
from (select ID as event_id, unnest(Items) as item from settled('read_hearings'));

create view received_roll_calls as
select event_id, item_id, seat.* exclude (Slug, FullName), mark('slug', seat.Slug) as slug_mark,
    mark('fullname', seat.FullName) as fullname_mark
from (
    select event_id, item.ID as item_id, unnest(item.RollCall) as seat
    from (select ID as event_id, unnest(Items) as item from settled('read_hearings'))
);

create view received_cops_awards as from settled('read_cops_awards');
