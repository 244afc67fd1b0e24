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


def runner(case, status):
    write = "open(%r, 'w').write('<testsuite>' + %r + '</testsuite>'); raise SystemExit(%d)"
    return lambda path: ["/usr/bin/python3", "-c", write % (path, case, status)]


@pytest.mark.parametrize("case,status,fails", [('<testcase name="t"/>', 0, False), ('<testcase name="t"/>', 3, True),
                                               ('<testcase name="t"><failure/></testcase>', 1, False)])
def test_exit_status_and_report_must_agree(tmp_path, monkeypatch, case, status, fails):
    monkeypatch.setattr(run_tests, "REPORTS", str(tmp_path))
    monkeypatch.setattr(run_tests, "ISOLATED", ["env"])
    run = run_tests.Run(1)
    go = lambda: run.reported("r", runner(case, status)(str(tmp_path / "r.xml")), None)
    if fails:
        with pytest.raises(run_tests.Failed):
            go()
    else:
        go()


def test_a_stage_that_can_not_be_built_fails_the_run(monkeypatch, capsys, tmp_path):
    def broken(_run):
        raise run_tests.Failed("cmake: exit status 1")

    monkeypatch.setattr(run_tests, "REPORTS", str(tmp_path))
    monkeypatch.setitem(run_tests.STAGES, "release", broken)
    monkeypatch.setattr(sys, "argv", ["run_tests.py", "release"])
    assert run_tests.main() == 1
    assert capsys.readouterr().out.endswith("0 passed, 1 failed, 0 skipped\n")


def test_nothing_run_is_a_failure(monkeypatch, tmp_path):
    monkeypatch.setattr(run_tests, "REPORTS", str(tmp_path))
    monkeypatch.setitem(run_tests.STAGES, "release", lambda _run: None)
    monkeypatch.setattr(sys, "argv", ["run_tests.py", "release"])
    assert run_tests.main() == 1
