"""The words of the count tables that are not a feed's own."""

from __future__ import annotations

ALL = "all"
POOL = "all_others"
NOT_STATED = "not_stated"
UNKNOWN = "unknown"
OUTCOME = "resolution_class"
SHOWN, SUPPRESSED = "shown", "suppressed"
MOSTLY, HARDLY = ">= 95 %", "<= 5 %"
