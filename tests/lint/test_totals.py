# SPDX-License-Identifier: Apache-2.0
"""What tests/run_tests.py counts: no failure, crash or empty run may look like a success."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import run_tests  # noqa: E402

PASS = "[       OK ] a\n[==========] 3 test(s) run.\n[  PASSED  ] 3 test(s).\n"
SKIP = "[  PASSED  ] 2 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] b\n"
FAIL = "[  PASSED  ] 1 test(s).\n[  FAILED  ] tests: 2 test(s), listed below:\n[  FAILED  ] c\n"


def ctest_case(output, status="run", inner=""):
    return '<testcase name="t" classname="t" status="%s">%s<system-out>%s</system-out></testcase>' % (status, inner, output)


def totals(tmp_path, *cases):
    path = tmp_path / "r.xml"
    path.write_text("<testsuite>%s</testsuite>" % "".join(cases))
    t = run_tests.read_report(str(path))
    return t.passed, t.failed, t.skipped


@pytest.mark.parametrize("case,want", [
    (ctest_case(PASS), (3, 0, 0)),
    (ctest_case(SKIP), (2, 0, 1)),
    (ctest_case("7 inputs replayed\n"), (1, 0, 0)),
    (ctest_case(FAIL, "fail", '<failure message=""/>'), (1, 2, 0)),
    (ctest_case("", "fail", '<failure message=""/>'), (0, 1, 0)),  # a crash before the last words
    (ctest_case(PASS, "fail", '<failure message="leak"/>'), (3, 1, 0)),
    (ctest_case("", "notrun"), (0, 0, 1)),
    ('<testcase name="t"/>', (1, 0, 0)),
    ('<testcase name="t"><skipped/></testcase>', (0, 0, 1)),
    ('<testcase name="t"><error/></testcase>', (0, 1, 0)),
    ('<testcase name="t"><failure/><system-out>%s</system-out></testcase>' % PASS, (0, 1, 0)),
])
def test_one_case(tmp_path, case, want):
    assert totals(tmp_path, case) == want


def test_cases_add_up(tmp_path):
    assert totals(tmp_path, ctest_case(PASS), ctest_case(FAIL, "fail", "<failure/>"), '<testcase name="u"/>') == (5, 2, 0)


def test_no_report_and_an_empty_one_are_failures(tmp_path):
    with pytest.raises(run_tests.Failed):
        run_tests.read_report(str(tmp_path / "none.xml"))
    with pytest.raises(run_tests.Failed):
        totals(tmp_path)


def step(case, status):
    """A step whose runner writes the case into its report and ends with the status."""
    write = "import sys; open(sys.argv[1], 'w').write('<testsuite>' + %r + '</testsuite>'); raise SystemExit(%d)"
    return run_tests.Step("s", ["there"], ["/usr/bin/python3", "-c", write % (case, status), "REPORT"])


def run(tmp_path, monkeypatch, steps, **presets):
    """main() with these steps as the only stage, each preset as it was built: "" or what went wrong; what it returns."""
    def build_all(self):
        with self.changed:
            self.state.update({"there": "", **presets})
            self.changed.notify_all()

    monkeypatch.setattr(run_tests, "REPORTS", str(tmp_path))
    monkeypatch.setattr(run_tests, "ISOLATED", ["env"])
    monkeypatch.setattr(run_tests.Builds, "build_all", build_all)
    monkeypatch.setitem(run_tests.STAGES, "release", lambda _builds, _jobs: steps)
    monkeypatch.setattr(sys, "argv", ["run_tests.py", "release"])
    return run_tests.main()


OK, BAD = '<testcase name="t"/>', '<testcase name="t"><failure/></testcase>'


@pytest.mark.parametrize("cases,last,status", [
    ([(OK, 0)], "1 passed, 0 failed, 0 skipped\n", 0),
    ([(OK, 3)], "0 passed, 1 failed, 0 skipped\n", 1),  # a status that the report does not explain
    ([(BAD, 1)], "0 passed, 1 failed, 0 skipped\n", 1),
    ([(BAD, 0)], "0 passed, 1 failed, 0 skipped\n", 1),
    ([("<testcase", 0)], "0 passed, 1 failed, 0 skipped\n", 1),  # no XML
    ([(OK, 0)] * 5 + [(BAD, 1)] + [(OK, 0)] * 5, "10 passed, 1 failed, 0 skipped\n", 1),
    ([], "0 passed, 0 failed, 0 skipped\n", 1),  # nothing was run
])
def test_exit_status_and_last_line(tmp_path, monkeypatch, capsys, cases, last, status):
    steps = [step(*c) for c in cases]
    for i, s in enumerate(steps):
        s.name += str(i)
    assert run(tmp_path, monkeypatch, steps) == status
    assert capsys.readouterr().out.endswith(last)


def test_a_preset_that_can_not_be_built_fails_its_steps_only(tmp_path, monkeypatch, capsys):
    broken = step(OK, 0)
    broken.presets = ["broken"]
    assert run(tmp_path, monkeypatch, [broken, step(OK, 0)], broken="cmake: exit status 1") == 1
    assert "FAILED s: cmake: exit status 1\n1 passed, 1 failed, 0 skipped\n" in capsys.readouterr().out


def test_a_step_that_fails_as_nobody_foresaw_is_not_lost(tmp_path, monkeypatch, capsys):
    odd = step(OK, 0)
    odd.env = {"A": 1}  # TypeError
    assert run(tmp_path, monkeypatch, [odd, step(OK, 0)]) == 1
    assert capsys.readouterr().out.endswith("1 passed, 1 failed, 0 skipped\n")


def test_a_build_that_fails_as_nobody_foresaw_keeps_no_step_waiting(monkeypatch):
    builds = run_tests.Builds(run_tests.Children(), 1)
    builds.want("p")
    monkeypatch.setattr(builds, "build", lambda *_a, **_k: {}["odd"])
    builds.build_all()
    assert builds.ready(["p"]) and "odd" in builds.failure(["p"])


def test_a_step_without_end_is_ended(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_tests, "PATIENCE_S", 1)
    endless = run_tests.Step("s", ["there"], ["/usr/bin/sleep", "1000"])
    assert run(tmp_path, monkeypatch, [endless]) == 1
    assert capsys.readouterr().out.endswith("0 passed, 1 failed, 0 skipped\n")


def test_each_test_file_is_in_one_step_of_its_stage():
    builds = run_tests.Builds(run_tests.Children(), 1)
    for stage, folders in ((run_tests.integration_and_e2e, ("tests/e2e", "tests/integration")), (run_tests.asan, ("tests/integration",))):
        named = [arg for s in stage(builds, 1) for arg in s.cmd if arg.endswith(".py")]
        there = ["%s/%s" % (folder, f) for folder in folders for f in os.listdir(os.path.join(run_tests.ROOT, folder))]
        assert sorted(named) == sorted(f for f in there if "/test_" in f)
