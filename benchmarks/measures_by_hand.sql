-- The measures of the demo city and the tables that they stand on, from the tables of records, as
-- one would write them by hand for this city alone. `register` holds what is said of each metric,
-- `holidays` the public holidays of the city's state.

create macro year_of(day) as cast(date_trunc('year', day) as date);
create macro z() as 1.959963984540054;
create macro kind_of(year) as if(year is null, 'all', 'calendar_year');

-- 1. Complaints: the wide rows that all below reads

create table cases as
select complaints.* exclude (jurisdiction, received_month, source_table), incident_number,
    reopened_date, is_pending(complaints.status) as is_open,
    year_of(received_date) as received_year, received_month,
    if(incident_number is null, 0, count(*) over (partition by incident_number)) as alike
from complaints left join (select complaint_id, incident_number, reopened_date from known_complaints)
    using (complaint_id);

create table incident_clusters as
select 'larkhaven' as jurisdiction, incident_date,
    cast(row_number() over (partition by incident_date
        order by complaints_count desc, md5(incident_number)) as integer) as incident_ordinal,
    cast(complaints_count as integer) as complaints_count
from (
    select incident_number, quantile_disc(incident_date, 0.5) as incident_date,
        count(*) as complaints_count
    from cases where alike >= 10 group by incident_number
);

create table probable_duplicates as
with alike as (
    select incident_date, district, category_local, outcome_local, intake_channel,
        incident_number, min(complaint_id) as first_complaint_id, count(*) as alike_count,
        list(struct_pack(complaint_id, received_date)) as members
    from cases
    where incident_date is not null and received_date is not null and district is not null
        and category_local is not null
    group by all
    having count(*) between 2 and 3 and max(received_date) - min(received_date) <= 31
)
select 'larkhaven' as jurisdiction, first_complaint_id, member.complaint_id as complaint_id,
    member.received_date as received_date, incident_date, district, category_local, outcome_local,
    intake_channel, cast(alike_count as integer) as alike_count
from (select *, unnest(members) as member from alike);

-- 2. Time

create table calendar as
select day, cast(count(*) filter (isodow(day) <= 5
    and day not in (select cast(holidays.day as date) from holidays)) over (order by day)
    as integer) as number
from (select unnest(generate_series(date '1990-01-01', date '2050-12-31', interval 1 day))::date
    as day);

create table deadline_states as
with numbers as (select number, min(day) as day from calendar group by number),
rules as (
    select deadline, title, start_event, cast(length as integer) as length, length_unit, day_basis,
        cast(tolls as boolean) as tolls, cast(at_risk_days as integer) as at_risk_days,
        cast(valid_from as date) as valid_from, source
    from seed('deadlines') where jurisdiction = 'larkhaven'
),
started as (
    select complaint_id, received_date, status, resolution_class, investigation_closed_date,
        is_open, rules.*, if(start_event = 'incident', incident_date, received_date) as started_date
    from cases, rules
    where coalesce(if(start_event = 'incident', incident_date, received_date), received_date,
        date '9999-12-31') >= valid_from
),
due as (
    select started.*, if(day_basis = 'business', numbers.day, cast(if(length_unit = 'month',
        started_date + to_months(length), started_date + to_days(length)) as date)) as due_date
    from started left join calendar on started_date = calendar.day
    left join numbers on numbers.number = calendar.number + length
)
select 'larkhaven' as jurisdiction, complaint_id, deadline,
    case when status = 'void' or resolution_class in ('void', 'referred') then 'not_applicable'
        when due_date is null then 'unknown_start'
        when tolls and status = 'tolled' then 'tolled'
        when not is_open and coalesce(investigation_closed_date not between
            coalesce(started_date, investigation_closed_date) and as_of(), true) then 'unknown_end'
        when not is_open and investigation_closed_date <= due_date then 'met'
        when not is_open or due_date < as_of() then 'missed'
        when due_date - as_of() <= at_risk_days then 'at_risk' else 'running' end as deadline_state,
    due_date, cast(if(is_open and not (tolls and status = 'tolled'), due_date - as_of(), null)
        as integer) as days_left,
    received_date, started_date, investigation_closed_date as ended_date, day_basis, title, source
from due;

create table waits as
with judged as (
    select complaint_id, received_date, received_year, reopened_date,
        investigation_closed_date as closed, is_open, finding,
        coalesce(closed <= as_of() and closed >= coalesce(reopened_date, closed), false)
            as has_last_closing
    from cases
    where resolution_class is distinct from 'void' and status is distinct from 'void'
),
ended as (
    select *, if(is_open, as_of(), if(has_last_closing, closed, null)) as end_date,
        case when is_open then null when finding = 'sustained' then 'sustained'
            else 'other_closure' end as event,
        case when received_date is null or received_date > as_of() then 'no_day_of_receipt'
            when not is_open and not has_last_closing then 'no_day_of_closing'
            when not is_open and closed < received_date then 'closed_before_receipt' end as left_out
    from judged
)
select received_date, received_year, left_out, event,
    if(left_out is null, end_date - received_date, null) as calendar_days,
    if(left_out is null, last.number - first.number, null) as business_days,
    if(reopened_date is null, event, 'other_closure') as first_event,
    case when left_out is not null then null when reopened_date is null
        then end_date - received_date when closed < reopened_date then closed - received_date end
        as first_days,
    if(left_out is null and reopened_date <= end_date, end_date - reopened_date, null) as again_days
from ended left join calendar as first on received_date = first.day
left join calendar as last on end_date = last.day;

-- 3. Discipline and officers

create table case_steps as
with stated as (
    select complaint_id, cast(year(received_date) as integer) as received_year, steps,
        typed(closed_because) as closing,
        row_number() over (partition by complaint_id order by steps[1].said, steps[1].day,
            steps[2].said, steps[2].day, steps[3].said, steps[3].day, steps[4].said, steps[4].day,
            steps[5].said, steps[5].day, steps[6].said, steps[6].day, closing) as case_ordinal
    from (
        select trim(complaint_id) as complaint_id, closed_because, [
            {'step': 'investigator_recommended', 'said': typed(investigator_recommendation),
                'day': iso_day(investigator_date)},
            {'step': 'board_recommended', 'said': typed(board_recommendation),
                'day': iso_day(board_date)},
            {'step': 'trial_or_plea', 'said': typed(hearing_or_settlement),
                'day': iso_day(hearing_or_settlement_date)},
            {'step': 'chief_final', 'said': typed(chief_decision), 'day': iso_day(chief_date)},
            {'step': 'appeal_final', 'said': typed(appeal_decision), 'day': iso_day(appeal_date)},
            {'step': 'served', 'said': typed(served), 'day': iso_day(served_date)}
        ] as steps
        from landed_discipline
    )
    left join (select complaint_id, received_date from known_complaints) using (complaint_id)
),
told as (
    select complaint_id, case_ordinal, received_year, unnest(steps, recursive := true),
        generate_subscripts(steps, 1) as step_number
    from stated
    union all
    select complaint_id, case_ordinal, received_year, 'closing', closing, null, 7 from stated
)
select told.*, cast(severity as integer) as severity,
    cast(coalesce(severity_up_to, severity) as integer) as severity_up_to, decision,
    not_decidable_reason
from told
left join (from seed('penalties') where jurisdiction = 'larkhaven') as ladder
    on told.step = ladder.step
    and squeezed(regexp_replace(said, '[0-9]+([.][0-9]+)?', '#', 'g')) = squeezed(local_value)
where said is not null or day is not null or told.step = 'closing';

create table discipline_steps as
select 'larkhaven' as jurisdiction, complaint_id, cast(case_ordinal as integer) as case_ordinal,
    cast(step_number as integer) as step_number, step, said as outcome_local, severity,
    severity_up_to, decision, day as step_date,
    coalesce(decision not in ('pending', 'not_decidable'), false) as is_decided,
    'larkhaven.discipline' as source_table
from case_steps where step <> 'closing';

