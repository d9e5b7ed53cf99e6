"""What every template may say: the release shown, its tables, its sources, the rules of filters."""

from __future__ import annotations

from datetime import date

from datasette import hookimpl

NAVIGATION = (
    ("/oversight", "Data"),
    ("/measures", "Measures"),
    ("/compare", "Compare"),
    ("/wrong-numbers", "Wrong numbers"),
    ("/oversight/data_dictionary", "Dictionary"),
    ("/oversight/sources", "Sources"),
    ("/oversight/data_quality", "Quality"),
    ("/changes", "Changes"),
    ("/corrections", "Corrections"),
    ("/#questions", "Questions"),
    ("/oversight?sql=select+*+from+complaints+limit+10", "SQL"),
)


@hookimpl
def prepare_jinja2_environment(env, datasette):
    """Globals, because an error page gets no other variables."""
    env.globals["shown"] = datasette.shown
    env.globals["navigation"] = NAVIGATION
    env.globals["is_whole"] = is_whole
    env.filters["with_argument"] = lambda url, one: f"{url}{'&' if '?' in url else '?'}{one}"
    env.filters["size"] = size
    env.filters["day"] = day
    env.filters["month"] = month
    env.filters["is_number"] = is_number
    env.filters["number"] = lambda value: f"{value:,}"
    env.filters["first_sentence"] = lambda text: text.split(". ")[0].rstrip(".") + "."


def is_whole(request):
    """Whether a table page shows the whole table: nothing filters or searches it."""
    return not [name for name in request.args if not name.startswith(("_facet", "_sort", "_next"))]


def is_number(cell):
    """Whether a cell holds a number, to stand right under others."""
    return str(cell).strip().lstrip("-").replace(",", "").replace(".", "", 1).isdigit()


def size(count):
    """Bytes as people read them."""
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return (
                f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
            )
        count /= 1000
    return f"{count:.1f} GB"


def day(iso):
    """`2026-10-31` as 31 October 2026; anything else stays as it is."""
    try:
        read = date.fromisoformat(str(iso)[:10])
    except ValueError:
        return iso or "not stated"
    return f"{read.day} {read:%B %Y}"


def month(iso):
    """`2026-10` as October 2026; anything else stays as it is."""
    try:
        return f"{date.fromisoformat(f'{iso}-01'):%B %Y}"
    except ValueError:
        return iso
