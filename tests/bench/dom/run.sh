#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Our trees against those of Chromium's DOMParser: 300 pages of the corpus, 100,000 mutated fragments; our selectors against its
# querySelectorAll: 20,000 on the 20 committed pages; our XPath against its evaluate(): 6,000 there. usage: run.sh BIN_DIR OUT_DIR [PAGES [FRAGMENTS]]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "$1" && pwd) out=$2
corpus=$here/../../../../shared/corpus/wcxb-dev
[ -d "$corpus/html" ] || { echo "bench: ../shared/corpus is not here" >&2; exit 1; }
"$here/../../isolated.sh" /usr/bin/python3 "$here/dom_diff.py" "$bin" "$corpus" "${3:-300}" "${4:-100000}" | tee "$out/dom.txt"
"$here/../../isolated.sh" /usr/bin/python3 "$here/select_diff.py" "$bin" "$here/../../data/corpus/html" 1000 | tee -a "$out/dom.txt"
"$here/../../isolated.sh" /usr/bin/python3 "$here/xpath_diff.py" "$bin" "$here/../../data/corpus/html" 300 | tee -a "$out/dom.txt"