create table discipline_outcomes as
with chains as (
    select complaint_id, case_ordinal, any_value(received_year) as received_year,
        map_from_entries(list((step, struct_pack(said, severity, up_to := severity_up_to, decision,
            day, reason := not_decidable_reason)))) as of
    from case_steps group by complaint_id, case_ordinal
),
named as (
    select *, of['board_recommended'] as board, of['chief_final'] as chief,
        of['appeal_final'] as appeal, of['closing'] as closing
    from chains
),
decided as (
    select *, case when closing.decision = 'not_decidable' then closing.reason
            when chief.decision = 'not_decidable' then chief.reason
            when chief.said is not null then if(chief.decision is null, 'unknown_word', null)
            when closing.said is not null and closing.decision is null then 'unknown_word'
            when closing.decision = 'imposed' then 'penalty_not_stated' end as undecidable,
        case when chief.decision in ('imposed', 'none_imposed') then chief.severity
            when chief.said is null and closing.decision = 'none_imposed' then 0 end
            as chief_severity
    from named
)
select 'larkhaven' as jurisdiction, complaint_id, cast(case_ordinal as integer) as case_ordinal,
    received_year, board.said as board_recommended_local, board.severity as board_severity,
    board.up_to as board_severity_up_to, of['trial_or_plea'].severity as trial_or_plea_severity,
    chief.said as chief_final_local, if(undecidable is null, chief_severity, null)
        as chief_severity,
    chief.day as chief_decision_date,
    case when undecidable is not null then 'not_decidable' when chief_severity is null then 'pending'
        when board.severity is null then 'not_decidable'
        when decided.chief_severity between board.severity and board.up_to then 'same'
        when decided.chief_severity = 0 then 'none_imposed'
        when decided.chief_severity < board.severity then 'lower' else 'higher' end as concurrence,
    case when undecidable is not null then undecidable
        when decided.chief_severity is null or board.severity is not null then null
        when board.said is not null and board.decision is null then 'unknown_word'
        else 'no_recommendation' end as not_decidable_reason,
    closing.said as closing_local, appeal.said as appeal_final_local,
    appeal.decision as appeal_decision,
    case when undecidable is not null or appeal.decision = 'pending' then null
        when appeal.decision in ('imposed', 'none_imposed') then appeal.severity
        else decided.chief_severity end as final_severity_after_appeal,
    of['served'].severity as served_severity, 'larkhaven.discipline' as source_table
from decided;

create table officer_counts as
with named as (
    select officer, count(*) as all_years, count(*) filter (received_date
        between cast(as_of() - interval 5 year as date) + 1 and as_of()) as last_five_years
    from (
        select complaint_id, officer, min(received_date) as received_date
        from known_allegations left join outcomes using (place)
        where officer is not null and resolution_class is distinct from 'void'
        group by all
    )
    group by officer
),
everybody as (
    select officer, roster.officer is not null as is_known, 2026 - year_hired as service_years,
        coalesce(all_years, 0) as all_years, coalesce(last_five_years, 0) as last_five_years
    from named full join (
        select trim(badge) as officer, try_cast(year_hired as integer) as year_hired
        from landed_officers
    ) as roster using (officer)
)
select 'all_years' as window_name, null::date as first_date, officer, service_years,
    all_years as n
from everybody where is_known or all_years > 0
union all
select 'last_five_years', cast(as_of() - interval 5 year as date) + 1, officer, service_years,
    last_five_years
from everybody where is_known or last_five_years > 0;

create table officer_spread as
with counted as (
    select window_name, n, count(*) as officers from officer_counts group by all
),
totals as (
    select window_name, any_value(first_date) as first_date, count(*) as all_officers,
        sum(n) as all_cases, max(n) as most, sum(n) / count(*) as rate
    from officer_counts group by window_name
),
places as (
    select *, unnest(generate_series(0, cast(greatest(most, rate + 12 * sqrt(rate) + 40) as integer)))
        as n
    from totals where most > 0
),
expected as (
    select places.*, coalesce(officers, 0) as officers,
        all_officers * exp(n * ln(rate) - rate - lgamma(n + 1)) as expected
    from places left join counted using (window_name, n)
)
select *, coalesce(sum(officers) over more, 0) as officers_more,
    coalesce(sum(expected) over more, 0) as expected_more
from expected
window more as (partition by window_name order by n desc
    rows between unbounded preceding and 1 preceding);

create table officer_concentration as
with allowed as (
    from officer_spread
    qualify officers + officers_more >= 10 and coalesce(min(officers) over (
        partition by window_name order by n rows between unbounded preceding and 1 preceding), 10)
        >= 10
),
marked as (select *, n = max(n) over (partition by window_name) as is_or_more from allowed)
select 'larkhaven' as jurisdiction, window_name, cast(n as integer) as cases_per_officer, is_or_more,
    cast(officers + if(is_or_more, officers_more, 0) as integer) as officers_count,
    round(expected + if(is_or_more, expected_more, 0), 10) as expected_officers_count,
    'roster' as officers_known, cast(all_officers as integer) as all_officers_count,
    cast(all_cases as integer) as all_officer_cases_count, first_date as window_first_date,
    as_of() as window_last_date
from marked;

create table repeat_officers as
with banded as (
    select officer, n, case when service_years < 5 then '0-4' when service_years < 10 then '5-9'
        when service_years < 20 then '10-19' when service_years >= 20 then '20 and more' end as band
    from officer_counts where window_name = 'last_five_years'
),
peers as (
    select band as years_of_service, count(*) as peers, median(n) as middle
    from banded where band is not null group by band having count(*) >= 10
)
select 'larkhaven' as jurisdiction,
    cast(row_number() over (order by n desc, years_of_service, officer_pseudonym) as integer)
        as place, officer_pseudonym,
    cast(n as integer) as officer_cases_count, years_of_service,
    cast(peers as integer) as peers_count, cast(middle as double) as peers_median_officer_cases
from banded left join peers on band = years_of_service left join pseudonyms using (officer)
where n >= 3;

-- 4. Cameras

create table audits as
with read as (
    select typed(supervisor_badge) as supervisor,
        believed(cast(try_strptime(trim(month), '%Y-%m') as date)) as audit_month,
        try_cast(audits_due as integer) as due, try_cast(audits_done as integer) as done,
        coalesce(canonical, 'not_stated') as audit_sample
    from landed_bwc_audits left join words on field = 'audit_sample' and word = squeezed(sample)
)
select audit_month, audit_sample, count(distinct supervisor) as supervisors, count(*) as months,
    count(*) filter (done is null) as not_reported, sum(due) as due,
    coalesce(sum(due) filter (done >= 0), 0) as due_reported,
    coalesce(sum(least(done, due)) filter (done >= 0), 0) as met
from read where audit_month is not null and due > 0 group by all;

create table bwc_audits as
select 'larkhaven' as jurisdiction, audit_month, audit_sample,
    cast(supervisors as integer) as supervisors_count,
    cast(not_reported as integer) as not_reported_count, cast(due as bigint) as audits_due_count,
    cast(due_reported as bigint) as audits_due_reported_count, cast(met as bigint) as audits_met_count
from audits where supervisors >= 3;

create table requests as
with counted as (
    select requested_date, fulfilled_date, coalesce(bwc_request_outcome,
        if(fulfilled_date is null, 'open', 'not_stated')) as outcome, count(*) as n
    from bwc_reviews where requested_date is not null or bwc_request_outcome is not null
    group by all
),
ended as (
    select *, case when outcome = 'open' then as_of()
        when outcome in ('fulfilled', 'partial', 'false_negative', 'not_stated')
            then fulfilled_date end as end_date
    from counted
)
select year_of(requested_date) as year, outcome,
    if(end_date >= requested_date, end_date - requested_date, null) as days,
    if(end_date >= requested_date, last.number - first.number, null) as business_days, sum(n) as n
from ended left join calendar as first on requested_date = first.day
left join calendar as last on end_date = last.day group by all;

-- 5. Hearings

