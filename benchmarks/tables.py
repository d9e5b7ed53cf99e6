"""The tables that the programs write: columns, keys, indexes, searched columns.

`RECORDS` are written by all three; `MEASURES`, which stand on them, by the refresh and by hand.

The tables about changes (revisions, missing records, deliveries of each source, months as they
mature, holds) are left out: on the first night, which is measured, there is nothing to compare
with, and they are empty or as long as the list of sources. So are those about the run itself.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPLAINT = ("jurisdiction", "complaint_id")
FEEDS = (
    *("complaints", "allegations", "bwc_reviews", "hearings", "hearing_items", "roll_calls"),
    "cops_awards",
)
"""What the records are made of; all three programs keep it for the next night."""
FEEDS_OF_MEASURES = ("bwc_audits", "cops_transactions", "cops_positions", "discipline", "officers")
"""What else the measures are made of; the refresh and the program by hand keep it."""


@dataclass(frozen=True)
class Table:
    """One published table: its columns, its order and identity, its indexes, what is searched."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]
    search: tuple[str, ...] = ()


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _measured(name: str, key: str, *indexes: str, search: str = "") -> Table:
    return Table(name, (), _names(key), tuple(map(_names, indexes)), _names(search))


RECORDS = (
    Table(
        "complaints",
        _names(
            "jurisdiction complaint_id received_date received_month incident_date "
            "investigation_closed_date district category category_local status resolution_class "
            "finding truncation_reason alternative_kind void_reason outcome_local intake_channel "
            "days_to_close is_closed_before_received allegations_count officers_count "
            "unidentified_officers_count sources_count source_table rollup_rule_version"
        ),
        COMPLAINT,
        (("received_date",), ("status",), ("resolution_class",), ("category",)),
        ("complaint_id", "category_local", "outcome_local", "district"),
    ),
    Table(
        "allegations",
        _names(
            "jurisdiction allegation_id complaint_id officer_ordinal officer_pseudonym "
            "officer_name category category_local status resolution_class finding "
            "truncation_reason alternative_kind void_reason outcome_local penalty_local "
            "received_date received_month source_table"
        ),
        ("jurisdiction", "allegation_id"),
        (COMPLAINT, ("received_date",), ("resolution_class",), ("finding",), ("category",)),
        ("complaint_id", "category_local", "outcome_local", "penalty_local"),
    ),
    Table(
        "complaint_trends",
        _names(
            "month jurisdiction category complaints_received_count complaints_closed_count "
            "complaints_received_still_open_count complaints_received_closed_pct maturity "
            "allegations_received_count"
        ),
        ("month", "jurisdiction", "category"),
        (("jurisdiction", "month"), ("category",)),
    ),
    Table(
        "complaint_outcomes",
        _names(
            "jurisdiction received_year resolution_class finding complaints_count allegations_count"
        ),
        ("jurisdiction", "received_year", "resolution_class", "finding"),
        (("jurisdiction", "received_year"),),
    ),
    Table(
        "bwc_reviews",
        _names(
            "jurisdiction bwc_review_id complaint_id incident_date reviewed_date district footage "
            "footage_local has_failed_to_activate has_late_activation has_early_deactivation "
            "has_no_notification has_obstructed has_muted has_miscategorised has_not_worn "
            "has_not_uploaded violations_count violations_local bwc_sampling bwc_request_outcome "
            "requested_date fulfilled_date source_table"
        ),
        ("jurisdiction", "bwc_review_id"),
        (COMPLAINT, ("reviewed_date",), ("footage",)),
    ),
    Table(
        "hearings",
        _names(
            "jurisdiction hearing_id body_name starts_at location hearing_status status_local "
            "notice_hours items_count roll_call_items_count called_count present_count "
            "agenda_published_at minutes_published_at minutes_status_local source_url "
            "source_table"
        ),
        ("jurisdiction", "hearing_id"),
        (("starts_at",),),
        ("body_name", "location"),
    ),
    Table(
        "hearing_items",
        _names(
            "jurisdiction hearing_id hearing_item_id item_sequence agenda_number title "
            "matter_file matter_type matter_status action_local is_case complaint_id "
            "case_action has_passed has_roll_call called_count present_count source_table"
        ),
        ("jurisdiction", "hearing_item_id"),
        (("jurisdiction", "hearing_id"), ("matter_type",), COMPLAINT),
        ("title", "matter_file"),
    ),
    Table(
        "cops_awards",
        _names(
            "jurisdiction award_id recipient_name recipient_state recipient_city program "
            "program_title program_local assistance_listing obligated_usd outlayed_usd "
            "is_zero_amount is_negative_amount start_date end_date federal_fiscal_year "
            "source_table"
        ),
        ("jurisdiction", "award_id"),
        (("recipient_state",), ("program",), ("federal_fiscal_year",)),
        ("recipient_name", "recipient_city", "award_id", "program_title"),
    ),
    Table(
        "cops_awards_by_year",
        _names(
            "recipient_state federal_fiscal_year program awards_count obligated_usd outlayed_usd "
            "outlay_not_reported_count"
        ),
        ("recipient_state", "federal_fiscal_year", "program"),
        (("federal_fiscal_year",),),
    ),
)

MEASURES = (
    _measured("bwc_audits", "jurisdiction audit_month audit_sample", "jurisdiction audit_month"),
    _measured("hearing_compliance", "jurisdiction hearing_id", "starts_at"),
    _measured("cops_award_money", "jurisdiction award_id", "agency", "program"),
    _measured(
        "cops_money_by_year",
        "jurisdiction federal_fiscal_year agency program",
        "agency federal_fiscal_year",
    ),
    _measured(
        "recipients_to_review", "jurisdiction recipient_name recipient_state", "recipient_state"
    ),
    _measured(
        "discipline_steps",
        "jurisdiction complaint_id case_ordinal step",
        "jurisdiction complaint_id",
        "step",
    ),
    _measured(
        "discipline_outcomes",
        "jurisdiction complaint_id case_ordinal",
        "jurisdiction complaint_id",
        "jurisdiction received_year",
        "concurrence",
    ),
    _measured(
        "officer_concentration",
        "jurisdiction window_name cases_per_officer",
        "jurisdiction window_name",
    ),
    _measured("repeat_officers", "jurisdiction place", "jurisdiction"),
    _measured(
        "deadline_states",
        "jurisdiction complaint_id deadline",
        "deadline_state",
        "jurisdiction due_date",
    ),
    _measured("survival_curves", "jurisdiction cohort outcome days", "jurisdiction cohort outcome"),
    _measured("incident_clusters", "jurisdiction incident_date incident_ordinal", "incident_date"),
    _measured("probable_duplicates", "jurisdiction complaint_id", "first_complaint_id"),
    _measured(
        "measures",
        "jurisdiction metric period_kind period dimension dimension_value",
        "metric jurisdiction",
        "jurisdiction period",
    ),
    _measured("metrics", "metric", search="title definition"),
    _measured(
        "wrong_numbers",
        "jurisdiction naive_metric period_kind period dimension dimension_value",
        "naive_metric jurisdiction",
    ),
    _measured("comparable_with", "metric jurisdiction other_jurisdiction", "metric jurisdiction"),
    _measured("series_breaks", "jurisdiction family metric break_date"),
    _measured(
        "reconciliation",
        "jurisdiction metric period_kind period dimension dimension_value published_by",
    ),
)
TABLES = (*RECORDS, *MEASURES)
