"""The form in which values are compared: what is only written differently is not a change.

Dates become ISO dates, numbers lose what does not count, yes and no become one word each, and
of text neither spaces nor capitals count. A value that does not fit its declared type is text.
"""

from __future__ import annotations

from pipelines.contract_file import Column
from pipelines.parsers.parsed import literal

YES = ("y", "yes", "true", "t", "1")
NO = ("n", "no", "false", "f", "0")
SPACE = r"[\s\x{00A0}]+"
ODD_SPACE = ("'  '", *(f"chr({code})" for code in (9, 10, 12, 13, 160)))
"""All that `SPACE` finds, except one space by itself."""


def canonical(column: Column, value: str) -> str:
    """SQL for the canonical form of `value`, an expression of a column's text; null for a blank."""
    text = words(value)
    known = _typed(column, value, text)
    return f"coalesce({known}, {text})" if known else text


def words(value: str) -> str:
    """SQL for text without what does not count: spaces, capitals, the way accents are stored."""
    # Most text has single spaces alone, and looking for others is a sixth of replacing them.
    odd = " or ".join(f"contains({value}, {one})" for one in ODD_SPACE)
    replaced = f"regexp_replace({value}, {literal(SPACE)}, ' ', 'g')"
    single = f"case when {odd} then {replaced} else {value} end"
    return f"nullif(lower(nfc_normalize(trim({single}))), '')"


def day(column: Column, value: str) -> str:
    """SQL for the day that a date column names, or null."""
    formats = column.config.meta.formats
    told = [f"try_strptime(trim({value}), {literal(form)})::date" for form in formats]
    told.append(f"try_cast(trim({value}) as timestamp)::date")
    return f"coalesce({', '.join(told)})"


def _typed(column: Column, value: str, text: str) -> str | None:
    match column.data_type:
        case "date":
            return f"cast({day(column, value)} as varchar)"
        case "timestamp":
            formats = column.config.meta.formats
            told = [f"try_strptime(trim({value}), {literal(form)})" for form in formats]
            told.append(f"try_cast(trim({value}) as timestamp)")
            return f"cast(coalesce({', '.join(told)}) as varchar)"
        case "integer" | "number":
            bare = f"regexp_replace({value}, '[$, ]', '', 'g')"
            return f"cast(try_cast({bare} as decimal(38, 6)) as varchar)"
        case "boolean":
            yes, no = (", ".join(map(literal, words)) for words in (YES, NO))
            return f"case when {text} in ({yes}) then 'true' when {text} in ({no}) then 'false' end"
        case _:
            return None