create table hearing_compliance as
with bodies as (
    select lower(body_name) as body, cast(seats as integer) as seats,
        cast(quorum as integer) as quorum
    from seed('bodies') where jurisdiction = 'larkhaven'
),
dockets as (
    select hearing_id, count(*) as listed,
        count(*) filter (case_action in ('heard', 'decided')) as heard,
        count(*) filter (case_action = 'decided') as decided,
        count(*) filter (case_action = 'deferred') as deferred,
        count(complaints.complaint_id) filter (case_action = 'decided') as linked
    from agenda left join complaints using (complaint_id) where is_case group by hearing_id
),
measured as (
    select hearings.*, seats, quorum, canonical as reason, listed, heard, decided, deferred, linked,
        first_call.members_count as members, first_call.members_present_count as present,
        as_of() - cast(starts_at as date) as days_since,
        coalesce(agenda_published_at <= starts_at_utc, false) as is_out,
        hearing_status in ('cancelled', 'rescheduled') as is_off,
        cast(minutes_published_at at time zone 'UTC' at time zone 'America/Los_Angeles' as date)
            - cast(starts_at as date) as days
    from known_hearings as hearings left join bodies on lower(body_name) = body
    left join dockets using (hearing_id)
    left join words on field = 'cancellation_reason' and word = squeezed(cancellation_local)
)
select 'larkhaven' as jurisdiction, hearing_id, body_name, starts_at, starts_at_utc, hearing_status,
    if(hearing_status = 'cancelled', coalesce(reason, 'not_stated'), null) as cancellation_reason,
    if(is_out, 'publisher', null) as notice_basis,
    if(is_out, measured.notice_hours, null) as notice_hours,
    null::decimal(10, 1) as notice_at_most_hours, 72 as notice_required_hours,
    case when is_off then 'not_applicable' when days_since < 0 then 'pending'
        when is_out and measured.notice_hours >= 72 then 'met' when is_out then 'late_edition'
        else 'unknown' end as notice_state,
    null::boolean as is_agenda_changed_after, seats as seats_count,
    cast(if(members > seats, 0, seats - members) as integer) as vacancies_count,
    cast(members as integer) as members_count, cast(present as integer) as members_present_count,
    quorum as quorum_count, if(hearing_status = 'no_quorum', false, present >= quorum) as is_quorate,
    cast(if(days >= 0, days, null) as integer) as minutes_days, 30 as minutes_required_days,
    case when is_off or hearing_status = 'no_quorum' then 'not_applicable'
        when days_since < 0 then 'pending' when days < 0 then 'unknown' when days <= 30 then 'met'
        when days is null then if(days_since <= 30, 'pending', 'missed')
        else 'late_edition' end as minutes_state,
    cast(coalesce(listed, 0) as integer) as cases_on_agenda_count,
    cast(coalesce(heard, 0) as integer) as cases_heard_count,
    cast(coalesce(decided, 0) as integer) as cases_decided_count,
    cast(coalesce(deferred, 0) as integer) as cases_deferred_count,
    cast(coalesce(linked, 0) as integer) as decisions_linked_count,
    as_of() as as_of_date, 'larkhaven.hearings' as source_table
from measured;

-- 6. How long all that waits has waited

-- Days on which somebody left, of each clock, for each year and for all; a day asked for has nobody.
create table steps as
with clocks as (
    select 'calendar' as clock, received_year as year, calendar_days as days, event, count(*) as n
    from waits where calendar_days >= 0 group by all
    union all
    select 'business', received_year, business_days, event, count(*)
    from waits where business_days >= 0 group by all
    union all
    select 'first', received_year, first_days, first_event, count(*)
    from waits where first_days >= 0 group by all
    union all
    select 'again', received_year, again_days, event, count(*)
    from waits where again_days >= 0 group by all
    union all
    select 'footage', year, days, if(outcome = 'open', null, 'footage'), sum(n)
    from requests where days is not null group by all
    union all
    select 'footage_business', year, business_days, if(outcome = 'open', null, 'footage'), sum(n)
    from requests where business_days is not null group by all
    union all
    select 'minutes', year_of(starts_at), coalesce(minutes_days, as_of() - cast(starts_at as date)),
        if(minutes_days is null, null, 'out'), count(*)
    from hearing_compliance
    where cast(starts_at as date) <= as_of() and minutes_state <> 'unknown'
        and hearing_status in ('held', 'noticed', 'scheduled')
    group by all
),
cohorts as (
    select clock, year, days, event, sum(n) as n
    from clocks group by grouping sets ((clock, days, event), (clock, year, days, event))
),
days as (
    select clock, year, days, sum(n)::double as leaving,
        coalesce(sum(n) filter (event is not null), 0)::double as ended,
        coalesce(sum(n) filter (event = 'sustained'), 0)::double as sustained,
        coalesce(sum(n) filter (event = 'other_closure'), 0)::double as other
    from (
        from cohorts
        union all
        select 'calendar', year, unnest([365, 730] || range(0, 1096, 30)), null, 0
        from (select distinct year from cohorts where clock = 'calendar')
    )
    group by all
),
watched as (
    select *, sum(leaving) over (partition by clock, year order by days desc) as at_risk from days
),
surviving as (
    select *, coalesce(product(if(ended > 0, (at_risk - ended) / at_risk, 1))
            over (partition by clock, year order by days), 1) as survival,
        if(ended > 0 and ended < at_risk, ended / (at_risk * (at_risk - ended)), 0) as greenwood
    from watched
),
weighted as (
    select *, coalesce(lag(survival) over now, 1) / nullif(at_risk, 0) as weight
    from surviving window now as (partition by clock, year order by days)
),
incident as (
    select *, coalesce(sum(weight * sustained) over now, 0) as sustained_share,
        coalesce(sum(weight * other) over now, 0) as other_share,
        weight * sustained / nullif(at_risk, 0) as ends, weight * other / nullif(at_risk, 0) as ends2
    from weighted window now as (partition by clock, year order by days)
),
summed as (
    select *, sum(greenwood) over now as g,
        sum(sustained_share * greenwood + ends) over now as a1,
        sum(sustained_share ** 2 * greenwood + 2 * sustained_share * ends
            + weight * ends * (at_risk - sustained)) over now as a2,
        sum(other_share * greenwood + ends2) over now as b1,
        sum(other_share ** 2 * greenwood + 2 * other_share * ends2
            + weight * ends2 * (at_risk - other)) over now as b2
    from incident window now as (partition by clock, year order by days)
)
select clock, year, days, leaving, ended, at_risk, survival, survival * sqrt(g) as survival_se,
    sustained_share, other_share,
    sqrt(greatest(0, sustained_share ** 2 * g - 2 * sustained_share * a1 + a2)) as sustained_se,
    sqrt(greatest(0, other_share ** 2 * g - 2 * other_share * b1 + b2)) as other_se
from summed;

create table survival_curves as
with told as (
    select coalesce(cast(year(year) as varchar), 'all') as cohort, * exclude (year)
    from steps where clock = 'calendar' and days % 30 = 0 and days <= 1095 and at_risk >= 10
),
curves as (
    select cohort, days, at_risk, unnest([
        {'outcome': 'closed', 'share': 1 - survival, 'se': survival_se},
        {'outcome': 'sustained', 'share': sustained_share, 'se': sustained_se},
        {'outcome': 'other_closure', 'share': other_share, 'se': other_se}
    ], recursive := true)
    from told
)
select 'larkhaven' as jurisdiction, cohort, outcome, cast(days as integer) as days,
    cast(round(100 * share, 6) as decimal(9, 6)) as share_pct,
    cast(round(100 * greatest(0, share - z() * se), 6) as decimal(9, 6)) as lower_pct,
    cast(round(100 * least(1, share + z() * se), 6) as decimal(9, 6)) as upper_pct,
    cast(at_risk as integer) as at_risk_count
from curves;

-- 7. Awards

create table actions as
select typed(award_id_fain) as award_id,
    try_cast(federal_action_obligation as decimal(18, 2)) as usd, iso_day(action_date) as day
from landed_cops_transactions;

create table cops_award_money as
with moved as (
    select award_id, sum(greatest(usd, 0)) as obligated, sum(greatest(-usd, 0)) as deobligated,
        sum(usd) as net, count(*) as actions, min(day) as first_day, max(day) as last_day
    from actions group by award_id
),
positions as (
    select typed(award_id) as award_id, try_cast(officers_funded as integer) as funded,
        try_cast(officers_hired as integer) as hired,
        try_cast(officers_retained as integer) as retained,
        try_cast(local_match as decimal(18, 2)) as own_share,
        lower(typed(match_waived)) = 'yes' as is_waived
    from landed_cops_positions
),
reviewed as (
    select squeezed(recipient_name) as recipient, recipient_state as state,
        coalesce(jurisdiction, 'other') as agency, agency_ori
    from seed('recipient_agencies')
)
select 'larkhaven' as jurisdiction, awards.award_id, recipient_name, recipient_state,
    coalesce(agency, 'not_reviewed') as agency, agency_ori, program, start_date,
    federal_fiscal_year, cast(obligated as decimal(18, 2)) as obligated_usd,
    cast(deobligated as decimal(18, 2)) as deobligated_usd,
    awards.obligated_usd as net_obligated_usd, awards.obligated_usd = net as is_sum_of_actions,
    outlayed_usd, outlayed_usd is not null as is_outlay_reported,
    cast(awards.obligated_usd - outlayed_usd as decimal(18, 2)) as remaining_usd,
    cast(coalesce(actions, 0) as integer) as actions_count, first_day as first_action_date,
    last_day as last_action_date, funded as officers_funded_count, hired as officers_hired_count,
    retained as officers_retained_count,
    case when is_waived then 0 when not is_waived then own_share end as match_required_usd,
    case when is_waived then own_share when not is_waived then 0 end as match_waived_usd,
    'larkhaven.cops_awards' as source_table
