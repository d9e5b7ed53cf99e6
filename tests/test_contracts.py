"""The contract files are read strictly, and every problem is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.contracts import check_contracts, column_name, load_contracts, source_files
from pipelines.failures import Misconfigured
from pipelines.settings import PROJECT

GOOD = """\
version: 2
sources:
  - name: mistville
    schema: raw_mistville
    description: An invented town for this test.
    config:
      meta:
        title: Mistville
        state: CA
        time_zone: America/Los_Angeles
        invented: true
        publisher: Town of Mistville
        license: CC0-1.0
        landing_page: https://example.org/mistville
    tables:
      - name: complaints
        description: One row per complaint.
        config:
          freshness: {warn_after: {count: 3, period: day}}
          meta:
            feed: complaints
            reader: csv
            location: mistville/complaints.csv
            cadence: daily
            key: [case_no]
            population: all
        columns:
          - name: case_no
            description: Number of the case.
            config: {meta: {class: public, required: true}}
          - name: name_of_complainant
            description: Never published.
            config: {meta: {class: protected}}
"""

# Headings in which "name" is the name of a body, a place or an organisation.
NAMES_OF_THINGS = {"recipient_name", "body_name", "district_name", "unit_name"}


def written(folder: Path, text: str) -> Path:
    file = folder / "mistville" / "_mistville__sources.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def problems(folder: Path, text: str) -> list[str]:
    return [str(problem) for problem in check_contracts([written(folder, text)])[1]]


def test_a_right_contract_is_read_with_its_privacy_and_freshness(tmp_path: Path) -> None:
    contracts, found = check_contracts([written(tmp_path, GOOD)])
    assert found == []
    (contract,) = contracts
    assert contract.name == "mistville.complaints"
    assert [column.name for column in contract.landed] == ["case_no"]
    assert contract.freshness_days == 3
    assert contract.publisher == "Town of Mistville"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("cadence: daily", "cadance: daily", 24, "cadance"),
        ("population: all", "population: all\n            population: some", 27, "stands twice"),
        ("name: complaints", "name: complaints; drop table x", 16, "pattern"),
        ("state: CA", "state: !!python/name:os.system CA", 9, "not allowed"),
        ("class: protected", "class: secret", 33, "protected"),
        ("key: [case_no]", "key: [case_id]", 16, "case_id"),
        ("schema: raw_mistville", "schema: mistville", 3, "raw_mistville"),
        ("reader: csv", "reader: guess", 22, "csv"),
        ("version: 2", "version: 2\nsurprise: yes", 2, "surprise"),
        ("reader: csv", "reader: carto", 20, "query lacks 'table'"),
        ("reader: csv", "reader: csv\n            query: {table: x}", 20, "query has 'table'"),
        ("mistville/complaints.csv", "https://x.org/resource/abcd-1234.csv", 20, "1,000 rows"),
        ("cadence: daily", "cadence: daily\n            verified: yes", 25, "verified"),
        ("cadence: daily", "cadence: daily\n            tombstone: {why: Gone.}", 25, "since"),
    ],
)
def test_each_fault_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, told: str
) -> None:
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    place = f"_mistville__sources.yml:{line}:"
    assert any(problem.startswith(place) and told in problem for problem in found), found


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    faulty = GOOD.replace("cadence: daily", "cadence: sometimes").replace(
        "reader: csv", "reader: x"
    )
    staging = tmp_path / "models" / "staging"
    written(staging, faulty)
    with pytest.raises(Misconfigured) as refused:
        load_contracts(tmp_path)
    assert "2 problem(s)" in str(refused.value)
    assert refused.value.exit_code == 78
    assert "_mistville__sources.yml:24" in str(refused.value)


def test_a_broken_contract_of_another_city_does_not_stop_this_one(tmp_path: Path) -> None:
    staging = tmp_path / "models" / "staging"
    written(staging, GOOD)
    other = staging / "elsewhere" / "_elsewhere__sources.yml"
    other.parent.mkdir()
    other.write_text("version: 2\nsources: []\n", encoding="utf-8")
    assert [c.name for c in load_contracts(tmp_path, ["mistville"])] == ["mistville.complaints"]
    with pytest.raises(Misconfigured, match="problem"):
        load_contracts(tmp_path)


def test_a_link_to_a_table_that_withholds_nothing_is_refused(tmp_path: Path) -> None:
    linked = GOOD.replace(
        "population: all",
        "population: all\n            withhold_with: {table: nowhere, column: case_no, "
        "their_column: case_no}",
    )
    assert "withholds nothing" in problems(tmp_path, linked)[0]


def test_a_file_larger_than_a_contract_can_be_is_refused(tmp_path: Path) -> None:
    assert "larger" in problems(tmp_path, GOOD + "#" * 300_000)[0]


def test_headings_and_api_names_are_the_same_column() -> None:
    assert column_name("Complaint Id") == column_name("complaint_id") == "complaint_id"
    assert column_name(" 90_days_or_less ") == "n90_days_or_less"
    assert column_name("Date Complaint Received by NOPD (PIB)") == (
        "date_complaint_received_by_nopd_pib"
    )


def test_the_contracts_of_this_project_are_right() -> None:
    contracts, found = check_contracts(source_files(PROJECT / "dbt_project"))
    assert found == []
    assert any(contract.source.config.meta.invented for contract in contracts)


def test_no_contract_makes_a_column_about_a_person_public() -> None:
    """Headings that name a person's own attributes are never of the public class."""
    telling = {"race", "gender", "sex", "ethnicity", "age", "birth", "dob", "name", "names"}
    for contract in check_contracts(source_files(PROJECT / "dbt_project"))[0]:
        for column in contract.columns:
            words = set(column.name.split("_"))
            if column.name not in NAMES_OF_THINGS and words & telling:
                assert column.klass != "public", f"{contract.name}.{column.name}"


def test_an_unknown_jurisdiction_is_refused() -> None:
    with pytest.raises(Misconfigured, match="atlantis"):
        load_contracts(PROJECT / "dbt_project", ["atlantis"])
