#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# CPU and time that the egress guard takes, beside the loopback without it. usage: run.sh BIN_DIR OUT_DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$here/../../isolated.sh" /usr/bin/python3 "$here/bench.py" --bin "$(realpath "$1")" --out "$(realpath "$2")"
