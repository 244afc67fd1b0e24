#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# CPU and wall time per render against puppeteer-core on the same Chromium binary. usage: run.sh BIN_DIR OUT_DIR [options of bench.py]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$1 out=$2
shift 2
if [ ! -d "$out/node_modules/puppeteer-core" ]; then
	(cd "$out" && PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --no-fund --no-audit --no-save puppeteer-core@24)
fi
cp "$here/peer.mjs" "$out/peer.mjs"
chmod -R a+rX "$out"
exec /usr/bin/python3 "$here/bench.py" --bin "$bin" --out "$out" "$@"
