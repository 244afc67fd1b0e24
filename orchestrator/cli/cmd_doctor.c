// SPDX-License-Identifier: Apache-2.0
// `riptide doctor`: looks at everything that a render needs and says what is missing. Exit 0, or 7
// when something is. Main thread.
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/doctor.h"

static const char *const verdicts[] = {"ok", "warn", "BAD"};

static void
print_row(const struct doctor_check *c, const struct doctor_finding *f, struct buf *out)
{
	buf_fmt(
	    out, "%-4s  %-17s  %s\n", verdicts[f->verdict], c->name, f->text.n ? f->text.p : "");
	if (f->advice.n)
		buf_fmt(out, "%-25s-> %s\n", "", f->advice.p);
}

static cJSON *
row_json(const struct doctor_check *c, const struct doctor_finding *f)
{
	cJSON *row = json_obj();

	json_set_str(row, "name", c->name);
	json_set_bool(row, "ok", f->verdict != DOCTOR_BAD);
	json_set_bool(row, "warning", f->verdict == DOCTOR_WARN);
	json_set_sv(row, "found", buf_view(&f->text));
	if (f->advice.n)
		json_set_sv(row, "advice", buf_view(&f->advice));
	json_set_str(row, "about", c->doc);
	return row;
}

// All rows into `text` and `rows`; true when nothing is bad.
static bool
examine(struct buf *text, cJSON *rows)
{
	bool well = true;

	for (size_t i = 0; i < doctor_n_checks; i++) {
		struct doctor_finding f = {.verdict = DOCTOR_OK};

		doctor_checks[i].look(&f);
		print_row(&doctor_checks[i], &f, text);
		json_push(rows, row_json(&doctor_checks[i], &f));
		well &= f.verdict != DOCTOR_BAD;
		buf_done(&f.text);
		buf_done(&f.advice);
	}
	return well;
}

int
cmd_doctor(int argc, char **argv)
{
	static const struct opt rows[] = {{.name = "json", .type = OPT_FLAG, .doc = "as JSON"}};
	const struct opts_spec spec = {
	    .usage = "riptide doctor [--json]",
	    .doc = "Check that everything Riptide needs is here and works.",
	    .rows = rows,
	    .n_rows = ARRAY_LEN(rows),
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	cleanup_buf text = BUF_INIT;
	int as_json = 0, rc;
	cJSON *report, *list;
	size_t n;
	bool well;

	rc = cli_parse(&spec, argc, argv, &as_json, args, &n);
	if (rc >= 0)
		return rc;
	report = json_obj();
	list = json_arr();
	well = examine(&text, list);
	json_set_bool(report, "ok", well);
	json_set(report, "checks", list);
	rc = as_json ? cli_print_json(report) : cli_print(buf_view(&text));
	cJSON_Delete(report);
	return rc != EXIT_COMPLETE || well ? rc : EXIT_SANDBOX;
}
