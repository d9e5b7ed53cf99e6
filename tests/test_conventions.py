"""The shape of the project is as promised: names, layers, words, one-to-one lists."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import transform
from pipelines.contracts import check_contracts, source_files
from pipelines.public_columns import load_public_columns
from pipelines.settings import PROJECT
from tests.conftest import settings_at

MODULES = sorted((PROJECT / "pipelines").rglob("*.py"))
MARTS = sorted((PROJECT / "dbt_project/models/marts").glob("[a-z]*.sql"))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    everything = tuple(sorted({c.jurisdiction for c in _contracts()}))
    settings = settings_at(tmp_path_factory.mktemp("manifest"), jurisdictions=everything)
    return transform.manifest(settings)


def _contracts() -> list[Any]:
    return check_contracts(source_files(PROJECT / "dbt_project"))[0]


def test_the_site_folder_is_not_a_python_package() -> None:
    assert not (PROJECT / "datasette" / "__init__.py").exists()


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PROJECT)))
def test_a_module_is_one_idea_and_a_function_fits_one_glance(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno + 1 <= 50, node.name


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PROJECT)))
def test_every_public_name_of_a_module_says_what_it_is(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree), module
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node) or _is_record(node), node.name


def _is_record(node: ast.AST) -> bool:
    """Nested parts of the contract's shape explain themselves in the contract's own words."""
    return isinstance(node, ast.ClassDef) and all(
        isinstance(part, ast.AnnAssign | ast.Assign) for part in node.body
    )


def test_importing_the_package_does_nothing(tmp_path: Path) -> None:
    """No folder, no connection, no environment: importing every module leaves no trace."""
    names = [
        ".".join(module.relative_to(PROJECT).with_suffix("").parts)
        for module in MODULES
        if module.stem not in ("__main__", "definitions") and "__init__" not in module.stem
    ]
    code = ";".join(f"import {name}" for name in names)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}


def test_every_mart_has_one_yml_one_suite_and_a_place_on_the_site(manifest: Any) -> None:
    names = {mart.stem for mart in MARTS}
    ymls = {f.stem for f in (PROJECT / "dbt_project/models/marts").glob("[a-z]*.yml")}
    suites = {f.stem for f in (PROJECT / "expectations").glob("*.yml")}
    published = {mart.name for mart in transform.marts(manifest)}
    assert names == ymls == suites == published


def test_every_public_table_and_column_is_described_and_ends_in_its_grain(manifest: Any) -> None:
    for mart in transform.marts(manifest):
        assert re.search(r"One row per [^.]+\.$", mart.description), mart.name
        assert mart.key, mart.name
        assert set(mart.key) <= {column.name for column in mart.columns}, mart.name
        for column in mart.columns:
            assert len(column.description) > 10, f"{mart.name}.{column.name}"
            assert column.data_type, f"{mart.name}.{column.name}"
            assert not column.name.startswith("_"), f"{mart.name}.{column.name}"


def test_every_mart_enforces_its_contract(manifest: Any) -> None:
    for mart in transform.marts(manifest):
        node = manifest["nodes"][f"model.oversight.{mart.name}"]
        assert node["config"]["contract"]["enforced"] is True, mart.name


def test_the_counting_unit_stands_in_every_count_of_the_trend_tables(manifest: Any) -> None:
    units = ("complaints_", "allegations_")
    for mart in transform.marts(manifest):
        if mart.name in ("complaint_trends", "complaint_outcomes"):
            for column in mart.columns:
                if column.name.endswith(("_count", "_pct")):
                    assert column.name.startswith(units), f"{mart.name}.{column.name}"


def test_staging_models_are_named_for_their_source_and_published_by_name(manifest: Any) -> None:
    folder = PROJECT / "dbt_project/models/staging"
    models = {f.stem for f in folder.glob("*/stg_*.sql")}
    for file in folder.glob("*/stg_*.sql"):
        assert file.stem.startswith(f"stg_{file.parent.name}__"), file.name
    project = yaml.safe_load((PROJECT / "dbt_project/dbt_project.yml").read_text())
    published = {name for names in project["vars"]["published"].values() for name in names}
    reference = {c.name.replace(".", "__") for c in _contracts() if c.meta.feed == "reference"}
    assert published <= models
    assert {name.removeprefix("stg_") for name in models - published} <= reference


def test_no_model_reads_a_private_column(manifest: Any) -> None:
    """A column that does not land cannot be read; one that is internal is never published."""
    internal = {c.name for k in _contracts() for c in k.columns if c.klass != "public"}
    public = {c.name for k in _contracts() for c in k.columns if c.klass == "public"}
    # A word of the register of metrics, which no model reads from a source.
    public |= {"unit"}
    by_policy = set(load_public_columns(PROJECT / "dbt_project").needing("names"))
    for mart in transform.marts(manifest):
        for column in mart.columns:
            if (mart.name, column.name) in by_policy:
                continue
            assert column.name not in internal - public, f"{mart.name}.{column.name}"


def test_no_protected_attribute_is_a_column_of_a_public_table(manifest: Any) -> None:
    words = {"race", "ethnicity", "gender", "sex", "age", "birth", "minor", "address", "phone"}
    of_things = {("maturity_triangle", "age_months")}
    for mart in transform.marts(manifest):
        for column in mart.columns:
            if (mart.name, column.name) in of_things:
                continue
            assert not set(column.name.split("_")) & words, f"{mart.name}.{column.name}"


def test_every_make_target_and_verb_of_the_readme_exists() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    cli = (PROJECT / "pipelines/cli.py").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z]+)", readme)):
        assert re.search(rf"^[a-z ]*\b{target}\b[a-z ]*:", makefile, re.M), target
    for verb in set(re.findall(r"`oversight ([a-z]+(?:-[a-z]+)*)", readme)):
        assert re.search(rf'def {verb}\(|name="{verb}"|command\("{verb}"\)', cli), verb


def test_every_setting_is_documented() -> None:
    documented = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
    read = re.findall(r'"(OVERSIGHT_[A-Z_]+)"', (PROJECT / "pipelines/settings.py").read_text())
    assert read
    for name in set(read):
        assert name in documented, name
