"""A number that is hidden to protect people is told as hidden, and not as an empty cell."""

from __future__ import annotations

import html
import re

from datasette import hookimpl
from markupsafe import Markup

NUMBERS = ("people_count", "people")
HIDDEN = Markup('<span class="hidden">hidden</span>')


@hookimpl
def prepare_jinja2_environment(env, datasette):
    """When a page must explain the word, and where a link leads."""
    env.globals["tells_hidden"] = tells_hidden
    env.filters["target_of"] = target_of


@hookimpl
def render_cell(row, value, column):
    """The word in place of the number; the files and JSON keep the empty value."""
    if value is None and column in NUMBERS and "value_state" in row.keys():  # noqa: SIM118
        return HIDDEN if row["value_state"] == "suppressed" else None
    return None


def tells_hidden(columns):
    """Whether a table with these columns may hide numbers of people."""
    return "value_state" in columns and any(name in columns for name in NUMBERS)


def target_of(link):
    """Where a link that Datasette has written leads."""
    found = re.search(r'href="([^"]*)"', str(link))
    return html.unescape(found[1]) if found else "#"
