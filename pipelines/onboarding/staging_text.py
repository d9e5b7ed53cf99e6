"""The draft of a staging model: every column of the interface, read where a heading says so."""

from __future__ import annotations

from functools import cache

from pipelines.onboarding.brief import Brief, Findings
from pipelines.onboarding.interface import Given
from pipelines.onboarding.meanings import meaning_of
from pipelines.onboarding.profiles import Profile
from pipelines.onboarding.questions import MARK

GROUPS = ("ids", "dates", "words of the source", "lineage")
MODEL = """\
with

source as (

    select * from {{{{ source('{jurisdiction}', '{table}') }}}}

),

renamed as (

    select
{columns}
    from source

)

select * from renamed
"""


def model(brief: Brief, findings: Findings) -> str:
    """The SQL of the staging model; what no heading says is a null with a question above it."""
    groups = []
    for group in GROUPS:
        columns = [given for given in findings.given if given.group == group]
        lines = [line for given in columns for line in _column(brief, findings, given)]
        if lines:
            groups.append("\n".join(f"        {line}" for line in (f"-- {group}", *lines)))
    text = "\n\n".join(groups).rstrip(",")
    return MODEL.format(jurisdiction=brief.jurisdiction, table=brief.table, columns=text)


def expression(brief: Brief, findings: Findings, given: Given) -> str | None:
    """What gives a column of the interface; null when only a person can say."""
    settled = {
        "jurisdiction": f"'{brief.jurisdiction}'",
        "source_table": f"{{{{ row_source('{brief.jurisdiction}', '{brief.table}') }}}}",
        "source_priority": "1",
        "row_hash": "cast(null as varchar)" if findings.key else "_row_hash",
        "row_ordinal": "cast(null as integer)" if findings.key else "_row_ordinal",
    }
    profile = findings.mapped.get(given.name)
    return _read(profile, given) if profile else settled.get(given.name)


def _column(brief: Brief, findings: Findings, given: Given) -> list[str]:
    told = expression(brief, findings, given)
    if told is not None:
        return [f"{told} as {given.name},"]
    asked = f"-- {MARK}which column is {meaning_of(given.name).is_what}, if any"
    return [asked, f"cast(null as {given.data_type}) as {given.name},"]


def _read(profile: Profile, given: Given) -> str:
    column = f"'{_reference(profile.name)}'"
    formats = "[" + ", ".join(f"'{form}'" for form in profile.formats) + "]"
    if given.data_type == "date":
        return f"{{{{ to_date({column}, {formats}) }}}}"
    if given.data_type == "timestamp":
        return f"{{{{ to_timestamp_or_null({column}, {formats}) }}}}"
    if given.data_type == "integer":
        return f"{{{{ to_integer({column}) }}}}"
    if given.data_type.startswith("decimal"):
        return f"{{{{ to_number({column}) }}}}"
    return f"{{{{ text({column}) }}}}"


def _reference(column: str) -> str:
    """The column as SQL names it: in quotes where the name is a word of the language."""
    return f'"{column}"' if column in _keywords() else column


@cache
def _keywords() -> frozenset[str]:
    import duckdb

    told = "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
    with duckdb.connect() as connection:
        return frozenset(name for (name,) in connection.execute(told).fetchall())
