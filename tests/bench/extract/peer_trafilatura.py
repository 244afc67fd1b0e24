#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""trafilatura as a peer of bench.py: reads a path a line, answers "CPU_NANOSECONDS OUTPUT_BYTES" or "error CPU_NANOSECONDS MESSAGE"."""
import sys
import time

import trafilatura

for line in sys.stdin:
    with open(line.rstrip("\n"), "rb") as f:
        page = f.read()
    start = time.process_time_ns()
    try:
        out = trafilatura.extract(page, url="https://example.org/", output_format="markdown", with_metadata=True,
                                  include_links=True, include_images=True) or ""
        print(time.process_time_ns() - start, len(out.encode()), flush=True)
    except Exception as e:  # its answer to this page
        print("error", time.process_time_ns() - start, str(e).split("\n")[0], flush=True)
