#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs the test stages, and ends with one line of totals: "N passed, N failed, N skipped".

usage: run_tests.py [--jobs N] [--lanes N] [STAGE…]   stages: release testops pytest asan tsan lint (default: all), valgrind

A stage is made of steps. Most of them wait for browsers and clocks half of their time, so that some run side by side,
each in namespaces of its own, while the presets that later steps need are built with what processor time is left.
"""
import argparse
import contextlib
import glob
import os
import re
import signal
import subprocess
import sys
import threading
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
PATIENCE_S = 900  # for a step or a build; each test has a limit of its own
# The last words of a cmocka program: how many of its tests passed, were skipped, failed.
CMOCKA = re.compile(r"^\[  (PASSED |SKIPPED|FAILED ) \] (?:.*: )?(\d+) test\(s\)", re.M)


class Failed(Exception):
    pass


def works(prefix):
    """The prefix, or nothing where the kernel or a container refuses it."""
    probe = subprocess.run([*prefix, "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if probe.returncode != 0:
        print("run_tests: without %s: %s" % (prefix[0], probe.stderr.strip()), file=sys.stderr)
    return prefix if probe.returncode == 0 else []


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


class Children:
    """Commands that run now; all are ended together."""

    def __init__(self):
        self.lock, self.running, self.closed = threading.Lock(), set(), False

    def run(self, cmd, log, env=None, aside=False):
        """The exit status; what it prints goes to the file `log`. `aside`: with the processor time that others leave."""
        with self.lock:
            if self.closed:
                raise Failed("interrupted")
            p = subprocess.Popen(cmd, cwd=ROOT, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
            self.running.add(p)
        if aside:
            yield_to_others(p.pid)
        try:
            return p.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            raise Failed("no end after %d s" % PATIENCE_S) from None
        finally:
            with self.lock:
                self.running.discard(p)

    def end(self):
        with self.lock:
            self.closed = True
            for p in self.running:
                with contextlib.suppress(ProcessLookupError):  # it has just ended
                    os.killpg(p.pid, signal.SIGTERM)


def yield_to_others(pid):
    """Behind the tests, within its session and, where the kernel groups tasks by session (sched(7), autogroup), with it."""
    try:
        os.setpriority(os.PRIO_PGRP, pid, 5)
        with open("/proc/%d/autogroup" % pid, "w") as f:
            f.write("5")
    except OSError:
        pass


class Builds:
    """Presets, built one after the other in a thread: the first with all processors, later ones aside of the tests."""

    def __init__(self, children, jobs):
        self.children, self.jobs, self.wanted, self.state, self.changed = children, jobs, [], {}, threading.Condition()
        self.thread = threading.Thread(target=self.build_all, daemon=True)

    def want(self, preset, *targets):
        if preset not in [w[0] for w in self.wanted]:
            self.wanted.append((preset, targets))

    def build_all(self):
        for i, (preset, targets) in enumerate(self.wanted):
            try:
                state = self.build(preset, targets, aside=i > 0)
            except Exception as e:  # whatever it is: steps wait for this preset
                state = "%s: %s" % (preset, e if isinstance(e, Failed) else repr(e))
            with self.changed:
                self.state[preset] = state
                self.changed.notify_all()

    def build(self, preset, targets, aside):
        """What went wrong, or ""."""
        path, start = os.path.join(REPORTS, "build-%s.log" % preset), time.monotonic()
        target = ["--target", *targets] if targets else []
        with open(path, "wb") as log:
            for cmd in (["cmake", "--preset", preset, "--log-level=WARNING"],
                        ["cmake", "--build", "--preset", preset, "-j", str(self.jobs), *target, "--", "--quiet"]):
                if self.children.run(cmd, log, aside=aside) != 0:
                    return "%s failed\n%s" % (" ".join(cmd), text_of(path))
        say("== built %s in %.0f s" % (preset, time.monotonic() - start))
        return ""

    def ready(self, presets):
        return all(p in self.state for p in presets)

    def failure(self, presets):
        return "".join(self.state[p] for p in presets)


def text_of(path):
    with open(path, errors="replace") as f:
        return f.read()


def say(text):
    print(text, file=sys.stderr, flush=True)


class Step:
    """One runner, which writes REPORTS/name.xml. `weight` is about how many seconds it takes: long ones go first."""

    def __init__(self, name, presets, cmd, env=None, weight=10):
        self.name, self.presets, self.cmd, self.env, self.weight = name, presets, cmd, env or {}, weight


def ctest(name, preset, *args, env=None, prefix=(), jobs=1, weight=10):
    return Step(name, [preset], [
        *prefix, "ctest", "--test-dir", "build/" + preset, "--output-on-failure", "-j", str(jobs),
        "--test-output-size-passed", "1000000", "--output-junit", "REPORT", "--no-tests=error", *args], env, weight)


def pytest(name, presets, *paths, env=None, prefix=(), weight=10):
    return Step(name, presets, [
        *prefix, "/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1", "--durations=3",
        "--junitxml", "REPORT", *paths],
        {"RIPTIDE_BIN": os.path.join(ROOT, "build", presets[0], "bin"), **(env or {})}, weight)


def pytest_by_file(stage, presets, folder, slow, **kw):
    """A step for each of the files that take long, one for all others. A name that is gone is an error of pytest."""
    files = sorted(os.path.relpath(f, ROOT) for f in glob.glob(os.path.join(ROOT, folder, "test_*.py")))
    alone = {"%s/test_%s.py" % (folder, name): weight for name, weight in slow.items()}
    steps = [pytest("%s-%s" % (stage, os.path.basename(f)[5:-3]), presets, f, weight=weight, **kw) for f, weight in alone.items()]
    return steps + [pytest(stage, presets, *[f for f in files if f not in alone], weight=40, **kw)]


# Seconds on two quiet cores.
SLOW_E2E = {"hostile": 88, "sessions": 37, "actions": 33, "render": 26, "corpus": 28, "operations": 12, "serve": 11}
SLOW_INTEGRATION = {"pool": 36, "jobs": 32}


# --- the stages: each gives its steps and says which presets to build ---

def release(builds, jobs):
    builds.want("release")
    return [ctest("release", "release", "-LE", "^chromium$", jobs=jobs, weight=18),
            ctest("release-chromium", "release", "-L", "^chromium$", weight=56)]


def testops(builds, jobs):
    builds.want("testops", "testops")
    return [ctest("testops", "testops", "-L", "^testops$", jobs=jobs)]


def integration_and_e2e(builds, jobs):
    builds.want("release")
    builds.want("testops", "testops")
    both = ["release", "testops"]
    return (pytest_by_file("integration", both, "tests/integration", SLOW_INTEGRATION)
            + pytest_by_file("e2e", both, "tests/e2e", SLOW_E2E))


def asan(builds, jobs):
    builds.want("asan")
    prefix = works(FIXED_LAYOUT)
    env = {**SANITIZER_ENV, "RIPTIDE_SANITIZED": "1", "RIPTIDE_TESTOPS_BIN": os.path.join(ROOT, "build", "asan", "bin")}
    return [ctest("asan", "asan", "-LE", "^chromium$", env=SANITIZER_ENV, prefix=prefix, jobs=jobs, weight=45),
            ctest("asan-chromium", "asan", "-L", "^chromium$", env=SANITIZER_ENV, prefix=prefix, weight=60),
            *pytest_by_file("integration-asan", ["asan"], "tests/integration", SLOW_INTEGRATION, prefix=prefix, env=env)]


def tsan(builds, jobs):
    builds.want("tsan")
    return [ctest("tsan", "tsan", "-L", "^(base|cdp|http|orchestrator)$", "-LE", "^chromium$", env=SANITIZER_ENV,
                  prefix=works(FIXED_LAYOUT), jobs=jobs, weight=30)]


def lint(builds, jobs):
    builds.want("release")
    return [pytest("lint", ["release"], "tests/lint")]


def valgrind(builds, jobs):
    builds.want("nightly")
    return [ctest("nightly", "nightly", "-L", "^(base|actions|extract_proto|extract_core)$", jobs=jobs)]


STAGES = {"release": release, "testops": testops, "pytest": integration_and_e2e, "asan": asan, "tsan": tsan, "lint": lint,
          "valgrind": valgrind}
DEFAULT = ["release", "testops", "pytest", "asan", "tsan", "lint"]


class Run:
    """Steps in lanes: a lane that is free takes the longest step whose presets are built."""

    def __init__(self, steps, builds, children):
        self.left, self.builds, self.children = sorted(steps, key=lambda s: -s.weight), builds, children
        self.totals, self.broken, self.lock, self.isolated = Totals(), [], threading.Lock(), works(ISOLATED)

    def take(self):
        """The next step, or None when all are taken."""
        with self.builds.changed:
            while self.left:
                for step in self.left:
                    if self.builds.ready(step.presets):
                        self.left.remove(step)
                        return step
                self.builds.changed.wait()
            return None

    def lane(self):
        while (step := self.take()) is not None:
            start, totals, broken = time.monotonic(), Totals(), []
            try:
                failure = self.builds.failure(step.presets)
                if failure:
                    raise Failed(failure)
                totals = self.do(step)
            except Exception as e:  # whatever it is: the step was taken, and must not be lost
                broken = ["%s: %s" % (step.name, e if isinstance(e, Failed) else repr(e))]
            with self.lock:
                self.totals.add(totals)
                self.broken += broken
            say("== %s took %.0f s" % (step.name, time.monotonic() - start))

    def do(self, step):
        """Its totals. The exit status must agree with what it wrote."""
        report, log = (os.path.join(REPORTS, step.name + end) for end in (".xml", ".log"))
        cmd = [*self.isolated, *[report if c == "REPORT" else c for c in step.cmd]]
        with open(log, "wb") as f:
            rc = self.children.run(cmd, f, {**step.env, **({"RIPTIDE_ISOLATED": "1"} if self.isolated else {})})
        say("+ %s\n%s" % (" ".join(cmd), text_of(log)))
        t = read_report(report)
        if rc != 0 and not t.failed:
            raise Failed("exit status %d without a failed test" % rc)
        return t

    def lane_after_builds(self):
        self.builds.thread.join()
        self.lane()

    def all(self, lanes):
        # Without namespaces of their own, steps would see each other's temporary files.
        work = [self.lane] * lanes + [self.lane_after_builds] if self.isolated else [self.lane]
        threads = [threading.Thread(target=w, daemon=True) for w in work]
        for t in threads:
            t.start()
        for t in threads:
            t.join()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--jobs", type=int, default=os.cpu_count())
    ap.add_argument("--lanes", type=int, help="steps side by side (as many as jobs); one more when all is built")
    ap.add_argument("stages", nargs="*", metavar="STAGE", help=" ".join(STAGES))
    a = ap.parse_args()
    for name in a.stages:
        if name not in STAGES:
            sys.exit("run_tests: unknown stage %r; known: %s" % (name, " ".join(STAGES)))
    os.makedirs(REPORTS, exist_ok=True)
    for f in os.listdir(REPORTS):
        os.unlink(os.path.join(REPORTS, f))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    start, children = time.monotonic(), Children()
    builds = Builds(children, a.jobs)
    steps = [step for name in a.stages or DEFAULT for step in STAGES[name](builds, a.jobs)]
    run = Run(steps, builds, children)
    builds.thread.start()
    try:
        run.all(a.lanes or a.jobs)
    except KeyboardInterrupt:
        children.end()
        sys.exit("run_tests: interrupted")
    say("== all took %.0f s" % (time.monotonic() - start))
    t = run.totals
    for n in t.names + run.broken:
        print("FAILED " + n)
    print("%d passed, %d failed, %d skipped" % (t.passed, t.failed + len(run.broken), t.skipped))
    return 1 if t.failed or run.broken or not t.passed else 0


if __name__ == "__main__":
    sys.exit(main())
