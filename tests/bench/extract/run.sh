#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The extractor alone over the development corpus, one core: pages/s and word-F1 by page type. usage: run.sh BIN_DIR OUT_DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$1 out=$2
corpus=$here/../../../../shared/corpus
[ -d "$corpus/wcxb-dev/html" ] || { echo "bench: ../shared/corpus is not here" >&2; exit 1; }
cmake --build "$(dirname "$bin")" --target extract_corpus | tail -1 >&2
mkdir -p "$out/html" "$out/text"
for f in "$corpus"/wcxb-dev/html/*.html.gz; do
	page=$out/html/$(basename "${f%.gz}")
	[ -f "$page" ] || gzip -dc "$f" >"$page"
done
"$bin/extract_corpus" "$out/html" "$out/text" markdown
rm -f "$out"/text/*
"$bin/extract_corpus" "$out/html" "$out/text" text
/usr/bin/python3 "$corpus/evaluate.py" "$out/text"
