"""Which column of a source is which column of the interface, where its heading clearly says so.

A heading that two columns share, or that only may mean it, decides nothing: then a person is
asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.failures import Misconfigured
from pipelines.onboarding.interface import Given
from pipelines.onboarding.profiles import Profile

NUMBER = r"(id|no|num|number|nbr)"
RECORD = r"(complaint|case|log|file|tracking|intake|ccr|cr|complaint_tracking)"


@dataclass(frozen=True)
class Meaning:
    """What an interface column is in plain words, and the headings that clearly say it."""

    is_what: str
    headings: str = ""


MEANINGS: Mapping[str, Meaning] = {
    "complaint_id": Meaning("the number of the complaint", rf"{RECORD}_?{NUMBER}|ref(erence)?_no"),
    "incident_number": Meaning("the number of the event, shared by all complaints about it"),
    "allegation_local_id": Meaning("the number of the allegation", rf"allegation_?{NUMBER}"),
    "bwc_review_local_id": Meaning("the number of the review", rf"(review|bwc)(_line)?_?{NUMBER}"),
    "officer_key": Meaning(
        "what stands for the officer, to count officers; never published",
        r"(officer|employee)_?(id|key)|badge(_no|_number)?|star(_no|_number)?|tax_id",
    ),
    "reopened_date": Meaning("the day a closed complaint was opened again"),
    "incident_date": Meaning(
        "the day of the incident",
        r"(incident|occurred|occurrence|event)_(date|on|dt)|date_(of_)?(incident|occurred|event)"
        r"|date_complaint_occurred|date_of_occurrence",
    ),
    "received_date": Meaning(
        "the day the complaint was received",
        r"(received|complaint|report|reported|filed|intake|created)_(date|on|dt)"
        r"|(date_)(received|reported|filed|of_complaint)|\w+_received_date",
    ),
    "investigation_closed_date": Meaning(
        "the day the investigation was closed",
        r"(closed|close|closing|completed|completion|disposition)_(date|on|dt)|closed"
        r"|date_(closed|completed)|investigation_(end|closed)_date",
    ),
    "district": Meaning(
        "the police district of the incident",
        r"(police_)?(district|precinct|beat|area_command)|incident_(district|precinct|beat)",
    ),
    "category_local": Meaning(
        "the kind of misconduct alleged",
        r"(allegation_|complaint_)?(category|type|classification)|allegation|fado_type",
    ),
    "status_local": Meaning("the state of the record", r"(case_|current_|complaint_)?status"),
    "outcome_local": Meaning(
        "the result",
        r"(final_|case_|complaint_|allegation_)?(finding|findings|disposition|outcome)",
    ),
    "penalty_local": Meaning("what followed a finding", r"(final_)?(penalty|discipline)"),
    "intake_channel": Meaning(
        "how the complaint was made", r"(intake_|complaint_)?(channel|source|method)|how_received"
    ),
    "stated_received_year": Meaning("the year of receipt, where the number of a complaint says it"),
    "investigator_recommended_local": Meaning("the penalty the investigator recommended"),
    "investigator_recommended_date": Meaning("the day of that recommendation"),
    "board_recommended_local": Meaning(
        "the penalty the board recommended", r"board_(discipline_)?recommendation"
    ),
    "board_recommended_date": Meaning("the day the board recommended it", r"board_date"),
    "trial_or_plea_local": Meaning("the penalty a trial or a plea arrived at"),
    "trial_or_plea_date": Meaning("the day the trial or plea ended"),
    "chief_final_local": Meaning("the penalty the chief imposed", r"chief_(final_)?decision"),
    "chief_final_date": Meaning("the day the chief decided", r"chief_date"),
    "appeal_final_local": Meaning("what became of the penalty on appeal", r"appeal_decision"),
    "appeal_final_date": Meaning("the day the appeal was decided", r"appeal_date"),
    "served_local": Meaning("what the officer served in the end", r"(penalty_)?served"),
    "served_date": Meaning("the day it was served", r"served_date"),
    "closing_local": Meaning("how the case ended, besides a penalty"),
    "hired_year": Meaning("the year the officer began to serve; never published", r"year_hired"),
    "reviewed_date": Meaning("the day of the review", r"review(ed)?_date|date_reviewed"),
    "requested_date": Meaning("the day the recording was asked for", r"request(ed)?_date"),
    "fulfilled_date": Meaning("the day the recording was handed over", r"fulfilled_date"),
    "footage_local": Meaning("whether it was recorded", r"bwc_on|camera_status|footage"),
    "violations_local": Meaning("which rules were broken, parted by |", r"(bwc_)?violations?"),
    "sampling_local": Meaning("how the review was chosen", r"selected_by|sampling"),
    "request_outcome_local": Meaning("what came of a request", r"request_outcome"),
    "bwc_audit_local_id": Meaning("the number of the supervisor's month", rf"audit_?{NUMBER}"),
    "supervisor_key": Meaning("what stands for the supervisor; never published"),
    "audit_month": Meaning("the month of the audits", r"audit_month|month"),
    "audits_due_count": Meaning("recordings the supervisor had to look at", r"audits_due"),
    "audits_done_count": Meaning("recordings the supervisor looked at", r"audits_done"),
    "audit_sample_local": Meaning("how the recordings were picked", r"audit_sample|sample"),
    "hearing_id": Meaning("the number of the meeting", r"(event|meeting|hearing)_?(id|no)|id"),
    "hearing_item_id": Meaning("the number of the agenda item", r"(event_?)?item_?id|id"),
    "body_name": Meaning("the body that meets", r"body_?name|body|committee|agency"),
    "starts_at": Meaning("when it starts, by the local clock", r"date|starts?_at|start|start_time"),
    "starts_at_utc": Meaning("when it starts, UTC, where the source states the offset"),
    "cancellation_local": Meaning("why it was called off", r"cancel(lation)?_?reason"),
    "location": Meaning("where it takes place", r"location(_name)?|venue|place"),
    "agenda_published_at": Meaning("when the agenda came out, UTC", r"agendalastpublished"),
    "minutes_published_at": Meaning("when the minutes came out, UTC", r"minuteslastpublished"),
    "minutes_status_local": Meaning("the state of the minutes", r"minutesstatusname"),
    "source_url": Meaning("the page of the meeting", r"insiteurl|source|url|link"),
    "item_sequence": Meaning("the place on the agenda", r"(agenda)?sequence|item_sequence"),
    "agenda_number": Meaning("the number on the agenda", r"agenda_?number|item_number"),
    "title": Meaning("the title of the item", r"title|name"),
    "matter_file": Meaning("the file number of the matter", r"matter_?file|file_?number"),
    "matter_type": Meaning("the kind of matter", r"matter_?type"),
    "matter_status": Meaning("the state of the matter", r"matter_?status"),
    "action_local": Meaning("the action taken", r"action(_?name)?"),
    "is_case": Meaning("whether it is the review of a complaint"),
    "has_passed": Meaning("whether the item passed"),
    "has_roll_call": Meaning("whether a roll was called"),
    "member_key": Meaning("what stands for the member; never published"),
    "attendance_local": Meaning("who was there", r"attendance|value"),
    "award_id": Meaning("the number of the award", r"award_?(id|no|number)|fain"),
    "recipient_name": Meaning("who received the award", r"recipient(_name)?"),
    "recipient_state": Meaning("the state of the recipient", r"(recipient_)?state"),
    "recipient_city": Meaning("the city of the recipient", r"(recipient_)?city"),
    "program_local": Meaning("the programme", r"program(me)?(_code|_name)?"),
    "assistance_listing": Meaning("the assistance listing", r"cfda(_number)?|assistance_listing"),
    "obligated_usd": Meaning("the obligated amount in dollars", r"(award|obligated)_amount"),
    "outlayed_usd": Meaning("the amount paid out in dollars", r"(total_)?outlays?(_amount)?"),
    "start_date": Meaning("the first day of the award", r"start_date"),
    "end_date": Meaning("the last day of the award", r"end_date"),
    "action_id": Meaning("the key of the action", r"(assistance_)?transaction_(unique_)?key"),
    "action_kind_local": Meaning("the kind of action", r"action_type(_description)?"),
    "action_usd": Meaning("dollars committed, or taken back", r"federal_action_obligation"),
    "action_date": Meaning("the day of the action", r"action_date"),
    "officers_funded_count": Meaning("positions the award pays for", r"officers_funded"),
    "officers_hired_count": Meaning("officers hired into them", r"officers_hired"),
    "officers_retained_count": Meaning("officers kept afterwards", r"officers_retained"),
    "match_required_usd": Meaning("dollars the recipient must add", r"match_required(_usd)?"),
    "match_waived_usd": Meaning("dollars it need not add", r"match_waived_usd"),
    "reported_date": Meaning("the day of the report", r"report(ed)?_date"),
}
FITTING = {"date": ("date", "timestamp"), "timestamp": ("date", "timestamp")}
QUANTITIES = ("decimal(18, 2)", "integer")


def meaning_of(name: str) -> Meaning:
    """The meaning of an interface column; of one that nobody has described, its own name."""
    return MEANINGS.get(name) or Meaning(f"the {name.replace('_', ' ')}")


def mapping(
    given: Sequence[Given], profiles: Sequence[Profile], said: Mapping[str, str]
) -> dict[str, Profile]:
    """For each interface column that is known, the column of the source; `said` goes first.

    Raises `Misconfigured` when somebody said it of columns that are not there.
    """
    landed = {p.name: p for p in profiles if not p.guess.is_personal}
    _check_said(given, landed, said)
    found = {name: landed[column] for name, column in said.items()}
    for column in given:
        if column.name not in found:
            fitting = [p for p in landed.values() if _says(p, column) and p not in found.values()]
            if len(fitting) == 1:
                found[column.name] = fitting[0]
    return found


def _says(profile: Profile, column: Given) -> bool:
    headings = meaning_of(column.name).headings
    if not headings or re.fullmatch(headings, profile.name) is None:
        return False
    if column.data_type in QUANTITIES:
        return profile.data_type in ("integer", "number")
    if column.data_type == "timestamp" and any(form.endswith("%z") for form in profile.formats):
        return False  # whether the offset is to be applied or cut off, only a person can say
    return column.data_type == "varchar" or profile.data_type in FITTING.get(column.data_type, ())


def _check_said(
    given: Sequence[Given], landed: Mapping[str, Profile], said: Mapping[str, str]
) -> None:
    known = {column.name for column in given}
    wrong = [f"{name}={column}" for name, column in said.items()
             if name not in known or column not in landed]  # fmt: skip
    if wrong:
        raise Misconfigured(
            f"{', '.join(wrong)}: a column of the feed and one of the source that may land "
            f"are needed. The feed has {', '.join(sorted(known))}; "
            f"the source has {', '.join(landed)}.",
            place="--is",
            next_step="Correct --is, or leave it out and answer in the files.",
        )
