"""The draft of a contract: what the sample shows is stated, all else is asked.

Every column starts private. What a person must say stands in its place as `To be said: …`.
"""

from __future__ import annotations

from pipelines.contract_file import Dialect
from pipelines.onboarding.brief import Brief, Findings
from pipelines.onboarding.profiles import Profile
from pipelines.onboarding.questions import MARK
from pipelines.onboarding.styled import WIDTH, entry, quoted_list, scalar

ZONES = {
    "America/New_York": "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL LA MN MO MS OK WI",
    "America/Denver": "CO MT NM UT WY",
    "America/Los_Angeles": "CA WA",
    "America/Phoenix": "AZ",
    "Pacific/Honolulu": "HI",
}
"""States that lie in one time zone."""
WITHHELD_FEEDS = frozenset({"complaints", "allegations"})


def new_file(brief: Brief, findings: Findings) -> str:
    """The contract file of a jurisdiction that has none yet."""
    return _head(brief) + table(brief, findings)


def table(brief: Brief, findings: Findings) -> str:
    """One feed of a contract file, as an item of its list `tables`."""
    one = f"{MARK}what one row is (one {brief.one}?), in plain words."
    told = f"      - name: {brief.table}\n" + entry(8, "description", one)
    told += "        config:\n          meta:\n" + _meta(brief, findings)
    told += "        columns:\n"
    return told + "".join(_column(brief, findings, profile) for profile in findings.profiles)


def _head(brief: Brief) -> str:
    landing_page = brief.place.landing_page or f"{MARK}the page that offers the file."
    told = f"version: 2\n\nsources:\n  - name: {brief.jurisdiction}\n"
    told += f"    schema: raw_{brief.jurisdiction}\n"
    told += entry(4, "description", f"{MARK}whose records these are, and who decides about them.")
    told += "    config:\n      meta:\n" + entry(8, "title", brief.shown)
    told += f"        state: {brief.state or f'null   # {MARK}two letters, or nothing'}\n"
    told += entry(8, "time_zone", _zone(brief.state))
    told += entry(8, "publisher", brief.publisher or f"{MARK}who publishes these records.")
    told += entry(8, "license", f"{MARK}the licence that the page states, or: not stated.")
    return told + entry(8, "landing_page", landing_page) + "    tables:\n"


def _zone(state: str | None) -> str:
    found = [zone for zone, states in ZONES.items() if state in states.split()]
    return found[0] if found else f"{MARK}the clock of the records, such as America/Chicago."


def _meta(brief: Brief, findings: Findings) -> str:
    place, space = brief.place, " " * 12
    lines = [f"feed: {brief.feed}", f"reader: {place.reader}"]
    lines.append(f"location: {scalar(place.location)}")
    if place.query:
        told = ", ".join(f"{key}: {scalar(value)}" for key, value in place.query.items())
        lines.append(f"query: {{{told}}}")
    lines += [f"# {MARK}{remark}" for remark in brief.remarks]
    lines.append(f"cadence: irregular   # {MARK}how often it is renewed")
    lines.append(_key(findings))
    lines += _written(findings)
    text = "".join(f"{space}{line}\n" for line in lines)
    whole = f"{MARK}which {brief.one}s are in the file, and which are left out."
    text += entry(12, "population", whole)
    if brief.feed in WITHHELD_FEEDS:
        text += f"{space}# {MARK}which words mean expunged, sealed or deleted (withhold), if any\n"
    return text


def _key(findings: Findings) -> str:
    if findings.key:
        return f"key: [{findings.key.name}]"
    return f"key: null   # {MARK}which columns number the rows, or null"


def _written(findings: Findings) -> list[str]:
    told, dialect = [], findings.dialect
    if dialect != Dialect():
        delimiter = '"\\t"' if dialect.delimiter == "\t" else f'"{dialect.delimiter}"'
        told.append(f"dialect: {{delimiter: {delimiter}, encoding: {dialect.encoding}}}")
    if findings.records:
        told.append(f"records: {scalar(findings.records)}")
    if len(findings.sheets) > 1:
        told.append(f"sheet: {scalar(findings.sheets[0])}   # {MARK}whether this is the sheet")
    return told


def _column(brief: Brief, findings: Findings, profile: Profile) -> str:
    told = f"          - name: {profile.name}\n"
    told += entry(12, "description", _question(findings, profile))
    if profile.data_type != "text":
        told += f"            data_type: {profile.data_type}\n"
    words = [f"class: {profile.guess.klass}"]
    if profile is findings.key:
        words.append("required: true")
    if profile.is_partial:
        words.append("optional: true")
    if profile.formats:
        words.append(f"formats: {quoted_list(profile.formats)}")
    line = f"            config: {{meta: {{{', '.join(words)}}}}}\n"
    if len(line) <= WIDTH + 1:
        return told + line
    space = " " * 16
    return (
        told
        + "            config:\n              meta:\n"
        + "".join(f"{space}{word}\n" for word in words)
    )


def _question(findings: Findings, profile: Profile) -> str:
    seen = f"{profile.data_type}, {_percent(profile.blank_share)} blank"
    if profile.guess.is_personal:
        return f"{MARK}what it means; {profile.guess.why}, so it is never loaded ({seen})."
    used = [name for name, column in findings.mapped.items() if column is profile]
    shown = f"; read as {', '.join(used)}" if used else ""
    return f"{MARK}what it means, and may it be public ({seen}{shown})?"


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{share * 100:.0f} %"
