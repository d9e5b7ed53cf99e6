"""Meetings and awards from JSON, as commonly made with pandas; see `by_pandas.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from pandas_received import Keep
from pandas_words import Frame, meanings, read, seed, settled


def documents(feeds: Path) -> list[dict[str, Any]]:
    """The meetings, without those that lack a number or stand in several versions."""
    with (feeds / "hearings.ndjson").open(encoding="utf-8") as file:
        once = {line: json.loads(line) for line in file}
    ids = pd.Series([document["ID"] for document in once.values()])
    disputed = set(ids[ids.duplicated(keep=False)])
    settled_ones = [d for d in once.values() if d["ID"] is not None and d["ID"] not in disputed]
    withheld = sealed_numbers(feeds)
    for document in settled_ones:
        document["Items"] = [i for i in document["Items"] if i["ComplaintNumber"] not in withheld]
    return settled_ones


def sealed_numbers(feeds: Path) -> set[str]:
    """Complaints whose items no agenda shows."""
    received = read(feeds, "complaints", obligatory="status")
    sealed = received["status"].str.strip().str.upper().isin(["EXPUNGED", "SEALED", "DELETED"])
    return set(received.loc[sealed, "complaint_id"])


def items_table(meetings: list[dict[str, Any]]) -> Frame:
    """Agenda items with their attendance."""
    present = set(seed("hearing_words", "attendance").query("canonical == 'present'")["word"])
    rows = []
    for meeting in meetings:
        for item in meeting["Items"]:
            seats = [(seat["Value"] or "").strip().lower() for seat in item["RollCall"]]
            called = len(seats) or None
            here = sum(seat in present for seat in seats) if seats else None
            rows.append({"hearing_id": str(meeting["ID"]), "called_count": called,
                         "present_count": here, **item})  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["hearing_item_id"] = frame["ID"].astype(str)
    frame["has_roll_call"] = frame["RollCallFlag"] == 1
    frame["has_passed"] = frame["PassedFlag"]
    frame["is_case"] = frame["MatterType"] == "Case Review"
    told = meanings(frame["ActionName"], None, "hearing_words", "case_action")["canonical"]
    frame["case_action"] = told.where(frame["is_case"])
    return frame.rename(columns={
        "AgendaSequence": "item_sequence", "AgendaNumber": "agenda_number", "Title": "title",
        "MatterFile": "matter_file", "MatterType": "matter_type", "MatterStatus": "matter_status",
        "ActionName": "action_local", "ComplaintNumber": "complaint_id",
    }).assign(jurisdiction="larkhaven", source_table="larkhaven.hearing_items")  # fmt: skip


def hearings_table(meetings: list[dict[str, Any]], items: Frame) -> Frame:
    """Meetings with what their agenda says."""
    frame = pd.DataFrame(meetings).assign(hearing_id=lambda rows: rows["ID"].astype(str))
    local = pd.to_datetime(frame["Date"].str[:19])
    for column, source in (("agenda", "AgendaLastPublished"), ("minutes", "MinutesLastPublished")):
        stamp = frame[source].where(frame[source] > "1900-01-02").str.rstrip("Z")
        frame[f"{column}_published_at"] = pd.to_datetime(stamp, format="ISO8601")
    start = pd.to_datetime(frame["Date"], utc=True).dt.tz_localize(None)
    ahead = start - frame["agenda_published_at"]
    frame["notice_hours"] = (ahead.dt.total_seconds() / 3600).round(1)
    frame["starts_at"] = local
    frame["hearing_status"] = meanings(
        frame["AgendaStatusName"], None, "hearing_words", "hearing_status"
    )["canonical"]
    by_hearing = items.sort_values(["item_sequence", "hearing_item_id"]).groupby("hearing_id")
    told = by_hearing.agg(
        items_count=("title", "size"),
        roll_call_items_count=("has_roll_call", "sum"),
        called_count=("called_count", "first"),
        present_count=("present_count", "first"),
    )
    frame = frame.merge(told, on="hearing_id", how="left")
    counts = ["items_count", "roll_call_items_count"]
    frame[counts] = frame[counts].fillna(0)
    return frame.rename(columns={
        "BodyName": "body_name", "Location": "location", "AgendaStatusName": "status_local",
        "MinutesStatusName": "minutes_status_local", "InSiteURL": "source_url",
    }).assign(jurisdiction="larkhaven", source_table="larkhaven.hearings")  # fmt: skip


def received_awards(feeds: Path) -> Frame:
    """The awards as they came, each once."""
    reply = json.loads((feeds / "cops_awards.json").read_text(encoding="utf-8"))
    raw = pd.json_normalize(reply["results"])
    raw.columns = [name.lower().replace(" ", "_").replace(".", "_") for name in raw.columns]
    return settled(raw, "award_id")


def awards_table(received: Frame) -> Frame:
    """Awards with their programme."""
    frame = received.rename(columns={
        "recipient_location_state_code": "recipient_state",
        "recipient_location_city_name": "recipient_city", "cfda_number": "assistance_listing",
        "award_amount": "obligated_usd", "total_outlays": "outlayed_usd",
    }).reset_index(drop=True)  # fmt: skip
    newer = frame["award_id"].str.startswith("15JCOPS")
    frame["program_local"] = frame["description"].mask(newer, frame["award_id"].str[-4:])
    program = meanings(frame["program_local"], None, "programs")
    frame["program"] = program["program"].fillna("not_stated")
    frame["program_title"] = program["program_title"]
    frame["is_zero_amount"] = frame["obligated_usd"] == 0
    frame["is_negative_amount"] = frame["obligated_usd"] < 0
    for column in ("start_date", "end_date"):
        frame[column] = pd.to_datetime(frame[column])
    start = frame["start_date"]
    frame["federal_fiscal_year"] = start.dt.year + (start.dt.month >= 10)
    return frame.assign(jurisdiction="larkhaven", source_table="larkhaven.cops_awards")


def awards_by_year_table(awards: Frame) -> Frame:
    """Awards by state, fiscal year and programme."""
    groups = awards.groupby(["recipient_state", "federal_fiscal_year", "program"])
    frame = groups.agg(
        awards_count=("award_id", "size"),
        obligated_usd=("obligated_usd", "sum"),
        outlayed_usd=("outlayed_usd", lambda amounts: amounts.sum(min_count=1)),
        outlay_not_reported_count=("outlayed_usd", lambda amounts: amounts.isna().sum()),
    )
    return frame.round(2).reset_index()


def keep_meetings(meetings: list[dict[str, Any]], keep: Keep) -> None:
    """Meetings, items and roll calls as they came, each a list of its own."""
    items = [{"event_id": m["ID"], **item} for m in meetings for item in m["Items"]]
    seats = [
        {"event_id": item["event_id"], "item_id": item["ID"], **seat}
        for item in items
        for seat in item["RollCall"]
    ]
    for feed, rows in (("hearings", meetings), ("hearing_items", items), ("roll_calls", seats)):
        keep(feed, pd.DataFrame(rows))


def document_tables(feeds: Path, keep: Keep) -> dict[str, Frame]:
    """The four tables made from the two JSON files, whose records `keep` is handed."""
    meetings, received = documents(feeds), received_awards(feeds)
    keep_meetings(meetings, keep)
    keep("cops_awards", received)
    items, awards = items_table(meetings), awards_table(received)
    return {
        "hearings": hearings_table(meetings, items),
        "hearing_items": items,
        "cops_awards": awards,
        "cops_awards_by_year": awards_by_year_table(awards),
    }
