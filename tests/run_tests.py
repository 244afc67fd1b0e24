#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs the test stages, and ends with one line of totals: "N passed, N failed, N skipped".

usage: run_tests.py [--jobs N] [STAGE…]   stages: release pytest asan tsan lint (default: all), valgrind
"""
import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REPORTS = os.path.join(ROOT, "out", "test-reports")
# TSan and ASan need an address-space layout they know; Debian 12's gcc 12 runtimes abort on large mmap_min/rnd bits.
NO_ASLR = ["setarch", "-R"]


# Tests reach loopback only, by construction: their own network namespace has no other interface.
ISOLATE = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-r", "-n"]
LOOPBACK = ["sh", "-c", 'ip link set lo up && exec "$@"', "-"]


class Failed(Exception):
    pass


def sh(cmd, env=None, check=True):
    print("+ " + " ".join(cmd), file=sys.stderr, flush=True)
    rc = subprocess.call(cmd, cwd=ROOT, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL)
    if check and rc != 0:
        raise Failed("%s: exit status %d" % (cmd[0], rc))
    return rc


def build(preset, jobs, *targets):
    sh(["cmake", "--preset", preset, "--log-level=WARNING"])
    sh(["cmake", "--build", "--preset", preset, "-j", str(jobs)] + (["--target", *targets] if targets else []))


def ctest(preset, jobs, *args, env=None, prefix=()):
    report = os.path.join(REPORTS, "ctest-%s.xml" % preset)
    sh([*prefix, "ctest", "--test-dir", "build/" + preset, "--output-on-failure", "-j", str(jobs),
        "--output-junit", report, "--no-tests=error", *args], env=env, check=False)


def pytest(name, preset, *paths, env=None):
    report = os.path.join(REPORTS, "pytest-%s.xml" % name)
    rc = sh([*ISOLATE, *LOOPBACK, "/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=12",
             "--junitxml", report, *paths],
            env={"RIPTIDE_BIN": os.path.join(ROOT, "build", preset, "bin"), "RIPTIDE_ISOLATED": "1", **(env or {})}, check=False)
    if rc not in (0, 1):
        raise Failed("pytest %s: exit status %d" % (name, rc))


def stage_release(jobs):
    build("release", jobs)
    ctest("release", jobs)


def stage_pytest(jobs):
    build("release", jobs)
    build("testops", jobs, "riptide", "riptide-extract", "riptide-launch", "riptide-stitch", "extract_core_tests")
    ctest("testops", jobs, "-L", "testops")
    pytest("integration", "release", "tests/integration")
    pytest("e2e", "release", "tests/e2e")


SAN_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:halt_on_error=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


def stage_asan(jobs):
    build("asan", jobs)
    ctest("asan", jobs, env=SAN_ENV, prefix=NO_ASLR)
    pytest("integration-asan", "asan", "tests/integration", env={**SAN_ENV, "RIPTIDE_SANITIZED": "1"})


def stage_tsan(jobs):
    build("tsan", jobs)
    ctest("tsan", jobs, "-L", "base|cdp|orchestrator", "-LE", "fuzz", env=SAN_ENV, prefix=NO_ASLR)


def stage_lint(_jobs):
    pytest("lint", "release", "tests/lint")


def stage_valgrind(jobs):
    ctest("nightly", jobs, "-L", "unit", "-LE", "chromium", "-T", "memcheck", "--overwrite",
          "MemoryCheckCommandOptions=--error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite")


STAGES = {"release": stage_release, "pytest": stage_pytest, "asan": stage_asan, "tsan": stage_tsan,
          "lint": stage_lint, "valgrind": stage_valgrind}
DEFAULT = ["release", "pytest", "asan", "tsan", "lint"]


def totals():
    passed = failed = skipped = 0
    names = []
    for f in sorted(os.listdir(REPORTS)):
        for case in ET.parse(os.path.join(REPORTS, f)).getroot().iter("testcase"):
            kinds = {c.tag for c in case}
            if kinds & {"failure", "error"}:
                failed += 1
                names.append("%s: %s %s" % (f, case.get("classname") or "", case.get("name")))
            elif "skipped" in kinds or case.get("status") in ("notrun", "disabled"):
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped, names


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--jobs", type=int, default=os.cpu_count())
    ap.add_argument("stages", nargs="*", metavar="STAGE", help=" ".join(STAGES))
    a = ap.parse_args()
    os.makedirs(REPORTS, exist_ok=True)
    for f in os.listdir(REPORTS):
        os.unlink(os.path.join(REPORTS, f))
    broken = []
    for name in a.stages or DEFAULT:
        if name not in STAGES:
            sys.exit("run_tests: unknown stage %r; known: %s" % (name, " ".join(STAGES)))
        start = time.monotonic()
        try:
            STAGES[name](a.jobs)
        except Failed as e:
            broken.append("stage %s: %s" % (name, e))
        print("== stage %s took %.0f s" % (name, time.monotonic() - start), file=sys.stderr, flush=True)
    passed, failed, skipped, names = totals()
    for n in names + broken:
        print("FAILED " + n)
    print("%d passed, %d failed, %d skipped" % (passed, failed + len(broken), skipped))
    return 1 if failed or broken or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