from cops_awards as awards left join moved using (award_id) left join positions using (award_id)
left join reviewed on squeezed(recipient_name) = recipient and recipient_state = state;

create table recipients_to_review as
select 'larkhaven' as jurisdiction, recipient_name, recipient_state,
    cast(count(*) as integer) as awards_count,
    cast(sum(net_obligated_usd) as decimal(18, 2)) as net_obligated_usd,
    min(start_date) as first_start_date, max(start_date) as last_start_date
from cops_award_money where agency = 'not_reviewed' group by all;

create table cops_money_by_year as
with summed as (
    select cast(year(day + interval 3 month) as integer) as fiscal_year,
        coalesce(agency, 'not_reviewed') as agency, coalesce(program, 'not_stated') as program,
        sum(greatest(usd, 0)) as obligated, sum(greatest(-usd, 0)) as deobligated,
        coalesce(sum(usd), 0) as net, count(*) as actions, count(distinct award_id) as awards
    from actions left join cops_award_money using (award_id) group by all
),
facts as (
    select jurisdiction as agency, kind, cast(year as integer) as year, source,
        cast(value as integer) as value
    from seed('denominators')
)
select 'larkhaven' as jurisdiction, fiscal_year as federal_fiscal_year, summed.agency, program,
    cast(obligated as decimal(18, 2)) as obligated_usd,
    cast(deobligated as decimal(18, 2)) as deobligated_usd,
    cast(net as decimal(18, 2)) as net_obligated_usd, cast(actions as integer) as actions_count,
    cast(awards as integer) as awards_count, officers.value as sworn_officers_count,
    officers.year as sworn_officers_year, officers.source as sworn_officers_source,
    residents.value as residents_count, residents.year as residents_year,
    residents.source as residents_source
from summed
asof left join (from facts where kind = 'sworn_officers') as officers
    on summed.agency = officers.agency and fiscal_year >= officers.year
asof left join (from facts where kind = 'residents') as residents
    on summed.agency = residents.agency and fiscal_year >= residents.year;

-- 8. Every number of every family

create table complaint_parts as
with counted as (
    select received_year as year, received_month as month,
        coalesce(category, 'not_stated') as category, coalesce(district, 'not_stated') as district,
        coalesce(intake_channel, 'not_stated') as intake_channel,
        coalesce(resolution_class, 'not_stated') as resolution_class, count(*) as received,
        count(*) filter (is_open) as pending, count(*) filter (alike >= 10) as mass,
        count(*) filter (alike >= 10 and is_open) as mass_pending,
        sum(coalesce(officers_count - unidentified_officers_count, 0)) as named,
        sum(coalesce(unidentified_officers_count, 0)) as unnamed
    from cases group by all
)
select if(grouping(month) = 0, 'month', if(grouping(year) = 0, 'calendar_year', 'all'))
        as period_kind,
    coalesce(month, year) as period_start,
    case when grouping(category) = 0 then 'category' when grouping(district) = 0 then 'district'
        when grouping(intake_channel) = 0 then 'intake_channel'
        when grouping(resolution_class) = 0 then 'resolution_class' end as dimension,
    coalesce(category, district, intake_channel, resolution_class) as dimension_value,
    sum(received) as received, sum(pending) as pending, sum(mass) as mass,
    sum(mass_pending) as mass_pending, sum(named) as named, sum(unnamed) as unnamed
from counted
group by grouping sets ((), (category), (district), (intake_channel), (resolution_class),
    (year), (year, category), (year, district), (year, intake_channel), (year, resolution_class),
    (month), (month, category))
having (grouping(year) = 1 or year is not null) and (grouping(month) = 1 or month is not null);

create table allegation_parts as
with counted as (
    select year_of(allegations.received_date) as year,
        coalesce(allegations.category, 'not_stated') as category,
        coalesce(intake_channel, 'not_stated') as intake_channel,
        if(allegations.resolution_class = 'investigated',
            coalesce(allegations.finding, 'not_stated'), 'not_investigated') as finding,
        count(*) as n, count(officer_ordinal) as named,
        count(*) filter (if(allegations.resolution_class is null,
            coalesce(is_pending(allegations.status), false),
            allegations.resolution_class = 'open')) as pending,
        count(*) filter (allegations.resolution_class = 'void') as void,
        count(*) filter (allegations.resolution_class is null
            and not coalesce(is_pending(allegations.status), false)) as untold,
        count(*) filter (allegations.resolution_class
            in ('investigated', 'truncated', 'alternative', 'referred')) as closed,
        count(*) filter (allegations.resolution_class = 'investigated') as investigated,
        count(*) filter (allegations.finding
            in ('sustained', 'not_sustained', 'unfounded', 'exonerated')) as merits,
        count(*) filter (allegations.finding = 'sustained') as sustained,
        count(*) filter (allegations.resolution_class = 'truncated') as truncated,
        count(*) filter (allegations.truncation_reason = 'resource_directive') as directed,
        count(*) filter (allegations.resolution_class = 'alternative') as alternative,
        count(*) filter (allegations.finding in ('not_sustained', 'unfounded', 'exonerated')
            and lower(allegations.outcome_local) like 'sustained%overturned%') as overturned
    from allegations left join complaints using (complaint_id) group by all
)
select kind_of(if(grouping(year) = 0, year, null)) as period_kind, year as period_start,
    case when grouping(category) = 0 then 'category'
        when grouping(intake_channel) = 0 then 'intake_channel'
        when grouping(finding) = 0 then 'finding' end as dimension,
    coalesce(category, intake_channel, finding) as dimension_value,
    sum(n) as n, sum(named) as named, sum(pending) as pending, sum(void) as void,
    sum(untold) as untold, sum(closed) as closed, sum(investigated) as investigated,
    sum(merits) as merits, sum(sustained) as sustained, sum(truncated) as truncated,
    sum(directed) as directed, sum(alternative) as alternative, sum(overturned) as overturned
from counted
group by grouping sets ((), (category), (intake_channel), (finding),
    (year), (year, category), (year, intake_channel), (year, finding))
having grouping(year) = 1 or year is not null;

create table family_of_complaints as
with cohorts as (
    select *, received as cohort, received - pending as decided from complaint_parts
),
wholes as (from cohorts where dimension is null),
classes as (
    select * replace (sum(cohort) over period as cohort, sum(decided) over period as decided)
    from cohorts where dimension = 'resolution_class'
    window period as (partition by period_kind, period_start)
),
alleged as (
    select *, n - void as cohort, n - void - pending as decided from allegation_parts
),
findings as (
    select * replace (sum(cohort) over period as cohort, sum(decided) over period as decided)
    from alleged where dimension = 'finding'
    window period as (partition by period_kind, period_start)
),
rates as (
    select * exclude (rate), unnest(rate, recursive := true)
    from (
        select *, [
            {'metric': 'identified_officer_share', 'numerator': named, 'denominator': n},
            {'metric': 'sustain_rate_merits', 'numerator': sustained, 'denominator': merits},
            {'metric': 'sustain_rate_closed', 'numerator': sustained, 'denominator': closed},
            {'metric': 'merits_rate', 'numerator': investigated, 'denominator': closed},
            {'metric': 'truncation_rate', 'numerator': truncated, 'denominator': closed},
            {'metric': 'truncation_rate_without_directives', 'numerator': truncated - directed,
                'denominator': closed - directed},
            {'metric': 'alternative_rate', 'numerator': alternative, 'denominator': closed},
            {'metric': 'no_outcome_share', 'numerator': untold, 'denominator': closed + untold}
        ] as rate
        from alleged where dimension is distinct from 'finding'
    )
),
misread as (
    select * exclude (rate), unnest(rate, recursive := true)
    from (
        select *, [
            {'metric': 'sustain_rate_naive', 'numerator': sustained, 'denominator': n,
                'wrong': n - merits},
            {'metric': 'sustain_rate_open_not_sustained', 'numerator': sustained,
                'denominator': merits + pending, 'wrong': pending},
            {'metric': 'sustain_rate_truncated_not_sustained', 'numerator': sustained,
                'denominator': merits + truncated, 'wrong': truncated},
            {'metric': 'sustain_rate_overturned_sustained', 'numerator': sustained + overturned,
                'denominator': merits, 'wrong': overturned}
        ] as rate
        from alleged where dimension is null
    )
)
select 'complaints_received' as metric, period_kind, period_start, dimension, dimension_value,
    received as numerator, cohort, decided
