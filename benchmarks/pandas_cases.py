"""Complaints, allegations and camera reviews, as commonly made with pandas; see `by_pandas.py`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
from pandas_received import Keep
from pandas_words import Frame, day, meanings, month, public_id, read, settled, typed
from pseudonyms_by_hand import key, pseudonyms, salt

OUTCOME = ["resolution_class", "finding", "truncation_reason", "alternative_kind", "void_reason"]
WEIGHTS = ["sustained", "open", "policy_or_training_failure", "other_misconduct_noted",
           "alternative", "not_sustained", "exonerated", "unfounded", "truncated", "referred",
           "void"]  # fmt: skip
GRAVITY = ["force", "sexual", "domestic_violence", "bias", "abuse_stop_search", "abuse_other",
           "untruthful", "offensive_language", "discourtesy", "neglect", "bwc_policy",
           "other"]  # fmt: skip
VIOLATIONS = ["failed_to_activate", "late_activation", "early_deactivation", "no_notification",
              "obstructed", "muted", "miscategorised", "not_worn", "not_uploaded"]  # fmt: skip
OPEN = "01|open||||"
PENDING = ["open", "reopened", "tolled"]


def weight(outcome: Frame) -> pd.Series:
    """Rank and text of an outcome: the smallest of a complaint's allegations is its own."""
    rank = outcome["finding"].fillna(outcome["resolution_class"]).map(WEIGHTS.index, "ignore")
    key = rank.map("{:02.0f}".format, "ignore")
    for column in OUTCOME:
        key = key + "|" + outcome[column].fillna("")
    return key


def outcome_columns(frame: Frame) -> Frame:
    """The five columns of an outcome key."""
    parts = frame["key"].str.split("|", expand=True).reindex(columns=range(6))
    for place, column in enumerate(OUTCOME, 1):
        frame[column] = parts[place].mask(parts[place] == "")
    return frame


def known_complaints(raw: Frame) -> Frame:
    """Complaints in our words, without what their allegations say."""
    frame = raw[["complaint_id", "district", "intake_channel"]].apply(typed)
    frame["category_local"], frame["outcome_local"] = typed(raw["category"]), typed(raw["finding"])
    for column in ("incident_date", "received_date", "closed_date"):
        frame[column] = day(raw[column], "%m/%d/%Y")
    days = frame[["received_date", "incident_date", "closed_date"]]
    frame["day"] = days.bfill(axis=1).iloc[:, 0]
    frame["category"] = meanings(frame["category_local"], frame["day"], "categories")["category"]
    status = meanings(typed(raw["status"]), frame["day"], "dispositions", "complaint_status")
    outcome = meanings(frame["outcome_local"], frame["day"], "dispositions", "complaint_outcome")
    closed = frame["closed_date"].notna().map({True: "closed", False: None})
    frame["status"] = status["status"].fillna(closed).fillna(outcome["status"])
    frame["key"] = weight(outcome).fillna(weight(status))
    return frame


