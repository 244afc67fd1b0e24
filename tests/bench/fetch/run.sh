#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pages a second and CPU a page, engine fetch against engine browser. usage: run.sh BIN_DIR OUT_DIR [options of bench.py]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$1 out=$2
shift 2
exec "$here/../../isolated.sh" /usr/bin/python3 "$here/bench.py" --bin "$(realpath "$bin")" --out "$(realpath "$out")" "$@"
