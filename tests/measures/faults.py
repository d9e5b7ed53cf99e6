"""The faults: for each model what goes wrong, a piece of its compiled SQL, and what it becomes."""

from __future__ import annotations

Fault = tuple[str, str, str]

GATE: dict[str, tuple[Fault, ...]] = {
    "int_measures__judged": (
        ("percentages out of a handful are shown",
         "cases < smallest_denominator", "cases < 1"),
        ("a share is told as a fraction",
         "100.0 * numerator / denominator", "1.0 * numerator / denominator"),
        ("the interval is that of 90 percent",
         "1.959963984540054", "1.6448536269514722"),
        ("half-decided cohorts are called mature",
         "< 0.9 * cohort_count", "< 0.5 * cohort_count"),
        ("the fiscal year is named for the year it begins in",
         "extract(year from period_start) + 1", "extract(year from period_start)"),
    ),
}  # fmt: skip

COMPLAINTS: dict[str, tuple[Fault, ...]] = {
    "int_complaint_parts__grouped": (
        ("open complaints are not counted",
         "from public\n    group by", "from public\n    where not is_open\n    group by"),
        ("cases opened again are closed",
         "in ('open', 'reopened', 'tolled')", "in ('open', 'tolled')"),
        ("complaints are joined to their events, and counted once for each complaint of them",
         "complaints.complaint_id = mass_incidents.complaint_id",
         "mass_incidents.complaint_id is not null"),
        ("complaints without a day of receipt vanish from all years together",
         "(grouping(received_year) = 1 or received_year is not null)",
         "received_year is not null"),
    ),
    "int_complaints__in_mass_incidents": (
        ("any event with two complaints is a mass incident", ">= 10", ">= 2"),
    ),
    "int_allegation_parts__grouped": (
        ("allegations take the year of the incident",
         "date_trunc('year', allegations.received_date)",
         "date_trunc('year', complaints.incident_date)"),
        ("other findings than the four are decided on the merits",
         "allegations.finding in ('sustained', 'not_sustained', 'unfounded', 'exonerated')",
         "allegations.finding is not null"),
        ("referred allegations are not closed",
         "in ('investigated', 'truncated', 'alternative', 'referred')",
         "in ('investigated', 'truncated', 'alternative')"),
        ("void allegations are closed ones",
         "in ('investigated', 'truncated', 'alternative', 'referred')",
         "in ('investigated', 'truncated', 'alternative', 'referred', 'void')"),
        ("overturned findings count as sustained",
         "where found = 'sustained'", "where found = 'sustained' or is_overturned"),
        ("allegations whose complaint is not in the file are dropped",
         "left join", "inner join"),
        ("unidentified officers are identified",
         "count(officer_ordinal)", "count(*)"),
        ("an allegation stands once for each complaint of its year",
         "allegations.complaint_id = complaints.complaint_id",
         "allegations.received_date = complaints.received_date"),
    ),
    "int_measures__complaints": (
        ("the rate on the merits is over all that is closed",
         "sustained as numerator,\n        on_merits as denominator",
         "sustained as numerator,\n        closed as denominator"),
        ("the rate over all closed is over those on the merits",
         "sustained as numerator,\n        closed as denominator",
         "sustained as numerator,\n        on_merits as denominator"),
        ("open allegations stand in the denominator of the truncation rate",
         "truncated as numerator,\n        closed as denominator",
         "truncated as numerator,\n        closed + still_open as denominator"),
        ("closings by directive stay in the denominator",
         "closed - by_directive as denominator", "closed as denominator"),
        ("void allegations make a cohort look decided",
         "alleged - void - still_open as cohort_decided_count",
         "alleged - still_open as cohort_decided_count"),
        ("complaints closed are told by the day of receipt",
         "date_trunc('month', investigation_closed_date)", "date_trunc('month', received_date)"),
        ("officer cases are those of identified officers",
         "identified_officers + unidentified_officers as numerator",
         "identified_officers as numerator"),
    ),
}  # fmt: skip

DISCIPLINE: dict[str, tuple[Fault, ...]] = {
    "discipline_outcomes": (
        ("an overturned penalty stands",
         "when appeal_final_decision in ('imposed', 'none_imposed')",
         "when appeal_final_decision in ('imposed')"),
        ("no penalty at all is a lower one",
         "when chief_severity = 0 then 'none_imposed'", "when false then 'none_imposed'"),
        ("what is not decided is the board's will",
         "when chief_severity is null then 'pending'", "when chief_severity is null then 'same'"),
        ("a retirement is a decision of the chief",
         "when undecidable_reason is not null then 'not_decidable'", ""),
    ),
    "int_measures__discipline": (
        ("undecided cases stand in the denominator of agreement",
         "not in ('pending', 'not_decidable')", "not in ('not_decidable')"),
        ("no penalty is a share of all cases",
         "decided_cases as denominator", "all_cases as denominator"),
    ),
    "int_discipline__stepped": (
        ("the ladder of one step is used for another",
         "and told.step = meanings.step\n", "and meanings.step = 'chief_final'\n"),
    ),
    "int_officers__counted": (
        ("void allegations make officer cases",
         "and resolution_class is distinct from 'void'\n", "\n"),
    ),
    "int_measures__officers": (
        ("the twentieth is a tenth", "0.05 *", "0.1 *"),
        ("officers with one case are repeat officers",
         "cases_per_officer >= 2", "cases_per_officer >= 1"),
    ),
    "int_officers__spread": (
        ("the Poisson distribution forgets its rate", "- places.rate\n", "\n"),
    ),
}  # fmt: skip