def known_allegations(raw: Frame, complaints: Frame, key: bytes) -> Frame:
    """Allegations in our words, with the public facts of their complaint."""
    columns = ["complaint_id", "allegation", "finding", "discipline"]
    content = raw[columns].fillna("").agg("\x1f".join, axis=1)
    content = content.map(lambda text: hashlib.md5(text.encode()).hexdigest())
    local = content + "|" + (content.groupby(content).cumcount() + 1).astype(str)
    frame = raw[columns].apply(typed)
    frame.columns = ["complaint_id", "category_local", "outcome_local", "penalty_local"]
    frame["allegation_id"] = public_id("allegations", local)
    frame["officer"] = typed(raw["badge"]).mask(raw["badge"].isin(["UNK", "0"]))
    told = pseudonyms(key, frame["officer"].dropna().unique())
    frame["officer_pseudonym"] = frame["officer"].map(told)
    frame["officer_name"] = None
    hashed = (salt(key) + frame["complaint_id"] + "|" + frame["officer"]).map(
        lambda text: hashlib.md5(text.encode()).hexdigest(), "ignore"
    )
    frame["officer_ordinal"] = hashed.groupby(frame["complaint_id"]).rank("dense")
    facts = complaints[["complaint_id", "received_date", "day", "status", "key"]]
    frame = frame.merge(facts, on="complaint_id", how="left", indicator="found")
    frame["category"] = meanings(frame["category_local"], frame["day"], "categories")["category"]
    outcome = meanings(frame["outcome_local"], frame["day"], "dispositions", "allegation_outcome")
    undecided = frame["status"].isin(PENDING) | (
        (frame["found"] == "both") & frame["status"].isna() & frame["key"].isna()
    )
    opened = undecided & frame["outcome_local"].isna()
    frame["key"] = weight(outcome).mask(opened, OPEN)
    stated = outcome["status"].fillna(frame["status"])
    frame["status"] = stated.mask(stated.isna() & opened, "open")
    return outcome_columns(frame).assign(
        jurisdiction="larkhaven", source_table="larkhaven.allegations",
        received_month=month(frame["received_date"]),
    )  # fmt: skip


def complaints_table(known: Frame, allegations: Frame) -> Frame:
    """Complaints with what their allegations say together."""
    by_complaint = allegations.assign(
        unnamed=allegations["officer"].isna(),
        pending=allegations["status"].isin(PENDING),
        gravity=allegations["category"].map(GRAVITY.index, "ignore"),
    ).groupby("complaint_id")
    told = by_complaint.agg(
        allegations_count=("allegation_id", "size"),
        named=("officer_ordinal", "max"),
        unidentified_officers_count=("unnamed", "sum"),
        outcomes=("outcome_local", "count"),
        pending=("pending", "any"),
        told_key=("key", "min"),
        gravity=("gravity", "min"),
    )
    frame = known.merge(told, on="complaint_id", how="left")
    grave = frame["gravity"].map(lambda place: GRAVITY[int(place)], "ignore")
    frame["category"] = frame["category"].fillna(grave)
    decided = frame["allegations_count"].gt(0) & ~frame["pending"].eq(True)
    frame["status"] = frame["status"].fillna(decided.map({True: "closed", False: "open"}))
    own = frame["key"].fillna(frame["told_key"])
    frame["key"] = frame["told_key"].where(frame["outcomes"] > 0, own)
    pending = frame["status"].isin(PENDING)
    frame["key"] = frame["key"].mask(pending & ~(frame["key"] < OPEN), OPEN)
    days = (frame["closed_date"] - frame["received_date"]).dt.days
    frame["days_to_close"] = days.where(days >= 0)
    frame["is_closed_before_received"] = days < 0
    frame["officers_count"] = frame["named"].fillna(0) + frame["unidentified_officers_count"]
    frame["allegations_count"] = frame["allegations_count"].fillna(0)
    frame["received_month"] = month(frame["received_date"])
    frame = frame.rename(columns={"closed_date": "investigation_closed_date"})
    return outcome_columns(frame).assign(
        jurisdiction="larkhaven", sources_count=1, source_table="larkhaven.complaints",
        rollup_rule_version="1",
    )  # fmt: skip


def trends_table(complaints: Frame, allegations: Frame) -> Frame:
    """Complaints and allegations by month and category."""

    def counted(frame: Frame, months: pd.Series, name: str) -> pd.Series:
        category = frame["category"].fillna("not_stated")
        return frame.groupby([months.rename("month"), category]).size().rename(name)

    pending = complaints[complaints["status"].isin(PENDING)]
    closed = month(complaints["investigation_closed_date"])
    parts = [
        counted(complaints, complaints["received_month"], "complaints_received_count"),
        counted(complaints, closed, "complaints_closed_count"),
        counted(pending, pending["received_month"], "complaints_received_still_open_count"),
        counted(allegations, month(allegations["received_date"]), "allegations_received_count"),
    ]
    frame = pd.concat(parts, axis=1).fillna(0).astype(int).reset_index()
    received = frame["complaints_received_count"]
    share = 100 * (received - frame["complaints_received_still_open_count"]) / received
    frame["complaints_received_closed_pct"] = share.round(1)
    steps = [-1, 49.9999, 89.9999, 100]
    frame["maturity"] = pd.cut(share, steps, labels=["immature", "maturing", "mature"]).astype(str)
    return frame.assign(jurisdiction="larkhaven")


