#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The extractor alone over the development corpus, one core: pages/s against its peers and memory (OUT_DIR/extract.json), and
# word-F1 by page type on domains that the models did not see. usage: run.sh BIN_DIR OUT_DIR [options of bench.py]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$1 out=$2
corpus=$here/../../../../shared/corpus
train=$here/../../../out/train
[ -d "$corpus/wcxb-dev/html" ] || { echo "bench: ../shared/corpus is not here" >&2; exit 1; }
cmake --build "$(dirname "$bin")" --target extract_corpus content_train page_timer | tail -1 >&2
mkdir -p "$out/html" "$out/text"
for f in "$corpus"/wcxb-dev/html/*.html.gz; do
	page=$out/html/$(basename "${f%.gz}")
	[ -f "$page" ] || gzip -dc "$f" >"$page"
done
/usr/bin/python3 "$here/bench.py" --bin "$bin" --pages "$out/html" --npm "$here/../../../build/npm" --out "$out/extract.json" "${@:3}"
for format in document metadata markdown text; do
	rm -f "$out"/text/*
	"$bin/extract_corpus" "$out/html" "$out/text" $format
done
echo "rules and model, the model learned from these pages:"
/usr/bin/python3 "$corpus/evaluate.py" "$out/text" | tail -1
if [ ! -f "$train/model-0.bin" ]; then
	echo "bench: ./run train writes the models of the folds, for figures on unseen domains" >&2
	exit 0
fi
echo "on domains that the models did not see:"
mkdir -p "$out/unseen"
"$bin/content_train" "$out/html" "$train/list" "$out/unseen" "$train/model"
/usr/bin/python3 "$corpus/evaluate.py" "$out/unseen"