from cohorts where dimension is distinct from 'resolution_class'
union all by name
select 'complaints_received_without_mass_incidents' as metric, period_kind, period_start,
    received - mass as numerator, received - mass as cohort,
    received - mass - pending + mass_pending as decided
from wholes where period_kind <> 'month'
union all by name
select 'complaints_received_closed_only' as metric, period_kind, period_start,
    decided as numerator, cohort, decided
from wholes
union all by name
select 'complaints_by_resolution_class' as metric, period_kind, period_start, dimension,
    dimension_value, received as numerator, cohort, decided
from classes
union all by name
select 'complaints_open' as metric, period_kind, period_start, dimension, dimension_value,
    pending as numerator
from cohorts where period_kind = 'all' and coalesce(dimension, 'category') = 'category'
union all by name
select 'complaints_closed' as metric,
    if(grouping(month) = 0, 'month', if(grouping(year) = 0, 'calendar_year', 'all')) as period_kind,
    coalesce(month, year) as period_start, count(*) as numerator
from (
    select cast(date_trunc('month', investigation_closed_date) as date) as month,
        year_of(investigation_closed_date) as year
    from cases where investigation_closed_date is not null
)
group by grouping sets ((), (year), (month))
union all by name
select 'officer_cases_received' as metric, period_kind, period_start,
    unnest([null, 'officer_identification', 'officer_identification']) as dimension,
    unnest([null, 'identified', 'unidentified']) as dimension_value,
    unnest([named + unnamed, named, unnamed]) as numerator, cohort, decided
from wholes where period_kind <> 'month'
union all by name
select 'officer_cases_identified_only' as metric, period_kind, period_start, named as numerator,
    cohort, decided
from wholes where period_kind <> 'month'
union all by name
select 'allegations_received' as metric, period_kind, period_start, dimension, dimension_value,
    n as numerator, cohort, decided
from alleged where coalesce(dimension, 'category') = 'category'
union all by name
select 'complaints_naive' as metric, period_kind, period_start, n as numerator, cohort, decided
from alleged where dimension is null
union all by name
select 'allegations_by_finding' as metric, period_kind, period_start, dimension, dimension_value,
    investigated as numerator, cohort, decided
from findings where dimension_value <> 'not_investigated'
union all by name
select metric, period_kind, period_start, dimension, dimension_value, numerator, denominator,
    cohort, decided
from rates
union all by name
select metric, period_kind, period_start, numerator, denominator, cohort, decided
from misread where wrong > 0;


-- Standard errors between a curve and a share, on the scale ln(-ln(survival)).
create macro distance(survival, se, share) as if(survival = 0, 1e9,
    (ln(nullif(-ln(nullif(survival, 0)), 0)) - ln(-ln(1 - share))) * survival
    * -ln(nullif(survival, 0)) / se);

create table family_of_waits as
with asked as (
    select * exclude (clock)
    from steps join (
        select unnest([
            {'metric': 'days_to_close_median', 'clock': 'calendar', 'share': 0.5},
            {'metric': 'days_to_close_p90', 'clock': 'calendar', 'share': 0.9},
            {'metric': 'business_days_to_close_median', 'clock': 'business', 'share': 0.5},
            {'metric': 'days_to_first_close_median', 'clock': 'first', 'share': 0.5},
            {'metric': 'days_to_close_again_median', 'clock': 'again', 'share': 0.5},
            {'metric': 'bwc_request_turnaround_median', 'clock': 'footage', 'share': 0.5},
            {'metric': 'bwc_request_turnaround_business_median', 'clock': 'footage_business',
                'share': 0.5},
            {'metric': 'minutes_days_median', 'clock': 'minutes', 'share': 0.5}
        ], recursive := true)
    ) using (clock)
)
select metric, kind_of(year) as period_kind, year as period_start,
    min(days) filter (ended > 0 and survival <= 1 - share + 1e-12) as estimate,
    min(days) filter (ended > 0 and distance(survival, survival_se, share) >= -z()) as lower,
    min(days) filter (ended > 0 and distance(survival, survival_se, share) > z()) as upper,
    max(at_risk) as denominator, max(at_risk) as cohort, sum(ended) as decided
from asked group by metric, year
union all by name
select 'days_to_close_mean_closed' as metric, kind_of(year) as period_kind, year as period_start,
    sum(days * ended) / nullif(sum(ended), 0) as estimate, sum(ended) as denominator,
    max(at_risk) as cohort, sum(ended) as decided
from steps where clock = 'calendar' group by year
union all by name
select 'sustain_rate_received_' || days as metric, kind_of(year) as period_kind,
    year as period_start, if(is_reached, 100 * sustained_share, null) as estimate,
    if(is_reached, 100 * greatest(0, sustained_share - z() * sustained_se), null) as lower,
    if(is_reached, 100 * least(1, sustained_share + z() * sustained_se), null) as upper,
    all_cases as denominator, all_cases as cohort, all_ended as decided
from (
    select *, at_risk > 0 or survival = 0 as is_reached, max(at_risk) over (partition by year)
        as all_cases, sum(ended) over (partition by year) as all_ended
    from steps where clock = 'calendar'
)
where days in (365, 730)
union all by name
select 'closed_within_target_share' as metric, kind_of(received_year) as period_kind,
    received_year as period_start, 'target_days' as dimension,
    cast(target as varchar) as dimension_value,
    count(*) filter (event is not null and calendar_days <= target) as numerator,
    count(*) as denominator
from waits, (select unnest([90, 180, 365]) as target)
where left_out is null and as_of() - received_date >= target
group by grouping sets ((target), (target, received_year))
union all by name
select unnest(['open_docket_age_median', 'open_docket_over_one_year_share']) as metric,
    'all' as period_kind, unnest([median(calendar_days), null]) as estimate,
    unnest([null, count(*) filter (calendar_days > 365)]) as numerator, count(*) as denominator
from waits where left_out is null and event is null
union all by name
select 'complaints_without_clock' as metric, 'all' as period_kind,
    if(grouping(left_out) = 0, 'left_out', null) as dimension, left_out as dimension_value,
    count(left_out) as numerator
from waits group by grouping sets ((), (left_out))
having grouping(left_out) = 1 or left_out is not null
union all by name
select 'deadline_met_share' as metric, kind_of(year) as period_kind, year as period_start,
    'deadline' as dimension, deadline as dimension_value, sum(n) filter (state = 'met') as numerator,
    sum(n) filter (state in ('met', 'missed')) as denominator, sum(n) as cohort,
    sum(n) filter (state in ('met', 'missed')) as decided
from (
    select deadline, year_of(received_date) as year, deadline_state as state, count(*) as n
    from deadline_states
    where deadline_state not in ('not_applicable', 'unknown_start', 'unknown_end') group by all
)
group by grouping sets ((deadline), (deadline, year))
having grouping(year) = 1 or year is not null;

create table family_of_discipline as
with facts as (
    select make_date(received_year, 1, 1) as year, board_recommended_local as board,
        cast(year(chief_decision_date) as varchar) as decided_in, concurrence,
        coalesce(not_decidable_reason, 'no_recommendation') = 'no_recommendation' as is_decidable,
        chief_severity as chief, final_severity_after_appeal as final
    from discipline_outcomes
),
counted as (
    select if(grouping(year) = 0, year, null) as period_start,
        case when grouping(board) = 0 then 'board_recommended_local'
            when grouping(decided_in) = 0 then 'chief_decision_year' end as dimension,
        coalesce(board, decided_in) as dimension_value, count(*) as n,
        count(*) filter (concurrence = 'same') as same,
        count(*) filter (concurrence = 'lower') as lower,
        count(*) filter (concurrence = 'higher') as higher,
        count(*) filter (concurrence = 'none_imposed') as none_imposed,
        count(*) filter (concurrence not in ('pending', 'not_decidable')) as compared,
        count(*) filter (concurrence = 'not_decidable') as not_decidable,
        count(*) filter (concurrence = 'pending') as undecided,
        count(*) filter (is_decidable) as decidable,
        count(*) filter (is_decidable and concurrence <> 'pending') as decided,
        count(*) filter (is_decidable and chief = 0) as no_penalty, count(final) as final,
        count(*) filter (final > 0) as standing,
        count(*) filter (final >= 0 and chief > 0) as imposed
    from facts group by grouping sets ((), (year), (board), (decided_in))
    having (grouping(year) = 1 or year is not null) and (grouping(board) = 1 or board is not null)
        and (grouping(decided_in) = 1 or decided_in is not null)
)
select number.metric as metric, kind_of(period_start) as period_kind, period_start, dimension,
    dimension_value, number.numerator as numerator, number.denominator as denominator,
    if(dimension = 'chief_decision_year', null, decidable) as cohort, decided
