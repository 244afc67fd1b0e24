#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Renders the pages of the corpus in Chromium, in a network of their own, for third.py: WORK/rendered/ID.html and ID.facts. Pages that are
# there already are left. After train.py, which unpacks them. usage: render.sh PROGRAM WORK (PROGRAM: render_corpus)
set -eu
program=$(realpath "$1")
work=$(realpath "$2")
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$work/rendered"
"$root/tests/isolated.sh" nice -n 10 "$program" "$work/html" "$work/list" "$work/rendered" 0 2 &
"$root/tests/isolated.sh" nice -n 10 "$program" "$work/html" "$work/list" "$work/rendered" 1 2
wait $!
