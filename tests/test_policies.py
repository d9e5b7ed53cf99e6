"""What a jurisdiction decided is read strictly, and where it decided nothing, care is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.contracts import load_contracts
from pipelines.failures import Misconfigured
from pipelines.policies import KINDS, Policy, load_policies
from pipelines.settings import PROJECT
from tests.feeds import HEADER, Place, many, place, table

ANSWERED = {"citation": "Invented act", "decided_on": "2026-01-15", "reviewer": "Invented board"}
MARKED = {"column": "status", "values": {kind.title(): kind for kind in KINDS}}


def policy_file(project: Path, **parts: dict[str, Any]) -> Path:
    """A project with a policy of Larkhaven that decides `parts`."""
    file = project / "policies" / "larkhaven.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    decided = {name: {**ANSWERED, **words} for name, words in parts.items()}
    file.write_text(yaml.safe_dump({"jurisdiction": "larkhaven", **decided}), encoding="utf-8")
    return project


def test_without_a_file_the_careful_answer_holds(tmp_path: Path) -> None:
    policy = load_policies(tmp_path, ["larkhaven"])["larkhaven"]
    assert (policy.officers.names, policy.officers.row_grain) == ("pseudonym", "none")
    assert all(policy.withholds(kind) for kind in KINDS)
    told = policy.demographics
    assert (told.threshold, told.minors, told.publish) == (11, "as_unknown", True)


def test_every_policy_of_the_project_is_answered_for_and_has_a_contract() -> None:
    names = [
        file.stem
        for file in (PROJECT / "dbt_project" / "policies").glob("*.yml")
        if "\njurisdiction:" in file.read_text(encoding="utf-8")
    ]
    known = {one.jurisdiction for one in load_contracts(PROJECT / "dbt_project")}
    assert len(names) >= 3
    assert set(names) <= known
    assert set(load_policies(PROJECT / "dbt_project", names)) == set(names)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("jurisdiction: larkhaven\nofficers: {names: public}", "without citation, decided_on"),
        ("jurisdiction: larkhaven\ndemographics: {threshold: 4}", "greater than or equal to 5"),
        ("jurisdiction: larkhaven\ndemographics: {threshold: 31}", "less than or equal to 30"),
        ("jurisdiction: larkhaven\nofficers: {names: sometimes}", "larkhaven.yml:2"),
        ("jurisdiction: larkhaven\nnames: public", "names: Extra inputs"),
        ("jurisdiction: larkhaven\njurisdiction: larkhaven", "stands twice"),
        ("jurisdiction: elsewhere", "it speaks of 'elsewhere'"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "policies" / "larkhaven.yml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match=told) as refused:
        load_policies(tmp_path, ["larkhaven"])
    assert refused.value.exit_code == 78


def landed(here: Place, policy: Policy) -> tuple[set[str], int]:
    """Which marked rows have landed under a policy, and how many were withheld."""
    contract = here.contract.model_copy(update={"policy": policy})
    here.put(HEADER + many(40) + "".join(f"{k},{k.title()},Ann,1\n" for k in KINDS))
    account = here.load(contract)
    told = here.rows(f"select id from {contract.raw_table}")
    return {name for (name,) in told} & set(KINDS), account.withheld


def test_what_is_expunged_sealed_or_deleted_does_not_land(tmp_path: Path) -> None:
    here = place(tmp_path, table(withhold=MARKED))
    assert landed(here, load_policies(tmp_path, ["larkhaven"])["larkhaven"]) == (set(), 3)


def test_what_was_deleted_lands_where_a_policy_makes_it_public(tmp_path: Path) -> None:
    here = place(tmp_path, table(withhold=MARKED))
    project = policy_file(tmp_path, withheld={"deleted": "public"})
    assert landed(here, load_policies(project, ["larkhaven"])["larkhaven"]) == ({"deleted"}, 2)


@pytest.mark.parametrize("kind", ["expunged", "sealed"])
def test_no_policy_makes_public_what_is_expunged_or_sealed(tmp_path: Path, kind: str) -> None:
    project = policy_file(tmp_path, withheld={kind: "public"})
    with pytest.raises(Misconfigured, match=rf"withheld\.{kind}.*should be 'withheld'"):
        load_policies(project, ["larkhaven"])


def test_a_name_lands_only_where_names_are_public(tmp_path: Path) -> None:
    named = {
        "name": "officer_name",
        "description": "The name.",
        "config": {"meta": {"class": "protected", "officer": "name"}},
    }
    here = place(tmp_path, table(columns=["id", "status", named, "badge"]))
    for names, lands in (("public", True), ("pseudonym", False), ("none", False)):
        project = policy_file(tmp_path, officers={"names": names, "row_grain": "permitted"})
        policy = load_policies(project, ["larkhaven"])["larkhaven"]
        contract = here.contract.model_copy(update={"policy": policy})
        assert ("officer_name" in {one.name for one in contract.landed}) is lands
        assert ("officer_name" in {one.name for one in contract.marked}) is not lands