def outcomes_table(complaints: Frame, allegations: Frame) -> Frame:
    """Complaints and allegations by year and outcome."""

    def counted(frame: Frame, name: str) -> pd.Series:
        by = [frame["received_date"].dt.year.rename("received_year"), *map(frame.get, OUTCOME[:2])]
        return frame.groupby(by, dropna=False).size().rename(name)

    parts = [counted(complaints, "complaints_count"), counted(allegations, "allegations_count")]
    return pd.concat(parts, axis=1).fillna(0).reset_index().assign(jurisdiction="larkhaven")


def reviews_table(raw: Frame) -> Frame:
    """Body-worn-camera reviews in our words."""
    frame = raw[["complaint_id", "district"]].apply(typed)
    frame["bwc_review_id"] = public_id("bwc_reviews", typed(raw["review_line_id"]))
    frame["incident_date"] = day(raw["event_date"], "%Y-%m-%d")
    for column in ("reviewed_date", "requested_date", "fulfilled_date"):
        frame[column] = day(raw[column], "%Y-%m-%d")
    words = {"footage": "camera_status", "bwc_sampling": "selected_by",
             "bwc_request_outcome": "request_outcome"}  # fmt: skip
    for column, source in words.items():
        field = column.removeprefix("bwc_")
        frame[column] = meanings(typed(raw[source]), None, "bwc_words", field)["canonical"]
    frame["footage_local"] = typed(raw["camera_status"])
    frame["violations_local"] = typed(raw["violations"])
    found = frame["violations_local"].str.split("|").explode()
    known = meanings(found.reset_index(drop=True), None, "bwc_words", "violation")
    kinds = known["canonical"].fillna(known["word"]).set_axis(found.index)
    for kind in VIOLATIONS:
        matches = kinds.eq(kind)
        frame[f"has_{kind}"] = frame.index.isin(matches.index[matches])
    counts = kinds.dropna().groupby(level=0).nunique()
    frame["violations_count"] = counts.reindex(frame.index).fillna(0)
    return frame.assign(jurisdiction="larkhaven", source_table="larkhaven.bwc_reviews")


def case_tables(feeds: Path, keep: Keep) -> dict[str, Frame]:
    """The five tables made from the three CSV files, whose records `keep` is handed."""
    received = read(feeds, "complaints", obligatory="status")
    sealed = received["status"].str.strip().str.upper().isin(["EXPUNGED", "SEALED", "DELETED"])
    withheld = set(received.loc[sealed, "complaint_id"])

    def public(frame: Frame) -> Frame:
        return frame[~frame["complaint_id"].isin(withheld)].reset_index(drop=True)

    cases = public(settled(received, "complaint_id"))
    keep("complaints", cases)
    known = known_complaints(cases)
    accused = read(feeds, "allegations", obligatory="allegation").dropna(subset=["complaint_id"])
    accused = public(accused)
    keep("allegations", accused)
    allegations = known_allegations(accused, known, key(feeds))
    complaints = complaints_table(known, allegations)
    reviews = settled(read(feeds, "bwc_reviews", obligatory="event_date"), "review_line_id")
    reviews = public(reviews)
    keep("bwc_reviews", reviews)
    return {
        "complaints": complaints,
        "allegations": allegations,
        "complaint_trends": trends_table(complaints, allegations),
        "complaint_outcomes": outcomes_table(complaints, allegations),
        "bwc_reviews": reviews_table(reviews),
    }
