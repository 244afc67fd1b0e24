#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Serves the bundled page on loopback, renders it with the bundled action script, prints the Markdown.
# usage: demo.sh BIN_DIR OUT_DIR
set -euo pipefail
bin=$1 out=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

coproc SITE { exec /usr/bin/python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$here" 2>&1; }
site=$SITE_PID
trap 'kill "$site" 2>/dev/null || true' EXIT
read -r -u "${SITE[0]}" line # "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ..."
url=$(sed -E 's/.*\((http[^)]*)\).*/\1/' <<<"$line")

echo "== $bin/riptide render $url --allow-private --script $here/actions.json --screenshot $out/page.png --full-page -o $out/page.md" >&2
"$bin/riptide" render "$url" --allow-private --script "$here/actions.json" --screenshot "$out/page.png" --full-page -o "$out/page.md"
cat "$out/page.md"
echo
echo "== the Markdown is in $out/page.md, the screenshot in $out/page.png" >&2
