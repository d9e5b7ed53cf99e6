"""What USAspending holds and how it names it: award fields, transaction columns, award types."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

GROUPS: dict[str, tuple[str, ...]] = {
    "contracts": ("A", "B", "C", "D"),
    "idvs": ("IDV_A", "IDV_B", "IDV_B_A", "IDV_B_B", "IDV_B_C", "IDV_C", "IDV_D", "IDV_E"),
    "loans": ("07", "08"),
    "grants": ("02", "03", "04", "05"),
    "direct_payments": ("06", "10"),
    "other": ("09", "11", "-1"),
}
AGENCIES = [
    f"{kind} {tier}{word}"
    for kind, tier, word in itertools.product(
        ("Awarding", "Funding"), ("Agency", "Sub Agency"), ("", " Code")
    )
]
AWARD_FIELDS = frozenset(
    [
        *AGENCIES,
        *("Award ID", "Recipient Name", "Recipient DUNS Number", "recipient_id", "Recipient UEI"),
        *("Place of Performance City Code", "Place of Performance State Code"),
        *("Place of Performance Country Code", "Place of Performance Zip5"),
        *("Description", "Last Modified Date", "Base Obligation Date"),
        *("prime_award_recipient_id", "generated_internal_id", "def_codes"),
        *("COVID-19 Obligations", "COVID-19 Outlays", "Infrastructure Obligations"),
        *("Infrastructure Outlays", "Recipient Location", "Primary Place of Performance"),
        *("Start Date", "End Date", "Award Amount", "Total Outlays", "Award Type", "SAI Number"),
        *("CFDA Number", "Assistance Listings", "primary_assistance_listing"),
    ]
)
"""What may be asked of a grant."""

TRANSACTION_FIELDS: dict[str, str] = {
    "Action Date": "action_date",
    "Action Type": "action_type_code",
    "Award ID": "award_id_fain",
    "Award Type": "assistance_type_description",
    "Awarding Agency": "awarding_agency_name",
    "Awarding Sub Agency": "awarding_sub_agency_name",
    "cfda_number": "cfda_number",
    "cfda_title": "cfda_title",
    "Funding Agency": "funding_agency_name",
    "Funding Sub Agency": "funding_sub_agency_name",
    "generated_internal_id": "assistance_award_unique_key",
    "Issued Date": "period_of_performance_start_date",
    "Mod": "modification_number",
    "pop_city_name": "primary_place_of_performance_city_name",
    "pop_country_name": "primary_place_of_performance_country_name",
    "recipient_location_city_name": "recipient_city_name",
    "recipient_location_state_code": "recipient_state_code",
    "Recipient Name": "recipient_name",
    "Recipient UEI": "recipient_uei",
    "Transaction Amount": "federal_action_obligation",
    "Transaction Description": "transaction_description",
}
"""What may be asked of a transaction, with the column of the download that holds it."""

_COLUMNS = """
    assistance_transaction_unique_key assistance_award_unique_key award_id_fain modification_number
    award_id_uri sai_number federal_action_obligation total_obligated_amount
    total_outlayed_amount_for_overall_award indirect_cost_federal_share_amount
    non_federal_funding_amount total_non_federal_funding_amount face_value_of_loan
    original_loan_subsidy_cost total_face_value_of_loan total_loan_subsidy_cost
    generated_pragmatic_obligations disaster_emergency_fund_codes_for_overall_award
    outlayed_amount_from_COVID-19_supplementals_for_overall_award
    obligated_amount_from_COVID-19_supplementals_for_overall_award
    outlayed_amount_from_IIJA_supplemental_for_overall_award
    obligated_amount_from_IIJA_supplemental_for_overall_award action_date action_date_fiscal_year
    period_of_performance_start_date period_of_performance_current_end_date awarding_agency_code
    awarding_agency_name awarding_sub_agency_code awarding_sub_agency_name awarding_office_code
    awarding_office_name funding_agency_code funding_agency_name funding_sub_agency_code
    funding_sub_agency_name funding_office_code funding_office_name
    treasury_accounts_funding_this_award federal_accounts_funding_this_award
    object_classes_funding_this_award program_activities_funding_this_award recipient_uei
    recipient_duns recipient_name recipient_name_raw recipient_parent_uei recipient_parent_duns
    recipient_parent_name recipient_parent_name_raw recipient_country_code recipient_country_name
    recipient_address_line_1 recipient_address_line_2 recipient_city_code recipient_city_name
    prime_award_transaction_recipient_county_fips_code recipient_county_name
    prime_award_transaction_recipient_state_fips_code recipient_state_code recipient_state_name
    recipient_zip_code recipient_zip_last_4_code prime_award_transaction_recipient_cd_original
    prime_award_transaction_recipient_cd_current recipient_foreign_city_name
    recipient_foreign_province_name recipient_foreign_postal_code primary_place_of_performance_scope
    primary_place_of_performance_country_code primary_place_of_performance_country_name
    primary_place_of_performance_code primary_place_of_performance_city_name
    prime_award_transaction_place_of_performance_county_fips_code
    primary_place_of_performance_county_name
    prime_award_transaction_place_of_performance_state_fips_code
    primary_place_of_performance_state_name primary_place_of_performance_zip_4
    prime_award_transaction_place_of_performance_cd_original
    prime_award_transaction_place_of_performance_cd_current
    primary_place_of_performance_foreign_location cfda_number cfda_title funding_opportunity_number
    funding_opportunity_goals_text assistance_type_code assistance_type_description
    transaction_description prime_award_base_transaction_description business_funds_indicator_code
    business_funds_indicator_description business_types_code business_types_description
    correction_delete_indicator_code correction_delete_indicator_description action_type_code
    action_type_description record_type_code record_type_description
    OFFICERS
    usaspending_permalink initial_report_date last_modified_date
