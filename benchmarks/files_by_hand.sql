-- The demo city's feeds, read from its files; and what of them is kept for tomorrow. The variables
-- `feeds`, `seeds` and `words` name
-- the folders that are read.

-- Of what must not be kept, only whether it changed is known: a hash that needs the secret.
create macro mark(name, cell) as
    left(sha256(getvariable('secret') || '|' || name || '|' || typed(cell)), 16);
create macro file_of(feed) as getvariable('feeds') || '/' || feed;
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

create table read_complaints as
select complaint_id as key, row_number() over () as line, hash(file) as whole, complaint_id,
    incident_number, incident_date, received_date, closed_date, reopened_date, district, category,
    status, finding, intake_channel, complainant_count,
    mark('complainants', complainants) as complainants_mark, mark('summary', summary) as summary_mark
from portal_csv('complaints') as file;

create table read_allegations as
select complaint_id, badge, officer_rank, allegation, finding, discipline,
    md5(concat_ws(chr(31), complaint_id, coalesce(allegation, ''), coalesce(finding, ''),
        coalesce(discipline, ''))) as content,
    row_number() over () as line,
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
    AgendaLastPublished: 'VARCHAR', MinutesLastPublished: 'VARCHAR', CancelReason: 'VARCHAR',
    "Comment": 'VARCHAR',
    Items: 'STRUCT(ID VARCHAR, Title VARCHAR, AgendaSequence VARCHAR, AgendaNumber VARCHAR,
        ActionName VARCHAR, PassedFlag VARCHAR, RollCallFlag VARCHAR, MatterFile VARCHAR,
        MatterType VARCHAR, MatterStatus VARCHAR, ComplaintNumber VARCHAR,
        RollCall STRUCT(ID VARCHAR, Slug VARCHAR, FullName VARCHAR, ValueID VARCHAR,
            "Value" VARCHAR, Sort VARCHAR)[])[]'
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

create table read_bwc_audits as
select audit_id as key, row_number() over () as line, hash(file) as whole, audit_id,
    _month as month, supervisor_badge, supervisor_district, audits_due, audits_done,
    _sample as sample,
    mark('supervisor_name', supervisor_name) as supervisor_name_mark
from portal_csv('bwc_audits') as file;

create table read_cops_transactions as
select assistance_transaction_unique_key as key, row_number() over () as line, hash(file) as whole,
    file.* exclude (transaction_description),
    mark('transaction_description', transaction_description) as transaction_description_mark
from portal_csv('cops_transactions') as file;

create table read_cops_positions as
select award_id as key, row_number() over () as line, hash(file) as whole, file.*
from portal_csv('cops_positions') as file;

create table read_discipline as
select trim(complaint_id) || '|' || trim(badge) as key, row_number() over () as line,
    hash(file) as whole, file.*
from portal_csv('discipline') as file;

create table read_officers as
select badge as key, row_number() over () as line, hash(file) as whole, badge, officer_rank,
    year_hired, duty_status, mark('officer_name', officer_name) as officer_name_mark
from portal_csv('officers') as file;

create table withheld as
select typed(complaint_id) as complaint_id from read_complaints
where typed(complaint_id) is not null and upper(trim(status)) in ('EXPUNGED', 'SEALED', 'DELETED');

create table landed_complaints as
from settled('read_complaints') where trim(complaint_id) not in (from withheld);
drop table read_complaints;

create view landed_allegations as
select *, row_number() over (partition by content order by line) as copy
from read_allegations
where trim(complaint_id) <> '' and trim(complaint_id) not in (from withheld);

create table landed_bwc_reviews as
from settled('read_bwc_reviews')
where typed(complaint_id) is null or trim(complaint_id) not in (from withheld);
drop table read_bwc_reviews;

create table landed_hearings as from settled('read_hearings');

create table landed_hearing_items as
select event_id, item.*
from (select ID as event_id, unnest(Items) as item from landed_hearings)
where coalesce(trim(item.ComplaintNumber), '') not in (from withheld);

create table landed_roll_calls as
select event_id, item_id, seat.*
from (
    select event_id, item.ID as item_id, unnest(item.RollCall) as seat
    from (select ID as event_id, unnest(Items) as item from landed_hearings)
);

create table landed_cops_awards as
select internal_id, "Award ID" as award_id, "Recipient Name" as recipient_name,
    "Award Amount" as award_amount, "Total Outlays" as total_outlays, "Start Date" as start_date,
    "End Date" as end_date, Description as description, "CFDA Number" as cfda_number,
    "Recipient Location".country_name as country_name,
    "Recipient Location".state_code as state_code, "Recipient Location".city_name as city_name,
    generated_internal_id
from settled('read_cops_awards');

create table landed_bwc_audits as from settled('read_bwc_audits');
create table landed_cops_transactions as from settled('read_cops_transactions');
create table landed_cops_positions as from settled('read_cops_positions');
create table landed_discipline as
from settled('read_discipline') where trim(complaint_id) not in (from withheld);
create table landed_officers as from settled('read_officers');

create table register as
from read_json(getvariable('words') || '/register.json', columns = {
    metric: 'VARCHAR', title: 'VARCHAR', family: 'VARCHAR', kind: 'VARCHAR', unit: 'VARCHAR',
    numerator: 'VARCHAR', denominator: 'VARCHAR', date_role: 'VARCHAR', population: 'VARCHAR',
    maturity_rule: 'VARCHAR', interval_method: 'VARCHAR', day_basis: 'VARCHAR',
    definition: 'VARCHAR', caveat: 'VARCHAR', feed: 'VARCHAR', smallest_denominator: 'INTEGER',
    is_naive: 'BOOLEAN', counterpart: 'VARCHAR', not_valid_for: 'VARCHAR', must_agree: 'VARCHAR',
    comparability_hash: 'VARCHAR'
});

create view holidays as
from read_json(getvariable('words') || '/holidays.json', columns = {day: 'DATE'});

-- What was received, kept for tomorrow: without it nobody could tell what changed.

create view received_complaints as from landed_complaints;
create view received_allegations as
select * exclude (content, line)
from read_allegations
where trim(complaint_id) <> '' and trim(complaint_id) not in (from withheld);
create view received_bwc_reviews as from landed_bwc_reviews;
create view received_hearings as
select * exclude ("Comment", Items), mark('comment', "Comment") as comment_mark,
    mark('items', cast(to_json(Items) as varchar)) as items_mark
from landed_hearings;
create view received_hearing_items as
select * exclude (RollCall), mark('rollcall', cast(to_json(RollCall) as varchar)) as rollcall_mark
from landed_hearing_items;
create view received_roll_calls as
select * exclude (Slug, FullName), mark('slug', Slug) as slug_mark,
    mark('fullname', FullName) as fullname_mark
from landed_roll_calls;
create view received_cops_awards as from landed_cops_awards;
create view received_bwc_audits as from landed_bwc_audits;
create view received_cops_transactions as from landed_cops_transactions;
create view received_cops_positions as from landed_cops_positions;
create view received_discipline as from landed_discipline;
create view received_officers as from landed_officers;