from (
    select *, unnest([
        {'metric': 'concurrence_same_share', 'numerator': same, 'denominator': compared, 'year': 1},
        {'metric': 'concurrence_lower_share', 'numerator': lower, 'denominator': compared,
            'year': 1},
        {'metric': 'concurrence_higher_share', 'numerator': higher, 'denominator': compared,
            'year': 1},
        {'metric': 'concurrence_none_imposed_share', 'numerator': none_imposed,
            'denominator': compared, 'year': 1},
        {'metric': 'no_penalty_share_of_decided', 'numerator': no_penalty, 'denominator': decided,
            'year': 1},
        {'metric': 'discipline_undecided_share', 'numerator': undecided, 'denominator': decidable,
            'year': 0},
        {'metric': 'no_penalty_share_of_all', 'numerator': no_penalty, 'denominator': n, 'year': 0},
        {'metric': 'penalty_standing_share', 'numerator': standing, 'denominator': final,
            'year': 0},
        {'metric': 'penalty_imposed_share_before_appeal', 'numerator': imposed,
            'denominator': final, 'year': 0},
        {'metric': 'discipline_officer_cases', 'numerator': n, 'denominator': null, 'year': 0},
        {'metric': 'discipline_decidable_cases', 'numerator': compared, 'denominator': null,
            'year': 0},
        {'metric': 'discipline_not_decidable_cases', 'numerator': not_decidable,
            'denominator': null, 'year': 0}
    ]) as number
    from counted
)
where number.year = 1 or dimension is distinct from 'chief_decision_year';

create table family_of_officers as
with groups as (
    select window_name, max(all_cases) as all_cases, max(all_officers) as all_officers,
        sum(officers) filter (n >= 1) as named, sum(officers) filter (n >= 2) as repeated,
        sum(n * greatest(0, least(officers, 0.05 * all_officers - officers_more))) as top,
        sum(n * greatest(0, least(expected, 0.05 * all_officers - expected_more))) as expected_top
    from officer_spread group by window_name
),
unknown as (
    select year_of(received_date) as year, count(*) filter (officer is null) as unnamed,
        count(*) as n
    from known_allegations left join outcomes using (place)
    where resolution_class is distinct from 'void' group by all
)
select unnest(['officer_cases_per_officer', 'officers_with_repeat_cases_share',
        'top_5_percent_share', 'expected_top_5_percent_share']) as metric, 'all' as period_kind,
    if(window_name = 'all_years', null, 'window') as dimension,
    if(window_name = 'all_years', null, window_name) as dimension_value,
    unnest([all_cases, repeated, null, null]) as numerator,
    unnest([named, named, all_officers, all_officers]) as denominator,
    unnest([null, null, 100 * top / all_cases, 100 * expected_top / all_cases]) as estimate
from groups
union all by name
select 'unidentified_officer_share' as metric, kind_of(year) as period_kind, year as period_start,
    sum(unnamed) as numerator, sum(n) as denominator
from unknown group by grouping sets ((), (year)) having grouping(year) = 1 or year is not null;

create table family_of_cameras as
with lines as (
    select *, footage in ('recorded', 'partly_recorded') as is_recorded,
        footage in ('recorded', 'partly_recorded', 'not_recorded', 'not_retained') as is_required
    from bwc_reviews
),
yearly as (
    select bwc_sampling as sampling, year_of(reviewed_date) as year, count(*) as rated,
        count(*) filter (is_recorded) as recorded, count(*) filter (is_required) as required,
        count(*) filter (violations_count > 0) as any_violation,
        count(*) filter (has_failed_to_activate) as failed_to_activate,
        count(*) filter (has_late_activation) as late_activation,
        count(*) filter (has_early_deactivation) as early_deactivation,
        count(*) filter (has_no_notification) as no_notification,
        count(*) filter (has_obstructed) as obstructed, count(*) filter (has_muted) as muted,
        count(*) filter (has_miscategorised) as miscategorised,
        count(*) filter (has_not_worn) as not_worn, count(*) filter (has_not_uploaded) as not_uploaded
    from lines
    where is_required or (coalesce(footage, 'unknown') = 'unknown' and violations_count > 0)
    group by all
),
shares as (
    unpivot (
        select sampling, year, rated, required, recorded as bwc_footage_share,
            any_violation as bwc_any_violation_share,
            failed_to_activate as bwc_failed_to_activate_share,
            late_activation as bwc_late_activation_share,
            early_deactivation as bwc_early_deactivation_share,
            no_notification as bwc_no_notification_share, obstructed as bwc_obstructed_share,
            muted as bwc_muted_share, miscategorised as bwc_miscategorised_share,
            not_worn as bwc_not_worn_share, not_uploaded as bwc_not_uploaded_share
        from yearly where sampling is not null
    )
    on columns('^bwc_') into name metric value n
),
reviewed as (
    select complaint_id, bool_or(is_recorded) as has_footage, year_of(min(reviewed_date)) as year
    from lines
    where bwc_sampling = 'complaint_driven' and complaint_id is not null
        and coalesce(footage, 'unknown') <> 'unknown'
    group by complaint_id
),
asked as (
    select if(grouping(year) = 0, year, null) as year, sum(n) as n,
        coalesce(sum(n) filter (outcome not in ('open', 'not_stated')), 0) as answered,
        coalesce(sum(n) filter (outcome = 'fulfilled'), 0) as fulfilled,
        coalesce(sum(n) filter (outcome = 'false_negative'), 0) as found_later,
        coalesce(sum(n) filter (outcome = 'open'), 0) as pending,
        coalesce(sum(n) filter (outcome = 'open' and days >= 0), 0) as pending_dated,
        coalesce(sum(n) filter (outcome = 'open' and days > 90), 0) as pending_long,
        coalesce(sum(n) filter (outcome <> 'open' and days >= 0), 0) as ended,
        coalesce(sum(n * days) filter (outcome <> 'open'), 0) as days_of_ended
    from requests group by grouping sets ((), (year)) having grouping(year) = 1 or year is not null
),
audited as (
    select if(grouping(year) = 0, year, null) as year, audit_sample, sum(met) as met,
        sum(due) as due, sum(not_reported) as not_reported, sum(months) as months
    from (select year_of(audit_month) as year, audit_sample, met, due_reported as due, not_reported,
        months from audits)
    group by grouping sets ((), (year), (audit_sample), (year, audit_sample))
)
select metric, kind_of(year) as period_kind, year as period_start, 'bwc_sampling' as dimension,
    sampling as dimension_value, sum(n) as numerator,
    sum(if(metric = 'bwc_footage_share', required, rated)) as denominator
from shares group by grouping sets ((metric, sampling), (metric, sampling, year))
having grouping(year) = 1 or year is not null
union all by name
select 'bwc_lines_without_sampling' as metric, 'all' as period_kind,
    coalesce(sum(rated) filter (sampling is null), 0) as numerator
from yearly
union all by name
select 'bwc_relevance_share' as metric, kind_of(year) as period_kind, year as period_start,
    count(*) filter (has_footage) as numerator, count(*) as denominator
from reviewed group by grouping sets ((), (year)) having grouping(year) = 1 or year is not null
union all by name
select 'bwc_merits_rate' as metric, 'all' as period_kind, 'bwc_footage' as dimension,
    if(has_footage, 'with_footage', 'without_footage') as dimension_value,
    count(*) filter (resolution_class = 'investigated') as numerator, count(*) as denominator
from reviewed join cases using (complaint_id)
where not coalesce(is_open, false) and resolution_class <> 'void' group by has_footage
union all by name
select unnest(['bwc_request_fulfilled_share', 'bwc_false_negative_share']) as metric,
    kind_of(year) as period_kind, year as period_start,
    unnest([fulfilled, found_later]) as numerator, answered as denominator, n as cohort,
    n - pending as decided
