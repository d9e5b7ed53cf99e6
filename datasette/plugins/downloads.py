"""Whole files: the downloads of every release that is offered, and the health of the site."""

from __future__ import annotations

from datasette import Response, hookimpl
from datasette.utils.asgi import asgi_send_file

from pipelines import manifest, signing

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "db": "application/vnd.sqlite3",
    "txt": "text/plain; charset=utf-8",
    "sig": "text/plain; charset=utf-8",
}
PLAIN = "text/plain; charset=utf-8"
SIGNED = {
    manifest.NAME: "every file with its hash",
    manifest.SIGNATURE: "the signature over the manifest",
    signing.SUMS: "the hashes, for sha256sum",
    signing.SIGNERS: "whose signature it is",
}
"""What a copy is verified with. These keep their names, which the lines of shell ask for."""
VERIFY = f"""\
ssh-keygen -Y verify -f {signing.SIGNERS} -I {signing.SIGNER} -n {signing.NAMESPACE} \\
  -s {manifest.SIGNATURE} < {manifest.NAME}
grep -q "$(sha256sum {signing.SUMS} | cut -c1-64)" {manifest.NAME}
sha256sum --check --strict --quiet {signing.SUMS}
test "$(find . -type f | wc -l)" -eq "$(($(wc -l < {signing.SUMS}) + 3))"
"""


@hookimpl
def prepare_jinja2_environment(env, datasette):
    """What a page says of signatures."""
    env.globals["signed_files"] = signed_files
    env.globals["verify_lines"] = VERIFY
    env.globals["has_expired"] = lambda shown: _has_expired(datasette, shown)


def signed_files(shown):
    """The files of a release that a copy is verified with; none when it is not signed."""
    there = all((shown.folder / name).is_file() for name in SIGNED)
    return list(SIGNED.items()) if there else []


def _has_expired(datasette, shown):
    """Whether a copy of a release should not be taken for the present one any more."""
    until = shown.manifest.expires_at
    return bool(until) and until[:10] < datasette.shown.clock().date().isoformat()


@hookimpl
def register_routes():
    """Addresses beside Datasette's own."""
    return [
        (r"^/healthz$", healthz),
        (r"^/downloads/(?P<release>[^/]+)/(?P<file>.*)$", download),
    ]


async def healthz(datasette):
    """Whether the data can be read, for whoever watches the site."""
    await datasette.get_database("oversight").execute("select 1")
    release = datasette.shown.number
    return Response.json({"ok": True, "release": release}, headers={"cache-control": "no-store"})


async def download(datasette, request, send):
    """One file of a release that is still kept, by the name that its manifest gives it."""
    release, name = request.url_vars["release"], request.url_vars["file"]
    kept = datasette.shown.releases.get(f"r{release}")
    named = kept is not None and name in {*kept.manifest.files, manifest.NAME, manifest.SIGNATURE}
    if not named or not (kept.folder / name).is_file():
        return Response.text("There is no such file.", status=404)
    stem, dot, ending = name.rpartition("/")[2].partition(".")
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    await asgi_send_file(
        send,
        kept.folder / name,
        filename=name if name in SIGNED else f"{stem}-{release}{dot}{ending}",
        content_type=TYPES.get(ending.rpartition(".")[2], PLAIN),
        chunk_size=1 << 18,
        headers=headers,
    )
    return None