CAMERAS: dict[str, tuple[Fault, ...]] = {
    "int_measures__bwc": (
        ("footage that was not kept is no missing footage",
         "'not_recorded', 'not_retained') as is_required", "'not_recorded') as is_required"),
        ("a camera that was on in part was off",
         "footage in ('recorded', 'partly_recorded') as is_recorded",
         "footage in ('recorded') as is_recorded"),
        ("reviews where no footage was required are rated",
         "where is_required or tells_only_of_lapse", "where true"),
        ("any violation is called a camera not switched on",
         "count(*) filter (where has_failed_to_activate)",
         "count(*) filter (where violations_count > 0)"),
        ("the half of the requests is a tenth", "<= 0.5 + 1e-12", "<= 0.9 + 1e-12"),
        ("open requests do not wait",
         "where calendar_days is not null",
         "where calendar_days is not null and outcome <> 'open'"),
        ("open requests are handed over on the day of the file",
         "case when outcome != 'open' then 'footage' end as event", "'footage' as event"),
    ),
    "int_bwc_requests__waited": (
        ("answers that came before their requests are answers at once",
         "when ended.end_date >= ended.requested_date", "when true"),
    ),
}  # fmt: skip

GRANTS: dict[str, tuple[Fault, ...]] = {
    "int_measures__cops": (
        ("what remains is told of all awards",
         "sum(remaining_usd) as cops_remaining_usd",
         "sum(net_obligated_usd - coalesce(outlayed_usd, 0)) as cops_remaining_usd"),
        ("officers funded are called hired",
         "sum(officers_hired_count) as cops_officers_hired",
         "sum(officers_funded_count) as cops_officers_hired"),
        ("residents stand in for officers",
         "net_obligated_usd,\n        sworn_officers_count",
         "net_obligated_usd,\n        residents_count"),
        ("the fiscal year begins in January", "'-10-01'", "'-01-01'"),
    ),
    "cops_award_money": (
        ("an outlay not reported is an outlay of nothing",
         "    awards.outlayed_usd,", "    coalesce(awards.outlayed_usd, 0) as outlayed_usd,"),
        ("awards without a report of positions are dropped",
         'left join "warehouse"."intermediate"."int_cops_positions__unioned"',
         'inner join "warehouse"."intermediate"."int_cops_positions__unioned"'),
        ("a recipient is known by its state alone",
         "= reviewed.recipient\n", "is not null\n"),
    ),
    "cops_money_by_year": (
        ("money taken back is money obligated",
         "case when action_usd > 0 then action_usd else 0 end", "abs(action_usd)"),
        ("actions count in the calendar year", ">= 10 then 1 else 0", ">= 10 then 0 else 0"),
        ("every count of residents since a year holds",
         "and summed.federal_fiscal_year < coalesce(residents.next_year, 9999)", ""),
    ),
}  # fmt: skip

DURATIONS: dict[str, tuple[Fault, ...]] = {
    "int_survival__waits": (
        ("open complaints are left out", "case when is_open then last_date when", "case when"),
        ("open complaints are closed on the last day",
         "            when is_open then null\n", ""),
        ("cases opened again have ended",
         "in ('open', 'reopened', 'tolled')", "in ('open', 'tolled')"),
        ("complaints closed before they came count",
         "when not is_open and closed_date < received_date then 'closed_before_receipt'", ""),
        ("the clock starts with the incident",
         "        complaints.received_date,\n        complaints.finding,",
         "        complaints.incident_date as received_date,\n        complaints.finding,"),
        ("sustained complaints are closed otherwise",
         "when finding = 'sustained' then 'sustained'",
         "when finding = 'sustained' then 'other_closure'"),
    ),
    "int_survival__steps": (
        ("whoever is cut off on a day has left before it",
         "at_risk_count - ended_count) / at_risk_count)",
         "at_risk_count - leaving_count) / nullif(at_risk_count, leaving_count - ended_count))"),
        ("the share that waits is that after the day, not before it",
         "lag(survival)", "min(survival)"),
    ),
    "int_measures__time": (
        ("the ninth tenth is the half", "<= 0.09999999999999998", "<= 0.5"),
        ("business days are calendar days", "where clock = 'business'", "where clock = 'calendar'"),
    ),
    "int_calendar__business_days": (
        ("Saturdays are business days", "<= 5", "<= 6"),
        ("holidays are business days", "and holidays.day is null", ""),
    ),
    "deadline_states": (
        ("open past the deadline is not yet missed",
         "when not is_open or days_until_due < 0 then 'missed'",
         "when not is_open then 'missed'"),
        ("cases that somebody else must end have missed the deadline",
         "in ('void', 'referred') then 'not_applicable'", "in ('void') then 'not_applicable'"),
    ),
}  # fmt: skip

HEARINGS: dict[str, tuple[Fault, ...]] = {
    "hearing_compliance": (
        ("a hearing without quorum needs minutes",
         "in ('cancelled', 'rescheduled', 'no_quorum')", "in ('cancelled', 'rescheduled')"),
        ("any agenda on the day is in time",
         "hearings.hours_of_notice >= hearings.notice_hours_rule",
         "hearings.hours_of_notice >= 0"),
        ("a quorum is one more than a quorum",
         "hearings.members_present_count >= hearings.quorum",
         "hearings.members_present_count > hearings.quorum"),
        ("cases that were only heard are decided",
         "items.case_action = 'decided'", "items.case_action in ('heard', 'decided')"),
    ),
    "int_measures__hearings": (
        ("vacant seats are no seats",
         "sum(seats_count) filter (where members_count > 0)",
         "sum(members_count) filter (where seats_count > 0)"),
        ("hearings put off are called off",
         "where hearing_status = 'cancelled'), 0)", "where hearing_status <> 'held'), 0)"),
    ),
}  # fmt: skip

FAULTS = {**GATE, **COMPLAINTS, **DURATIONS, **DISCIPLINE, **CAMERAS, **GRANTS, **HEARINGS}