from asked
union all by name
select unnest(['bwc_requests_open', 'bwc_requests_over_90_days_share']) as metric,
    'all' as period_kind, unnest([pending, pending_long]) as numerator,
    unnest([null, pending_dated]) as denominator
from asked where year is null
union all by name
select 'bwc_request_turnaround_mean_answered' as metric, kind_of(year) as period_kind,
    year as period_start, days_of_ended as numerator, ended as denominator
from asked
union all by name
select unnest(['bwc_audits_done_share', 'bwc_audits_not_reported_share']) as metric,
    kind_of(year) as period_kind, year as period_start,
    if(audit_sample is null, null, 'audit_sample') as dimension, audit_sample as dimension_value,
    unnest([met, not_reported]) as numerator, unnest([due, months]) as denominator
from audited;

create table family_of_hearings as
with come as (
    select *, year_of(starts_at) as year,
        hearing_status in ('held', 'noticed', 'scheduled') as is_met
    from hearing_compliance
    where cast(starts_at as date) <= as_of() and hearing_status <> 'rescheduled'
),
counted as (
    select if(grouping(year) = 0, year, null) as year,
        if(grouping(body_name) = 0, 'body_name', null) as dimension,
        if(grouping(body_name) = 0, coalesce(body_name, 'not_stated'), null) as dimension_value,
        count(*) as listed, count(*) filter (hearing_status = 'cancelled') as cancelled,
        count(is_quorate) filter (quorum_count > 0) as ruled, count(*) filter (is_quorate) as quorate,
        coalesce(sum(seats_count) filter (members_count > 0), 0) as seats,
        coalesce(sum(members_count) filter (seats_count > 0), 0) as members,
        coalesce(sum(members_present_count) filter (seats_count > 0), 0) as present,
        count(*) filter (minutes_state in ('met', 'missed', 'late_edition')) as minutes_ruled,
        count(*) filter (minutes_state in ('missed', 'late_edition')) as minutes_late,
        count(minutes_days) filter (is_met) as minutes_out,
        coalesce(sum(minutes_days) filter (is_met), 0) as minutes_waited,
        sum(cases_on_agenda_count) as cases, sum(cases_heard_count) as heard,
        sum(cases_decided_count) as decided, sum(cases_deferred_count) as deferred,
        sum(decisions_linked_count) as linked
    from come group by grouping sets ((), (year), (body_name))
)
select number.metric as metric, kind_of(year) as period_kind, year as period_start, dimension,
    dimension_value, number.numerator as numerator, number.denominator as denominator
from (
    select *, unnest([
        {'metric': 'hearings_cancelled_share', 'numerator': cancelled, 'denominator': listed,
            'whole': false},
        {'metric': 'quorum_met_share', 'numerator': quorate, 'denominator': ruled, 'whole': false},
        {'metric': 'attendance_share_of_seats', 'numerator': present, 'denominator': seats,
            'whole': false},
        {'metric': 'attendance_share_of_members', 'numerator': present, 'denominator': members,
            'whole': false},
        {'metric': 'minutes_late_share', 'numerator': minutes_late, 'denominator': minutes_ruled,
            'whole': true},
        {'metric': 'minutes_days_mean_published', 'numerator': minutes_waited,
            'denominator': minutes_out, 'whole': true},
        {'metric': 'decisions_linked_share', 'numerator': linked, 'denominator': decided,
            'whole': true}
    ]) as number
    from counted
)
where number.denominator > 0 and (dimension is null or not number.whole)
union all by name
select 'hearings_cancelled_share' as metric, kind_of(reasons.year) as period_kind,
    reasons.year as period_start, 'cancellation_reason' as dimension,
    cancellation_reason as dimension_value, n as numerator, listed as denominator
from (
    select if(grouping(year) = 0, year, null) as year, cancellation_reason, count(*) as n
    from come where hearing_status = 'cancelled'
    group by grouping sets ((cancellation_reason), (cancellation_reason, year))
) as reasons
join counted on counted.year is not distinct from reasons.year and dimension is null
union all by name
select unnest(['cases_on_agenda', 'cases_heard', 'cases_decided', 'cases_deferred']) as metric,
    kind_of(year) as period_kind, year as period_start,
    unnest([cases, heard, decided, deferred]) as numerator
from counted where cases > 0 and dimension is null
union all by name
select metric, kind_of(year) as period_kind, year as period_start, 'notice_basis' as dimension,
    notice_basis as dimension_value, numerator, denominator, estimate
from (
    select if(grouping(year) = 0, year, null) as year, notice_basis,
        unnest(['notice_met_share', 'notice_hours_median']) as metric,
        unnest([count(*) filter (notice_state = 'met'), null]) as numerator,
        unnest([count(*) filter (notice_state in ('met', 'missed', 'late_edition')),
            count(notice_hours) filter (hearing_status <> 'cancelled')]) as denominator,
        unnest([null, median(notice_hours) filter (hearing_status <> 'cancelled')]) as estimate
    from come where notice_basis is not null
    group by grouping sets ((notice_basis), (notice_basis, year))
)
where denominator > 0;

create table family_of_grants as
with awards as (
    unpivot (
        select if(grouping(federal_fiscal_year) = 0, federal_fiscal_year, null) as fiscal_year,
            program, agency, grouping(federal_fiscal_year) = 1 as is_whole,
            sum(outlayed_usd)::double as cops_outlayed_usd,
            (count(*) filter (not is_outlay_reported))::double as cops_outlay_not_reported_awards,
            sum(remaining_usd)::double as cops_remaining_usd,
            sum(match_required_usd)::double as cops_match_required_usd,
            sum(match_waived_usd)::double as cops_match_waived_usd,
            sum(officers_funded_count)::double as cops_officers_funded,
            sum(officers_hired_count)::double as cops_officers_hired,
            sum(officers_retained_count)::double as cops_officers_retained,
            sum(case when officers_hired_count is not null then 0
                when officers_funded_count is not null then 1 end)::double
                as cops_hires_not_reported_awards,
            sum(net_obligated_usd)::double as cops_spent_naive_usd,
            sum(net_obligated_usd - coalesce(outlayed_usd, 0))::double as cops_remaining_naive_usd,
            sum(officers_funded_count)::double as cops_officers_hired_naive,
            if(grouping(federal_fiscal_year) = 1, sum(net_obligated_usd), null)::double
                as cops_net_obligated_usd
        from cops_award_money
        group by grouping sets ((), (program), (agency), (federal_fiscal_year))
    )
    on columns('^cops_') into name metric value numerator
),
acts as (
    unpivot (
        select if(grouping(federal_fiscal_year) = 0, federal_fiscal_year, null) as fiscal_year,
            program, agency, grouping(federal_fiscal_year) = 1 as is_whole,
            sum(obligated_usd)::double as cops_obligated_usd,
            sum(deobligated_usd)::double as cops_deobligated_usd,
            if(grouping(federal_fiscal_year) = 0, sum(net_obligated_usd), null)::double
                as cops_net_obligated_usd
        from cops_money_by_year
        group by grouping sets ((), (program), (agency), (federal_fiscal_year))
    )
    on columns('^cops_') into name metric value numerator
),
heads as (
    select federal_fiscal_year as fiscal_year, agency, sum(net_obligated_usd)::double as numerator,
        max(sworn_officers_count) as officers, max(residents_count) as residents
    from cops_money_by_year group by all
),
told as (
    from awards
    union all by name
    from acts
    union all by name
    select fiscal_year, agency, false as is_whole, numerator,
        unnest(['cops_obligated_per_sworn_officer', 'cops_obligated_per_resident']) as metric,
        unnest([officers, residents]) as denominator
    from heads
)
select metric, if(is_whole, 'all', 'fiscal_year_us_federal') as period_kind,
    if(is_whole, null, make_date(fiscal_year - 1, 10, 1)) as period_start,
    case when program is not null then 'program' when agency is not null then 'agency' end
        as dimension,
    coalesce(program, agency) as dimension_value, numerator, denominator
from told
where (is_whole or fiscal_year is not null)
    and (denominator is not null or metric not like 'cops_obligated_per%');

-- 9. The published numbers: percentages, intervals, and where there is none to show

