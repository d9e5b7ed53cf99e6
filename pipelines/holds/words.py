"""How a hold is told: to the reader of the site in a sentence, to staff with what to run next."""

from __future__ import annotations

from datetime import datetime

from pipelines.holds.ledger import Hold, Kind

KINDS: dict[Kind, str] = {
    "header_lost": "the line of headings is gone",
    "partition_missing": "a whole part is gone",
    "key_migrated": "the records seem to have been given other numbers",
    "mass_removal": "more records are gone than is usual",
    "recoded": "words seem to have been replaced by others throughout",
}


def doubted(hold: Hold) -> str:
    """What looks wrong with the delivery, without numbers."""
    told = [KINDS[kind] for kind in hold.kinds]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def on_site(hold: Hold) -> str:
    """Why the site shows an earlier delivery, for its readers; follows the flag 'Held'."""
    since = f"since {_day(hold.opened_at)} at the last good delivery"
    return f"{since}. In the newest one, {doubted(hold)}. {_now(hold)}"


def for_staff(hold: Hold) -> str:
    """The state of a hold and what to run next."""
    told = f"{hold.id} ({', '.join(hold.kinds)})"
    if hold.state == "open":
        return f"{told} waits for a decision. Next: `oversight hold show {hold.id}`."
    if hold.state == "accepted":
        return f"{told} was accepted by {hold.decided_by}. Next: `oversight refresh`."
    if hold.state == "rejected":
        return f"{told} was rejected by {hold.decided_by}; nothing to do until the source changes."
    return f"{told} was superseded by a later delivery."


def _now(hold: Hold) -> str:
    if hold.state == "open":
        return "A person must look at it and decide before it is shown."
    if hold.state == "superseded":
        return "A later delivery has taken its place."
    day, by, why = _day(hold.decided_at or ""), hold.decided_by, (hold.reason or "").rstrip(".")
    if hold.state == "accepted":
        return f"{by} accepted it on {day} ({why}); the next release shows it."
    return f"{by} rejected it on {day}: {why}."


def _day(moment: str) -> str:
    read = datetime.fromisoformat(moment)
    return f"{read.day} {read:%B %Y}"
