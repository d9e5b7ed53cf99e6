"""A reader can tell a release from a changed, an incomplete, an old or a foreign one."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines import keys, manifest, retained, shelf, signing
from pipelines.failures import Misconfigured, StorageFailed
from pipelines.rollback import go_back
from pipelines.settings import PROJECT, Settings
from pipelines.verify import Verified, verify
from tests import invented_marts as invented

LATER = invented.NIGHT + timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return invented.settings(tmp_path / "publisher")


@pytest.fixture
def copy(settings: Settings, tmp_path: Path) -> Path:
    """What a reader has downloaded of the first release."""
    return downloaded(invented.publish(settings).folder, tmp_path / "copy")


def downloaded(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    for file in to.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    return to


def seen(copy: Path, tmp_path: Path, now: datetime = LATER) -> Verified:
    return verify(copy, tmp_path / "memory", now)


def a_byte(copy: Path) -> None:
    file = copy / "oversight.db"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def an_extra_file(copy: Path) -> None:
    (copy / "csv" / "more.csv").write_text("a\n1\n")


def a_missing_file(copy: Path) -> None:
    (copy / "csv" / "complaints.csv").unlink()


def another_manifest(copy: Path) -> None:
    file = copy / manifest.NAME
    file.write_text(file.read_text().replace('"number": 1', '"number": 2'))


def a_changed_file_that_its_manifest_agrees_with(copy: Path) -> None:
    a_byte(copy)
    told = json.loads((copy / manifest.NAME).read_text())
    told["files"]["oversight.db"]["sha256"] = manifest.record(copy / "oversight.db").sha256
    manifest.write_json(copy / manifest.NAME, told)


def no_signature(copy: Path) -> None:
    (copy / manifest.SIGNATURE).unlink()


def an_empty_signature(copy: Path) -> None:
    (copy / manifest.SIGNATURE).write_text("")


@pytest.mark.parametrize(
    "tamper",
    [
        a_byte,
        an_extra_file,
        a_missing_file,
        another_manifest,
        a_changed_file_that_its_manifest_agrees_with,
        no_signature,
        an_empty_signature,
    ],
    ids=lambda tamper: tamper.__name__,
)
def test_a_copy_that_was_tampered_with_is_refused(
    copy: Path, tmp_path: Path, tamper: Callable[[Path], None]
) -> None:
    assert seen(copy, tmp_path).manifest.number == 1
    tamper(copy)
    with pytest.raises(StorageFailed, match=r"Do not use this copy|not what was released"):
        seen(copy, tmp_path)


def test_every_single_changed_byte_of_manifest_and_signature_is_noticed(
    copy: Path, tmp_path: Path
) -> None:
    seen(copy, tmp_path)
    for name in (manifest.NAME, manifest.SIGNATURE):
        whole = (copy / name).read_bytes()
        # In the frame of a signature an armoured line may end in another way and mean the same.
        for at in range(60, len(whole) - 60, max(1, len(whole) // 20)):
            changed = bytearray(whole)
            changed[at] = ord("A") if changed[at] != ord("A") else ord("B")
            (copy / name).write_bytes(changed)
            with pytest.raises(StorageFailed):
                seen(copy, tmp_path)
        (copy / name).write_bytes(whole)
    assert seen(copy, tmp_path).manifest.number == 1


def test_an_older_release_than_the_last_one_seen_is_refused(
    settings: Settings, copy: Path, tmp_path: Path
) -> None:
    again = invented.publish(settings, invented.complaints(90))
    newer = downloaded(again.folder, tmp_path / "newer")
    assert seen(copy, tmp_path).is_first
    assert seen(newer, tmp_path).manifest.number == 2
    with pytest.raises(StorageFailed, match="release 2 was seen before"):
        seen(copy, tmp_path)
    assert verify(copy, tmp_path / "memory", LATER, archived=True).manifest.number == 1


def test_a_second_release_of_the_same_number_is_refused(
    settings: Settings, copy: Path, tmp_path: Path
) -> None:
    seen(copy, tmp_path)
    told = manifest.read(copy)
    manifest.write(copy, replace(told, code_version="0" * 12))
    signing.sign(settings, copy)
    with pytest.raises(StorageFailed, match="same number"):
        seen(copy, tmp_path)


def test_a_release_that_does_not_follow_from_the_one_seen_is_refused(
    settings: Settings, copy: Path, tmp_path: Path
) -> None:
    seen(copy, tmp_path)
    second = invented.publish(settings, invented.complaints(90))
    newer = downloaded(second.folder, tmp_path / "newer")
    manifest.write(newer, replace(manifest.read(newer), previous_manifest_sha256="0" * 64))
    signing.sign(settings, newer)
    with pytest.raises(StorageFailed, match="does not follow"):
        seen(newer, tmp_path)


def test_a_copy_past_its_date_is_refused(copy: Path, tmp_path: Path) -> None:
    expires = datetime.fromisoformat(str(manifest.read(copy).expires_at))
    assert expires == invented.NIGHT + timedelta(days=45)
    seen(copy, tmp_path, expires)
    with pytest.raises(StorageFailed, match="believed until"):
        seen(copy, tmp_path, expires + timedelta(seconds=1))


def test_another_publishers_release_is_refused_and_a_named_key_is_enough(
    copy: Path, tmp_path: Path
) -> None:
    other = invented.settings(tmp_path / "somebody else")
    foreign = downloaded(invented.publish(other).folder, tmp_path / "foreign")
    seen(copy, tmp_path)
    with pytest.raises(StorageFailed, match="not signed by the key that is trusted"):
        seen(foreign, tmp_path)
    with pytest.raises(StorageFailed, match="not signed by the key that is trusted"):
        verify(foreign, tmp_path / "fresh", LATER, signers=copy / signing.SIGNERS)


def test_the_site_shows_only_what_was_signed_here(settings: Settings, tmp_path: Path) -> None:
    folder = invented.publish(settings).folder
    assert retained.opened(settings, 1, lambda: LATER).number == "0001"
    other = invented.settings(tmp_path / "somebody else")
    invented.publish(other)
    folder.chmod(0o755)
    (folder / manifest.SIGNATURE).unlink()
    signing.sign(other, folder)
    with pytest.raises(StorageFailed, match="not ours"):
        retained.opened(settings, 1, lambda: LATER)
    with pytest.raises(StorageFailed, match="not ours"):
        go_back(settings, 1)
    assert not shelf.is_intact(settings, 1)


def test_a_signing_key_that_others_may_read_stops_the_night(settings: Settings) -> None:
    signing.prepare(settings)
    file = settings.keys / signing.KEY
    assert file.stat().st_mode & 0o077 == 0
    file.chmod(0o644)
    with pytest.raises(Misconfigured, match="Others than its owner") as refused:
        signing.prepare(settings)
    assert refused.value.exit_code == 78


def test_a_secret_that_others_may_read_or_that_is_cut_short_is_not_used(
    settings: Settings,
) -> None:
    made = keys.secret(settings, "a-secret")
    assert (len(made), keys.secret(settings, "a-secret")) == (32, made)
    file = settings.keys / "a-secret"
    file.chmod(0o440)
    with pytest.raises(Misconfigured, match="Others than its owner"):
        keys.secret(settings, "a-secret")
    file.chmod(0o600)
    file.write_text(made.hex()[:-2])
    with pytest.raises(Misconfigured, match="damaged"):
        keys.secret(settings, "a-secret")
    settings.keys.chmod(0o755)
    with pytest.raises(Misconfigured, match="Others than its owner"):
        keys.path_of(settings, "a-secret")


def test_a_release_about_to_expire_is_issued_again_unchanged(settings: Settings) -> None:
    invented.publish(settings)
    later = replace(settings, now=settings.now + timedelta(days=40))
    again = invented.publish(later)
    assert (again.number, again.is_new) == (2, True)
    first, second = (manifest.read(shelf.folder(settings, n)) for n in (1, 2))
    assert first.content_id == second.content_id
    assert (
        second.previous_manifest_sha256
        == manifest.record(shelf.folder(settings, 1) / manifest.NAME).sha256
    )


def test_the_four_lines_of_shell_find_what_the_command_finds(copy: Path) -> None:
    words = (PROJECT / "docs" / "verify.md").read_text(encoding="utf-8")
    lines = words.split("```sh\n")[1].split("```")[0]
    assert len(lines.strip().splitlines()) == 4

    def answer() -> int:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines], cwd=copy, capture_output=True, check=False
        ).returncode

    assert answer() == 0
    for tamper in (a_byte, an_extra_file, a_missing_file, another_manifest, no_signature):
        before = copy.with_name("before")
        shutil.copytree(copy, before)
        tamper(copy)
        assert answer() != 0, tamper.__name__
        shutil.rmtree(copy)
        before.rename(copy)
    assert datetime.now(UTC) > invented.NIGHT
