#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How late is the answer on hostile pages? Wall time from spawn to the last byte of the answer on standard output, minus the hard cap,
minus the process's own start (measured in the same run as `riptide version`: its start and end). Exit 1 when a page is later than LIMIT_MS."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests", "site"))
import server  # noqa: E402

LIMIT_MS = 250
PAGES = ["/hang", "/stall", "/drip", "/redirect-loop", "/never-loads", "/busy?when=now", "/busy?when=load", "/busy?when=timer", "/busy?when=finally",
         "/mutating", "/long-poll", "/meta-refresh-loop", "/endless", "/alerts?n=100000", "/popups?n=1000", "/workers?n=4&code=while(1);",
         "/console-storm", "/oom"]


def answer_ms(cmd):
    """Milliseconds until standard output is closed: the answer is whole then, the browser's end is not waited for."""
    start = time.monotonic()
    p = subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    chunks, last = [], start
    while chunk := os.read(p.stdout.fileno(), 65536):
        chunks.append(chunk)
        last = time.monotonic()
    p.wait()
    return (last - start) * 1000, b"".join(chunks)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--bin", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--caps", default="1000,2500")
    ap.add_argument("--rounds", type=int, default=3)
    a = ap.parse_args()
    riptide = os.path.join(a.bin, "riptide")
    site = server.Site().start()
    start_ms = statistics.median(answer_ms([riptide, "version"])[0] for _ in range(5))
    rows, late = [], 0
    for _ in range(a.rounds):
        for cap in map(int, a.caps.split(",")):
            for page in PAGES:
                ms, out = answer_ms([riptide, "render", site.url + page, "--allow-private", "--timeout", str(cap), "--format", "json"])
                e = json.loads(out)
                over = ms - cap - start_ms
                late += over > LIMIT_MS
                rows.append({"page": page, "cap_ms": cap, "over_ms": round(over, 1), "status": e["status"],
                             "code": (e["error"] or {}).get("code")})
                print("%-32s cap %5d  %8.1f ms  %s %s" % (page, cap, over, e["status"], rows[-1]["code"] or ""), file=sys.stderr)
    site.stop()
    overs = sorted(r["over_ms"] for r in rows)
    result = {"renders": len(rows), "process_start_ms": round(start_ms, 1), "over_p50_ms": overs[len(overs) // 2],
              "over_p95_ms": overs[int(len(overs) * .95)], "over_max_ms": overs[-1], "limit_ms": LIMIT_MS, "late": late}
    with open(os.path.join(a.out, "deadline.json"), "w") as f:
        json.dump({**result, "rows": rows}, f, indent=1)
    print(json.dumps(result, indent=1))
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
