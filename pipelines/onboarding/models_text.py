"""The words beside a staging model, and its unit test on invented values."""

from __future__ import annotations

from datetime import datetime

from pipelines.onboarding.brief import Brief, Findings
from pipelines.onboarding.meanings import meaning_of
from pipelines.onboarding.profiles import Profile
from pipelines.onboarding.styled import entry

MOMENT = datetime(1999, 12, 31)  # noqa: DTZ001 (an invented day on no clock)
INVENTED = {"integer": "7", "number": "12.50", "boolean": "true"}


def described(brief: Brief, findings: Findings) -> str:
    """The staging model as an item of the list `models`; the description ends in the grain."""
    told = f"  - name: {brief.model}\n"
    text = f"{brief.shown}: {brief.feed.replace('_', ' ')} as the source lists them."
    told += entry(4, "description", f"{text} One row per {brief.one}.")
    if findings.mapped:
        told += "    columns:\n"
    for name, profile in findings.mapped.items():
        what = meaning_of(name).is_what
        told += f"      - name: {name}\n"
        told += entry(8, "description", f"{what[0].upper()}{what[1:]}.")
        if profile is findings.key:
            told += "        data_tests: [not_null, unique]\n"
    return told


def unit_test(brief: Brief, findings: Findings) -> str:
    """A unit test as an item of the list `unit_tests`: invented values go in and come out."""
    given = "\n".join(f"            {line}" for line in _fixture(findings))
    expected = ", ".join(f"{name}: {value}" for name, value in _expected(brief, findings))
    return (
        f"  - name: {brief.model}_reads_each_column_as_declared\n"
        "    description: Invented values of the declared types come out under our names.\n"
        f"    model: {brief.model}\n"
        "    config: {tags: [unit]}\n"
        "    given:\n"
        f"      - input: source('{brief.jurisdiction}', '{brief.table}')\n"
        "        format: sql\n"
        "        rows: |\n"
        "          select\n"
        f"{given}\n"
        "    expect:\n"
        f"      rows:\n        - {{{expected}}}\n"
    )


def _fixture(findings: Findings) -> list[str]:
    """One invented row with every column that lands; the model may come to read any of them."""
    landed = [p for p in findings.profiles if not p.guess.is_personal]
    values = [f"'{_invented(profile)}' as \"{profile.name}\"," for profile in landed]
    return [*values, "'h1' as _row_hash,", "1 as _row_ordinal,", "date '2024-12-31' as _as_of"]


def _invented(profile: Profile) -> str:
    if profile.data_type in ("date", "timestamp"):
        return MOMENT.strftime(profile.formats[0])
    return INVENTED.get(profile.data_type, f"invented {profile.name}")


def _expected(brief: Brief, findings: Findings) -> list[tuple[str, str]]:
    types = {given.name: given.data_type for given in findings.given}
    told = [(name, _comes_out(p, types[name])) for name, p in findings.mapped.items()]
    return [("jurisdiction", brief.jurisdiction), *told]


def _comes_out(profile: Profile, data_type: str) -> str:
    if data_type == "date":
        return f'"{MOMENT:%Y-%m-%d}"'
    if data_type == "timestamp":
        return f'"{MOMENT:%Y-%m-%d %H:%M:%S}"'
    return f'"{_invented(profile)}"'
