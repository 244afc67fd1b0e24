#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pages and expressions made to be slow: CPU time and the limit that was told, the slowest first; then which pages of the corpus meet a limit.
# usage: run.sh BIN_DIR OUT_DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$1 out=$2
corpus=$here/../../../../shared/corpus/wcxb-dev/html
cmake --build "$(dirname "$bin")" --target test_hostile_document test_hostile_fields hostile_limits | tail -1 >&2
slowest_first() { grep ' ms' | awk '{ print $2 "\t" $0 }' | sort -rn | cut -f2-; }
for what in document fields; do
	echo "$what:"
	"$bin/test_hostile_$what" full 2>/dev/null | slowest_first
done | tee "$out/hostile.txt"
[ -d "$corpus" ] || { echo "bench: ../shared/corpus is not here" >&2; exit 0; }
mkdir -p "$out/html"
for f in "$corpus"/*.html.gz; do
	page=$out/html/$(basename "${f%.gz}")
	[ -f "$page" ] || gzip -dc "$f" >"$page"
done
"$bin/hostile_limits" "$out/html" | tee -a "$out/hostile.txt"
