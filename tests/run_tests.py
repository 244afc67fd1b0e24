#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs the test stages, and ends with one line of totals: "N passed, N failed, N skipped".

usage: run_tests.py [--jobs N] [STAGE…]   stages: release testops pytest asan tsan lint (default: all), valgrind
"""
import argparse
import os
import re
import resource
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REPORTS = os.path.join(ROOT, "out", "test-reports")
ISOLATED = [os.path.join(ROOT, "tests", "isolated.sh")]
# The sanitizers of gcc 12 want an address-space layout they know; kernels with vm.mmap_rnd_bits > 28 don't give it.
FIXED_LAYOUT = ["setarch", "-R"]
SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:halt_on_error=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}
# The last words of a cmocka program: how many of its tests passed, were skipped, failed.
CMOCKA = re.compile(r"^\[  (PASSED |SKIPPED|FAILED ) \] (?:.*: )?(\d+) test\(s\)", re.M)


class Failed(Exception):
    pass


def sh(cmd, env=None, check=True):
    print("+ " + " ".join(cmd), file=sys.stderr, flush=True)
    rc = subprocess.call(cmd, cwd=ROOT, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL)
    if check and rc != 0:
        raise Failed("%s: exit status %d" % (" ".join(cmd[:4]), rc))
    return rc


def works(prefix):
    """The prefix, or nothing where the kernel or a container refuses it."""
    probe = subprocess.run([*prefix, "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if probe.returncode != 0:
        print("run_tests: without %s: %s" % (prefix[0], probe.stderr.strip()), file=sys.stderr)
    return prefix if probe.returncode == 0 else []


def build(preset, jobs, *targets):
    sh(["cmake", "--preset", preset, "--log-level=WARNING"])
    sh(["cmake", "--build", "--preset", preset, "-j", str(jobs)] + (["--target", *targets] if targets else []) + ["--", "--quiet"])


class Totals:
    """Of one report, or of several: counts, and the names of what failed."""

    def __init__(self, passed=0, failed=0, skipped=0, names=()):
        self.passed, self.failed, self.skipped, self.names = passed, failed, skipped, list(names)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.names += other.names


def count(case):
    """One <testcase> of pytest or ctest; a cmocka program under ctest counts as the tests it ran."""
    kinds = {c.tag for c in case}
    bad = bool(kinds & {"failure", "error"})
    t = Totals()
    for kind, n in CMOCKA.findall(case.findtext("system-out") or "") if case.get("status") else []:
        setattr(t, kind.strip().lower(), getattr(t, kind.strip().lower()) + int(n))
    if bad:
        t.failed = max(t.failed, 1)  # a crash, a leak at exit, a time limit
        t.names.append("%s %s" % (case.get("classname") or "", case.get("name")))
    elif "skipped" in kinds or case.get("status") in ("notrun", "disabled"):
        t = Totals(skipped=1)
    elif t.passed + t.skipped == 0:
        t.passed = 1
    return t


def read_report(path):
    """The totals of a report, which must be there and hold a test."""
    if not os.path.exists(path):
        raise Failed("%s was not written" % os.path.basename(path))
    total, cases = Totals(), list(ET.parse(path).getroot().iter("testcase"))
    for case in cases:
        total.add(count(case))
    if not cases:
        raise Failed("%s: no tests" % os.path.basename(path))
    return total


class Run:
    def __init__(self, jobs):
        self.jobs, self.totals, self.broken = jobs, Totals(), []

    def reported(self, name, cmd, env):
        """A runner that writes REPORTS/name.xml; its exit status must agree with what it wrote."""
        path = os.path.join(REPORTS, name + ".xml")
        isolated = works(ISOLATED)
        if isolated:
            env = {**(env or {}), "RIPTIDE_ISOLATED": "1"}
        rc = sh([*isolated, *[path if c == "REPORT" else c for c in cmd]], env=env, check=False)
        t = read_report(path)
        self.totals.add(t)
        if rc != 0 and not t.failed:
            raise Failed("%s: exit status %d without a failed test" % (name, rc))

    def ctest(self, preset, *args, env=None, prefix=()):
        self.reported("ctest-" + preset, [
            *prefix, "ctest", "--test-dir", "build/" + preset, "--output-on-failure", "-j", str(self.jobs),
            "--test-output-size-passed", "1000000", "--output-junit", "REPORT", "--no-tests=error", *args], env)

    def pytest(self, name, preset, *paths, env=None, prefix=()):
        self.reported("pytest-" + name, [
            *prefix, "/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1", "--durations=12",
            "--junitxml", "REPORT", *paths],
            {"RIPTIDE_BIN": os.path.join(ROOT, "build", preset, "bin"), **(env or {})})

    # --- the stages ---

    def release(self):
        build("release", self.jobs)
        self.ctest("release")

    def testops(self):
        build("testops", self.jobs, "testops")
        self.ctest("testops", "-L", "^testops$")

    def integration_and_e2e(self):
        build("release", self.jobs)
        build("testops", self.jobs, "testops")
        self.pytest("integration", "release", "tests/integration")
        self.pytest("e2e", "release", "tests/e2e")

    def asan(self):
        build("asan", self.jobs)
        prefix = works(FIXED_LAYOUT)
        self.ctest("asan", env=SANITIZER_ENV, prefix=prefix)
        self.pytest("integration-asan", "asan", "tests/integration", prefix=prefix, env={
            **SANITIZER_ENV, "RIPTIDE_SANITIZED": "1", "RIPTIDE_TESTOPS_BIN": os.path.join(ROOT, "build", "asan", "bin")})

    def tsan(self):
        build("tsan", self.jobs)
        self.ctest("tsan", "-L", "^(base|cdp|http|orchestrator)$", "-LE", "^chromium$", env=SANITIZER_ENV,
                   prefix=works(FIXED_LAYOUT))

    def lint(self):
        build("release", self.jobs, "riptide", "riptide-extract")
        self.pytest("lint", "release", "tests/lint")

    def valgrind(self):
        build("nightly", self.jobs)
        self.ctest("nightly", "-L", "^(base|actions|extract_proto|extract_core)$")


STAGES = {"release": Run.release, "testops": Run.testops, "pytest": Run.integration_and_e2e, "asan": Run.asan,
          "tsan": Run.tsan, "lint": Run.lint, "valgrind": Run.valgrind}
DEFAULT = ["release", "testops", "pytest", "asan", "tsan", "lint"]


def cpu_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_stage(run, name):
    start, cpu = time.monotonic(), cpu_s()
    try:
        STAGES[name](run)
    except Failed as e:
        run.broken.append("stage %s: %s" % (name, e))
    print("== stage %s took %.0f s (%.0f s of CPU)" % (name, time.monotonic() - start, cpu_s() - cpu),
          file=sys.stderr, flush=True)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--jobs", type=int, default=os.cpu_count())
    ap.add_argument("stages", nargs="*", metavar="STAGE", help=" ".join(STAGES))
    a = ap.parse_args()
    for name in a.stages:
        if name not in STAGES:
            sys.exit("run_tests: unknown stage %r; known: %s" % (name, " ".join(STAGES)))
    os.makedirs(REPORTS, exist_ok=True)
    for f in os.listdir(REPORTS):
        os.unlink(os.path.join(REPORTS, f))
    run = Run(a.jobs)
    for name in a.stages or DEFAULT:
        run_stage(run, name)
    t = run.totals
    for n in t.names + run.broken:
        print("FAILED " + n)
    print("%d passed, %d failed, %d skipped" % (t.passed, t.failed + len(run.broken), t.skipped))
    return 1 if t.failed or run.broken or not t.passed else 0


if __name__ == "__main__":
    sys.exit(main())
