"""What tells of a person by its shape alone, whoever it is.

Each shape is drawn tightly, because case numbers, grant numbers and dates of oversight look much
like it: a number is one of a person's only where its form or the word before it says so.
"""

from __future__ import annotations

import re
from collections import Counter

from pipelines.scans.encodings import BORDER

_DAY = (
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}"
    r"|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4})"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_STREET = (
    "St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Dr|Drive|Ln|Lane|Ct|Court|Pl|Place|Way|"
    "Ter|Terrace|Pkwy|Parkway|Cir|Circle|Hwy|Highway"
)
PATTERNS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "social_security_number": (
            r"(?<![\w.-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"
        ),
        "phone": (
            r"(?<![\w.-])(?:\+?1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}"
            r"(?![\w-])"
            r"|(?i:\b(?:call|phone|tel|telephone|cell|mobile|fax)\b)[^\d\x1e]{0,16}"
            r"\b\d{3}[-. ]\d{4}(?![\w-])"
        ),
        "email": r"(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b",
        "birth_date": (
            r"(?i:\b(?:dob|d\.o\.b\.|born(?: on)?|birth ?date|birthday|date of birth)(?!\w))"
            rf"[ :=,]{{0,4}}{_DAY}"
        ),
        "street_address": (
            r"(?<![\w-])\d{1,6}(?: [NSEW]\.?| North| South| East| West)?"
            rf"(?: [A-Z0-9][A-Za-z0-9'.]*){{1,3}} (?:{_STREET}|{_STREET.upper()})\b"
        ),
        "plate_or_licence": (
            r"(?i:\b(?:licen[sc]e|plate|dl|vin)\b)(?: ?(?:plate|no\.?|number|#))*[ :#]{0,3}"
            r"(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{4,}\b"
        ),
        "ip_address": rf"(?<![\w.])(?!127\.){_OCTET}(?:\.{_OCTET}){{3}}(?![\w.])",
        "age_of_a_minor": (
            r"(?i:(?<![\w.])(?:[1-9]|1[0-7])[ -]?(?:years?[ -]old|yrs?[ -]old|y/?o)\b)"
            r"|(?i:\b(?:aged|age|minor|juvenile)[ ,:]{1,2}(?:[1-9]|1[0-7])\b"
            r"(?![%.\d/-]| (?:to|days|and)\b))"
        ),
    }.items()
}
_NEEDED = {"email": "@", "ip_address": ".", "social_security_number": "-"}
"""What a text without which need not be looked at for that pattern."""


def found_in(text: str) -> Counter[str]:
    """How often each shape stands in a text; a shape never reaches over the border of a cell."""
    found: Counter[str] = Counter()
    for name, pattern in PATTERNS.items():
        if name not in _NEEDED or _NEEDED[name] in text:
            count = sum(BORDER not in match[0] for match in pattern.finditer(text))
            if count:
                found[name] = count
    return found
