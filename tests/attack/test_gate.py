"""The attack stands before every release, is a word of the command line, and knows nothing more."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import guard
from pipelines.attack.published import read
from pipelines.attack_gate import exposed_by_attack
from pipelines.cli import app
from pipelines.contracts import load_contracts
from pipelines.failures import PrivacyRefused
from pipelines.settings import PROJECT
from tests.attack.invented import BLOCK, GOOD, add_table, release, rows, truth
from tests.conftest import settings_at

CELLS = truth(GOOD)
ATTACK = PROJECT / "pipelines" / "attack"


def test_a_candidate_that_exposes_someone_is_not_released(tmp_path: Path) -> None:
    folder = release(tmp_path / "candidate", rows(CELLS, BLOCK[:1]))
    with pytest.raises(PrivacyRefused, match=r"attack: .*can be worked out exactly") as refused:
        guard.refuse_exposure(settings_at(tmp_path / "data"), folder, [])
    assert refused.value.exit_code == 5


def test_a_family_found_safe_is_remembered_without_its_numbers(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "data")
    folder = release(tmp_path / "candidate", rows(CELLS, BLOCK))
    assert exposed_by_attack(settings, folder, []) == []
    file = settings.data / "protected" / "attacked.json"
    published = read(folder)
    assert published is not None
    assert json.loads(file.read_text()) == {"method": 1, "safe": [published.families[0].sha256]}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_only_the_very_same_family_counts_as_attacked_before(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "data")
    leaking = release(tmp_path / "leaking", rows(CELLS, BLOCK[:1]))
    safe = release(tmp_path / "safe", rows(CELLS, BLOCK))
    for folder, exposed in ((safe, False), (leaking, True), (leaking, True), (safe, False)):
        assert bool(exposed_by_attack(settings, folder, [])) == exposed


def test_the_candidate_is_subtracted_from_what_the_site_shows(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "data")
    shown = release(settings.releases / "0001", rows(CELLS, BLOCK))
    settings.current.symlink_to(shown)
    more = truth(GOOD | {("black", "North"): 6})
    again = release(tmp_path / "candidate", rows(more, BLOCK))
    assert "differences" in " ".join(exposed_by_attack(settings, again, []))
    assert exposed_by_attack(settings, shown, []) == []


def test_an_agencys_own_word_for_a_race_is_found_in_a_table_of_rows(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "data", project=tmp_path / "project")
    seeds = settings.dbt_project / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "demographics.csv").write_text(
        "jurisdiction,attribute,local_value,value\n"
        "larkhaven,race,Blk/Afr,black\n"
        "larkhaven,race,Unstated,unknown\n"
    )
    folder = release(tmp_path / "candidate", rows(CELLS, BLOCK))
    for word, exposed in (("Unstated", False), ("blk/afr", True)):
        add_table(folder, "complaints", [{"complaint_id": "A", "note": word}])
        assert bool(exposed_by_attack(settings, folder, [])) == exposed


def test_a_column_named_as_a_feed_names_a_race_is_found_in_a_table_of_rows(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "data")
    detroit = load_contracts(settings.dbt_project, ("detroit",))
    folder = release(tmp_path / "candidate", rows(CELLS, BLOCK))
    add_table(folder, "complaints", [{"complaint_id": "A", "ctznrace": "1"}])
    assert exposed_by_attack(settings, folder, []) == []
    assert "complaints.ctznrace is named" in " ".join(exposed_by_attack(settings, folder, detroit))


def test_the_command_says_what_it_found_and_ends_in_five(tmp_path: Path) -> None:
    safe = release(tmp_path / "safe", rows(CELLS, BLOCK))
    leaking = release(tmp_path / "leaking", rows(CELLS, BLOCK[:1]))
    runner = CliRunner()
    good = runner.invoke(app, ["attack", str(safe)])
    bad = runner.invoke(app, ["attack", str(leaking)])
    assert (good.exit_code, bad.exit_code) == (0, 5)
    assert "4 hidden cells: 0 worked out exactly, 0 told to be under" in good.output
    assert "1 hidden cells: 1 worked out exactly" in bad.output


def test_a_folder_that_is_no_release_is_not_called_safe(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["attack", str(tmp_path)])
    assert "no release" in str(done.exception)
    assert done.exit_code != 0


def test_the_attack_runs_on_a_copy_with_nothing_of_the_product_beside_it(tmp_path: Path) -> None:
    alone = tmp_path / "alone" / "pipelines"
    shutil.copytree(ATTACK, alone / "attack", ignore=shutil.ignore_patterns("__pycache__"))
    copy = tmp_path / "copy"
    release(tmp_path / "leaking", rows(CELLS, BLOCK[:1]))
    shutil.copytree(tmp_path / "leaking" / "csv", copy)
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.attack", str(copy)],
        cwd=alone.parent,
        env={**os.environ, "PYTHONPATH": str(alone.parent)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (5, "")
    assert "1 worked out exactly" in done.stdout


def test_the_attacker_imports_nothing_of_the_product() -> None:
    for module in ATTACK.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("pipelines"):
                assert str(node.module).startswith("pipelines.attack"), module.name


def test_no_public_table_but_the_counts_is_built_from_the_protected_cells() -> None:
    models = PROJECT / "dbt_project" / "models"
    readers = {
        file.stem
        for file in models.rglob("*.sql")
        if re.search(r"demographic_(cells|counts|cuts)", file.read_text(encoding="utf-8"))
    }
    assert readers <= {"demographic_counts", "demographic_cuts"}