"""
_OFFICERS = [f"highly_compensated_officer_{n}_{w}" for n in range(1, 6) for w in ("name", "amount")]
TRANSACTION_COLUMNS: tuple[str, ...] = tuple(
    _COLUMNS.replace("OFFICERS", " ".join(_OFFICERS)).split()
)
"""The 112 columns of a download of assistance transactions, in order."""


def award(fain: str, amount: float, **more: Any) -> dict[str, Any]:
    """A grant of listing 16.710 to a recipient in Washington, unless `more` says otherwise.

    Keys that begin with "_" are known to the service only: type, listings, state, and the dates
    of the first and of the latest action and of the last change.
    """
    settled = {
        "internal_id": zlib.crc32(fain.encode()),
        "generated_internal_id": f"ASST_NON_{fain}_015",
        "Award ID": fain,
        "Recipient Name": "CITY OF LARKHAVEN",
        "Award Amount": amount,
        "_type": "04",
        "_programs": ("16.710",),
        "_state": "WA",
        "_signed": "2020-07-01",
        "_latest": "2020-07-01",
        "_modified": "2020-07-15",
    }
    return {**settled, **more}


def awards_of(page: Mapping[str, Any], **known: Any) -> list[dict[str, Any]]:
    """The awards of a captured answer; what only the service knows is the same for all."""
    return [{**award(row["Award ID"], 0, **known), **row} for row in page["results"]]


def transaction(key: str, fain: str, amount: str, **more: str) -> dict[str, str]:
    """One action on a grant, as the download writes it; columns not named are blank."""
    settled = {
        "assistance_transaction_unique_key": key,
        "assistance_award_unique_key": f"ASST_NON_{fain}_015",
        "award_id_fain": fain,
        "modification_number": "0",
        "federal_action_obligation": amount,
        "action_date": "2020-07-01",
        "recipient_name": "CITY OF LARKHAVEN",
        "recipient_state_code": "WA",
        "cfda_number": "16.710",
        "assistance_type_code": "04",
        "last_modified_date": "2020-07-15",
    }
    return {**dict.fromkeys(TRANSACTION_COLUMNS, ""), **settled, **more}


def group_of(codes: Sequence[str]) -> str | None:
    """The one group that all these award types are in, if there is one."""
    return next((name for name, types in GROUPS.items() if set(codes) <= set(types)), None)