create table judged as
with numbers as (
    from family_of_complaints
    union all by name from family_of_waits
    union all by name from family_of_discipline
    union all by name from family_of_officers
    union all by name from family_of_cameras
    union all by name from family_of_hearings
    union all by name from family_of_grants
),
stated as (
    select numbers.* exclude (numerator, denominator), register.* exclude (metric, numerator,
            denominator),
        numbers.numerator::double as numerator, numbers.denominator::double as denominator,
        feed = 'discipline' and contains(',' || not_valid_for || ',', ',substantiated_only,')
            as is_wrong,
        case when is_wrong then 'not_valid' when kind in ('count', 'amount') then 'shown'
            when coalesce(numbers.denominator, 0) = 0 then 'no_cases'
            when kind in ('share', 'estimate') and numbers.denominator < smallest_denominator
                then 'too_few'
            when kind = 'estimate' and estimate is null then 'not_reached' else 'shown' end
            as value_state,
        numbers.numerator / numbers.denominator as share,
        (z() ** 2 + numbers.denominator) as weight
    from numbers join register using (metric)
),
computed as (
    select *, if(value_state = 'shown', case when kind in ('count', 'amount') then numerator
            when kind = 'share' then 100 * share when kind = 'ratio' then share
            else estimate end, null) as full_value,
        (numerator + z() ** 2 / 2) / weight as middle,
        z() * sqrt(numerator * (denominator - numerator) / nullif(denominator, 0) + z() ** 2 / 4)
            / weight as half,
        if(value_state = 'shown', if(interval_method = 'wilson',
            100 * greatest(0, middle - half), lower), null) as full_lower,
        if(value_state = 'shown', if(interval_method = 'wilson',
            100 * least(1, middle + half), upper), null) as full_upper
    from stated
)
select metric, period_kind, case period_kind when 'all' then 'all'
        when 'month' then strftime(period_start, '%Y-%m')
        when 'calendar_year' then cast(year(period_start) as varchar)
        else 'FY' || (year(period_start) + 1) end as period,
    period_start, coalesce(dimension, 'all') as dimension,
    coalesce(dimension_value, 'all') as dimension_value, unit, round(full_value, 10) as value,
    if(is_wrong, null, round(numerator, 10)) as numerator,
    if(is_wrong, null, round(denominator, 10)) as denominator, round(full_lower, 10) as lower,
    round(full_upper, 10) as upper, interval_method,
    case when is_wrong or maturity_rule = 'none' or coalesce(cohort, 0) = 0 or decided is null
            then 'not_applicable'
        when decided < 0.5 * cohort then 'immature' when decided < 0.9 * cohort then 'maturing'
        else 'mature' end as maturity,
    value_state,
    case value_state
        when 'not_valid' then 'The source holds only substantiated only records; this number would '
            || 'be wrong.'
        when 'too_few' then 'Out of fewer than ' || smallest_denominator || ' cases.'
        when 'no_cases' then 'No case to count.'
        when 'not_reached' then 'Too few cases have ended to tell.' end as note,
    date_role, day_basis, as_of() as as_of_date, is_naive, counterpart, caveat, comparability_hash
from computed;

create table measures as
select 'larkhaven' as jurisdiction, * exclude (is_naive, counterpart, caveat)
from judged where not is_naive;

create table metrics as from register;

create table wrong_numbers as
select 'larkhaven' as jurisdiction, naive.metric as naive_metric, naive.period_kind, naive.period,
    naive.dimension, naive.dimension_value, naive.unit as naive_unit, naive.value as naive_value,
    naive.numerator as naive_numerator, naive.denominator as naive_denominator,
    naive.counterpart as metric, better.unit as right_unit, better.value as right_value,
    better.numerator as right_numerator, better.denominator as right_denominator,
    better.lower as right_lower, better.upper as right_upper,
    if(better.unit = naive.unit, round(naive.value - better.value, 10), null) as difference,
    naive.caveat as why,
    if(better.metric is null, 'The right number is not made for this period or part.', better.note)
        as right_note
from judged as naive left join measures as better
    on naive.counterpart = better.metric and naive.period_kind = better.period_kind
    and naive.period = better.period and naive.dimension = better.dimension
    and naive.dimension_value = better.dimension_value
where is_naive and naive.value is not null;

-- 10. What may stand beside what

create table series_breaks as
select * replace (cast(break_date as date) as break_date)
from seed('series_break_facts') where jurisdiction = 'larkhaven';

create table reconciliation as
select official.jurisdiction, metric, period_kind, period, dimension, dimension_value, published_by,
    cast(published_on as date) as published_date, unit,
    cast(published_value as double) as published_value, value as our_value,
    round(our_value - published_value::double, 10) as difference,
    round(100 * (our_value - published_value::double) / nullif(published_value::double, 0), 1)
        as difference_percent,
    case when our_value is null then 'not_computed' when our_value = published_value::double
        then 'agrees' else 'differs' end as state,
    if(value_state in ('too_few', 'no_cases', 'not_reached', 'not_valid'),
        'Ours is not shown (' || replace(value_state, '_', ' ') || '). ', '') || why as why,
    source, url
from (from seed('official_totals') where jurisdiction = 'larkhaven') as official
left join measures using (metric, period_kind, period, dimension, dimension_value);

create table comparable_with as
with aspects as (
    select unnest(['counting_unit', 'population', 'investigator', 'intake_rule', 'affidavit_rule',
        'findings_told_apart', 'clock_start', 'clock_end', 'outlay_reporting', 'attendance_rule',
        'review_scope']) as aspect, unnest(range(1, 12)) as place
),
right_ones as (
    select metric, feed, string_split(must_agree, ',') as must_agree,
        string_split(not_valid_for, ',') as not_valid_for, comparability_hash
    from register where not is_naive
),
practices as (
    select jurisdiction, unnest(string_split(feeds, ',')) as feed, aspect, practice,
        cast(valid_from as date) as valid_from, valid_to
    from seed('practices')
),
sides as (
    select metric, jurisdiction from right_ones join practices using (feed)
    union
    select metric, 'larkhaven' from right_ones
),
facts as (
    select metric, jurisdiction, aspect, place, comparability_hash,
        list_contains(must_agree, aspect) as is_required,
        nullif(practice, 'not_stated') as practice, valid_from,
        coalesce(aspect = 'population' and list_contains(not_valid_for, practice), false)
            or (jurisdiction = 'larkhaven' and feed = 'discipline'
                and list_contains(not_valid_for, 'substantiated_only')) as is_invalid
    from sides join right_ones using (metric) cross join aspects
    left join (from practices where valid_to is null) as practices
        using (jurisdiction, aspect, feed)
),
pairs as (
    select ours.metric, ours.jurisdiction, others.jurisdiction as other_jurisdiction,
        bool_or(ours.is_invalid or others.is_invalid) as is_invalid,
        max(greatest(ours.valid_from, others.valid_from)) filter (ours.is_required) as since,
        list(replace(ours.aspect, '_', ' ') order by ours.place)
            filter (ours.is_required and (ours.practice is null or others.practice is null))
            as unknown,
        list(replace(ours.aspect, '_', ' ') || ' (' || replace(ours.practice, '_', ' ')
            || ' here, ' || replace(others.practice, '_', ' ') || ' there)' order by ours.place)
            filter (ours.is_required and ours.practice <> others.practice) as different,
        list(replace(ours.aspect, '_', ' ') || ' (' || replace(ours.practice, '_', ' ')
            || ' here, ' || replace(others.practice, '_', ' ') || ' there)' order by ours.place)
            filter (not ours.is_required and ours.practice <> others.practice) as other_different,
        any_value(ours.comparability_hash) || coalesce(string_agg(replace(ours.aspect, '_', ' ')
            || '=' || ours.practice, ', ' order by ours.place) filter (ours.is_required), '')
            as definition
    from facts as ours join facts as others
        on ours.metric = others.metric and ours.aspect = others.aspect
        and ours.jurisdiction <> others.jurisdiction
    group by all
),
judged as (
    select *, if(is_invalid or unknown is not null or different is not null, 'not_comparable',
        if(other_different is not null, 'similar', 'same_definition')) as comparability
    from pairs
)
select metric, jurisdiction, other_jurisdiction, comparability, trim(concat(
    if(is_invalid, 'At least one of them holds records from which the number would be wrong. ', ''),
    'They do not count alike: ' || array_to_string(different, ', ') || '. ',
    'Not documented for both: ' || array_to_string(unknown, ', ') || '. ',
    case comparability when 'similar' then 'What must agree agrees; other practices do not: '
            || array_to_string(other_different, ', ') || '.'
        when 'same_definition' then 'All practices on record that bear on it agree.' end)) as why,
    if(comparability = 'not_comparable', null, since) as comparable_from_date,
    if(comparability = 'not_comparable', null, left(md5(definition), 12)) as definition_hash
from judged;
