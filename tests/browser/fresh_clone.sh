#!/bin/sh
# What a newcomer does: clone, `make run`, open the page. In a new folder, with a new
# environment and an empty package cache, in Chromium. Ends only what it started.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
room=$(mktemp -d)
server=
finish() {
    [ -n "$server" ] && kill -- "-$server" 2>/dev/null || true
    rm -rf "$room"
}
trap finish EXIT INT TERM

git clone --quiet "$here" "$room/clone"
cd "$room/clone"
export PIP_CACHE_DIR="$room/pip-cache" OVERSIGHT_DATA="$room/data"
setsid make run PYTHON="${PYTHON:-python3.11}" >"$room/log" 2>&1 &
server=$!

address=
for _ in $(seq 1 600); do
    address=$(sed -n 's/^address *\(http:[^ ]*\).*/\1/p' "$room/log")
    [ -n "$address" ] && break
    kill -0 "$server" 2>/dev/null || { cat "$room/log"; echo "make run ended early" >&2; exit 1; }
    sleep 1
done
cat "$room/log"
[ -n "$address" ] || { echo "no address after ten minutes" >&2; exit 1; }

"$here/tests/browser/chromium" --dump-dom "$address" >"$room/page.html"
for words in "Larkhaven" "nvented" "<main" "omplaints"; do
    grep -q "$words" "$room/page.html" || { echo "the page lacks: $words" >&2; exit 1; }
done
shot=${SHOT:-$room/page.png}
"$here/tests/browser/chromium" --window-size=1280,1000 --screenshot="$shot" "$address" >/dev/null
[ -s "$shot" ]
echo "Chromium shows $address; the page names the invented jurisdiction."
echo "1 passed, 0 failed"
