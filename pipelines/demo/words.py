"""The invented city's own words, and how often it uses them.

Each word has a row in the vocabulary seeds, except the few of `UNMAPPED`, left out on purpose.
"""

from __future__ import annotations

FIRST_DAY = "2019-01-01"
AS_OF = "2026-10-31"

# 'Not Sustained' and 'Exonerated' were renamed, each time for complaints received from a day on.
UNSUBSTANTIATED_FROM = "2021-01-01"
NEW_WORDS_FROM = "2023-07-01"
# Two categories did not exist for earlier incidents.
NEW_CATEGORIES_FROM = "2021-10-01"

UNMAPPED = {
    "complaint_category": {"Drone Overflight": 1},
    "allegation_outcome": {"See Legal Memo": 2},
    "bwc_footage": {"SEE SGT NOTES": 3},
}

DISTRICTS = [
    (240, "Old Town"), (190, "Harbor"), (160, "Northgate"), (130, "Mill Creek"),
    (110, "Southfield"), (90, "University"), (40, "Riverside"), (20, "Citywide"),
    (3, "Airport"), (2, "Gull Island"), (15, None),
]  # fmt: skip

CHANNELS = ["Web form", "Web form", "Web form", "Telephone", "Telephone", "In person", "Letter",
            "Police station", "Auditor referral", None]  # fmt: skip

CATEGORIES = [
    (190, "Force - Physical"), (40, "Force - Weapon Pointed"), (120, "Abuse of Authority - Stop"),
    (80, "Abuse of Authority - Search"), (120, "Abuse of Authority - Other"), (170, "Discourtesy"),
    (50, "Offensive Language"), (60, "Biased Policing"), (20, "Untruthful Statement"),
    (8, "Sexual Misconduct"), (12, "Domestic Violence"), (70, "Neglect of Duty"),
    (30, "Body-Worn Camera"), (30, "Other Misconduct"),
]  # fmt: skip

UNINVESTIGATED = [
    (300, "Closed - Complainant Unavailable"), (170, "Closed - Complainant Uncooperative"),
    (120, "Withdrawn"), (100, "Officer Unidentified"), (60, "Closed - No Affidavit"),
    (40, "Closed - Pending Litigation"), (30, "Officer Resigned"), (20, "Limitation Expired"),
    (40, "Insufficient Information"), (40, "Supervisor Feedback"), (30, "Training Referral"),
    (30, "Referred to Outside Agency"), (12, "Duplicate"), (8, "Out of Jurisdiction"),
]  # fmt: skip
RESOURCE_DIRECTIVE = "Closed - Resource Directive"

OPEN_STATUSES = ["Under Investigation"] * 16 + ["Intake Review"] * 3 + ["Tolled - Litigation"]
WITHHELD_STATUSES = ["EXPUNGED", "Expunged", "expunged ", "SEALED", "Sealed", "DELETED"]

PENALTIES = ["Reprimand", "Reprimand", "Retraining", "Retraining", "Suspension - 1 day",
             "Suspension - 5 days", "Suspension - 30 days", "Termination", "No penalty",
             None]  # fmt: skip

# Days from receipt to closing, by equal shares of cases: a median near eight months, a long tail.
DAYS_TO_CLOSE = [12, 25, 38, 55, 70, 88, 105, 125, 140, 160, 178, 195, 212, 228, 240, 255, 275,
                 298, 322, 350, 378, 405, 440, 480, 520, 565, 610, 680, 760, 850, 980, 1300,
                 1900]  # fmt: skip

FOOTAGE = [
    (620, "ON"), (90, "On "), (50, "YES"), (12, "0N "), (60, "PARTIAL"), (25, "LATE ACTIVATION"),
    (45, "FAILURE TO ACTIVATE"), (15, "OFF"), (8, "LOST BWC"), (10, "DELETED DUE TO RETENTION"),
    (35, "NO BWC ASSIGNED"), (10, "NOT REQUIRED"), (12, "UNKNOWN"), (8, None),
]  # fmt: skip
PENDING_FOOTAGE = "PENDING REVIEW"

VIOLATIONS = ["Failed to activate", "Failed to activate", "Late activation", "Late activation",
              "No notification", "No notification", "No notification", "Early deactivation",
              "Camera obstructed", "Muted", "Wrong category", "Not worn",
              "Not uploaded"]  # fmt: skip

SAMPLING = [(600, "Random draw"), (250, "Risk list"), (150, "Critical incident")]
COMPLAINT_SAMPLING = "Complaint"

REQUESTS = [
    (690, "Fulfilled"), (130, "Partly fulfilled"), (60, "Denied"), (90, "No such footage"),
    (30, "Found later"),
]  # fmt: skip
DAYS_TO_FULFIL = [3, 5, 7, 9, 12, 15, 18, 21, 26, 31, 38, 45, 55, 70, 95, 130, 200, 340]

FAMILY_NAMES = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood",
                "Juniper", "Larch", "Maple", "Oakes", "Pine", "Rowan", "Sorrel", "Tamarack",
                "Willow", "Yarrow"]  # fmt: skip
GIVEN_NAMES = ["Ash", "Briar", "Clover", "Fern", "Heath", "Ivy", "Lark", "Moss", "Reed", "Robin",
               "Sage", "Wren"]  # fmt: skip
RANKS = ["Officer"] * 7 + ["Sergeant", "Sergeant", "Lieutenant"]
# Of fifty complainants; a few groups are so small that a count of them must be hidden.
RACES = ["Black"] * 18 + ["White"] * 14 + ["Hispanic"] * 7 + ["Asian"] * 2 + [
    "Native American", "Two or more", "Other", "Unknown", "Unknown", "Unknown", "Declined",
    "Declined", None]  # fmt: skip
GENDERS = ["F"] * 8 + ["Female"] * 13 + ["M"] * 8 + ["Male"] * 11 + ["MALE"] * 5 + [
    "X", "Unknown", "Unknown", None, None]  # fmt: skip
