#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The service against its floors. usage: run.sh BIN_DIR OUT_DIR [overhead memory health extract overload …]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec /usr/bin/python3 "$here/bench.py" --bin "$1" --out "$2" "${@:3}"
