// SPDX-License-Identifier: Apache-2.0
// The cells of the metrics and their exposition. Any thread, no lock: a cell is made once, by the
// first who names its label, and lives as long as the process.
#include "base/hash.h"
#include "base/metrics.h"

#include "version.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };
static const char *const kind_names[] = {"counter", "gauge", "histogram"};

static const struct row {
	enum kind kind;
	const char *name, *label, *help;
} rows[METRIC_COUNT] = {
#define X(sym, kind, name, label, help) {kind, name, label, help},
    METRICS_TABLE(X)
#undef X
};

// Milliseconds; a render takes tenths of a second, an action or a refusal a few milliseconds.
static const double bounds[] = {
    1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000};
#define N_BUCKETS (ARRAY_LEN(bounds) + 1)

struct cell {
	char label[METRIC_MAX_LABEL_BYTES + 1];
	_Atomic double value;       // of a histogram: the sum, in ms
	_Atomic uint64_t buckets[]; // of histograms: N_BUCKETS, each without the ones below
};

#define SLOTS 512 // twice METRIC_MAX_LABELS, so that probing stays short
static struct {
	_Atomic(struct cell *) slots[SLOTS];
	_Atomic(struct cell *) other;
	atomic_uint n;
} cells[METRIC_COUNT];
static atomic_bool on;

// --- cells ---

static struct cell *
new_cell(enum metric m, struct sv label)
{
	size_t n = rows[m].kind == HISTOGRAM ? N_BUCKETS : 0;
	struct cell *c = xcalloc(1, sizeof(*c) + n * sizeof(c->buckets[0]));

	memcpy(c->label, label.p, label.n);
	return c;
}

// Puts `c` where nothing is yet; what is there then.
static struct cell *
install(_Atomic(struct cell *) *slot, struct cell *c)
{
	struct cell *there = NULL;

	if (atomic_compare_exchange_strong(slot, &there, c))
		return c;
	free(c);
	return there;
}

static const char *
other_label(enum metric m)
{
	return rows[m].label && strchr(rows[m].label, ' ') ? "other other" : "other";
}

static struct cell *
other(enum metric m)
{
	struct cell *c = atomic_load(&cells[m].other);

	return c ? c : install(&cells[m].other, new_cell(m, sv_from(other_label(m))));
}

// The label's own cell, made when it is new; NULL: the metric is full.
static struct cell *
find(enum metric m, struct sv label)
{
	if (sv_eq_str(label, other_label(m))) // one series, whoever says so
		return other(m);
	for (unsigned at = hash32(label), i = 0; i < SLOTS; i++, at++) {
		_Atomic(struct cell *) *slot = &cells[m].slots[at % SLOTS];
		struct cell *c = atomic_load(slot);

		if (!c) {
			if (atomic_fetch_add(&cells[m].n, 1) >= METRIC_MAX_LABELS) {
				atomic_fetch_sub(&cells[m].n, 1);
				return NULL;
			}
			c = install(slot, new_cell(m, label));
		}
		if (sv_eq_str(label, c->label))
			return c;
	}
	return NULL;
}

// A label from outside must not cut a character in two: the exposition is UTF-8.
static struct sv
label_of(enum metric m, const char *label)
{
	struct sv v = sv_from(label ? label : "");

	assert(!label == !rows[m].label);
	return sv_cut(v, METRIC_MAX_LABEL_BYTES);
}

static struct cell *
cell_of(enum metric m, const char *label)
{
	struct cell *c = find(m, label_of(m, label));

	return c ? c : other(m);
}

// --- updates ---

static void
add(_Atomic double *slot, double by)
{
	double old = atomic_load_explicit(slot, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(
	    slot, &old, old + by, memory_order_relaxed, memory_order_relaxed))
		;
}

void
metric_add(enum metric m, const char *label, double by)
{
	assert(rows[m].kind != HISTOGRAM);
	if (!atomic_load_explicit(&on, memory_order_acquire) || !isfinite(by) ||
	    (by < 0 && rows[m].kind == COUNTER))
		return;
	add(&cell_of(m, label)->value, by);
}

void
metric_set(enum metric m, const char *label, double v)
{
	assert(rows[m].kind != HISTOGRAM);
	if (!atomic_load_explicit(&on, memory_order_acquire) || !isfinite(v))
		return;
	atomic_store_explicit(&cell_of(m, label)->value, v, memory_order_relaxed);
}

void
metric_observe_ms(enum metric m, const char *label, double ms)
{
	struct cell *c;
	size_t i = 0;

	assert(rows[m].kind == HISTOGRAM);
	if (!atomic_load_explicit(&on, memory_order_acquire) || !isfinite(ms))
		return;
	ms = MAX(ms, 0.0);
	while (i < ARRAY_LEN(bounds) && ms > bounds[i])
		i++;
	c = cell_of(m, label);
	atomic_fetch_add_explicit(&c->buckets[i], 1, memory_order_relaxed);
	add(&c->value, ms);
}

void
metrics_init(void)
{
	if (atomic_exchange(&on, true))
		return;
	for (int m = 0; m < METRIC_COUNT; m++) // what has no label stands at 0 from the start
		if (!rows[m].label)
			(void)cell_of(m, NULL);
	metric_set(METRIC_BUILD, RIPTIDE_VERSION, 1);
}

// --- exposition ---

// The shortest text that gives the same number.
static void
add_number(struct buf *out, double v)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (digits == 17 || strtod(text, NULL) == v)
			break;
	}
	buf_str(out, text);
}

static void
add_label(struct buf *out, struct sv name, struct sv value)
{
	buf_fmt(out, SV_FMT "=\"", SV_ARG(name));
	for (size_t i = 0, len; i < value.n; i += MAX(len, (size_t)1)) {
		char c = value.p[i];

		len = utf8_seq(value.p + i, value.n - i);
		if (len == 0)
			utf8_add(out, 0xfffd);
		else if (c == '\n')
			buf_str(out, "\\n");
		else if (c == '"' || c == '\\')
			buf_fmt(out, "\\%c", c);
		else
			buf_add(out, value.p + i, len);
	}
	buf_ch(out, '"');
}

// The labels of a sample, in braces; `le` NULL: no histogram's bucket.
static void
add_labels(struct buf *out, const struct row *row, const struct cell *c, const char *le)
{
	struct sv names = sv_from(row->label), values = sv_from(c->label);
	const char *space = row->label ? strchr(row->label, ' ') : NULL;
	const char *cut = space ? strrchr(c->label, ' ') : NULL;

	if (!row->label && !le)
		return;
	buf_ch(out, '{');
	if (space) {
		struct sv rest = cut ? sv_from(cut + 1) : SV("");

		if (cut)
			values.n = (size_t)(cut - c->label);
		add_label(out, (struct sv){names.p, (size_t)(space - names.p)}, values);
		buf_ch(out, ',');
		names = sv_from(space + 1);
		values = rest;
	}
	if (row->label)
		add_label(out, names, values);
	if (le)
		buf_fmt(out, "%sle=\"%s\"", row->label ? "," : "", le);
	buf_ch(out, '}');
}

static void
add_sample(struct buf *out, const struct row *row, const struct cell *c, const char *suffix,
    const char *le, double v)
{
	buf_fmt(out, "riptide_%s%s", row->name, suffix);
	add_labels(out, row, c, le);
	buf_ch(out, ' ');
	add_number(out, v);
	buf_ch(out, '\n');
}

// The count is the sum of the buckets read, so that the sample agrees with itself whatever is
// observed meanwhile.
static void
add_histogram(struct buf *out, const struct row *row, struct cell *c)
{
	uint64_t n = 0;
	char le[24];

	for (size_t i = 0; i < N_BUCKETS; i++) {
		n += atomic_load_explicit(&c->buckets[i], memory_order_relaxed);
		if (i < ARRAY_LEN(bounds))
			snprintf(le, sizeof(le), "%g", bounds[i] / 1000);
		else
			snprintf(le, sizeof(le), "+Inf");
		add_sample(out, row, c, "_bucket", le, (double)n);
	}
	add_sample(out, row, c, "_sum", NULL,
	    atomic_load_explicit(&c->value, memory_order_relaxed) / 1000);
	add_sample(out, row, c, "_count", NULL, (double)n);
}

static void
add_cell(struct buf *out, const struct row *row, struct cell *c, bool *begun)
{
	if (!c)
		return;
	if (!*begun)
		buf_fmt(out, "# HELP riptide_%s %s\n# TYPE riptide_%s %s\n", row->name, row->help,
		    row->name, kind_names[row->kind]);
	*begun = true;
	if (row->kind == HISTOGRAM)
		add_histogram(out, row, c);
	else
		add_sample(
		    out, row, c, "", NULL, atomic_load_explicit(&c->value, memory_order_relaxed));
}

// A metric that nothing was counted of yet is left out, as Prometheus' own clients do.
static void
add_metric(struct buf *out, enum metric m)
{
	bool begun = false;

	for (size_t i = 0; i < SLOTS; i++)
		add_cell(out, &rows[m], atomic_load(&cells[m].slots[i]), &begun);
	add_cell(out, &rows[m], atomic_load(&cells[m].other), &begun);
}

void
metrics_print(struct buf *out)
{
	if (!atomic_load(&on))
		return;
	for (int m = 0; m < METRIC_COUNT; m++)
		add_metric(out, m);
	metrics_print_process(out);
}

void
metrics_markdown(struct buf *out)
{
	buf_str(out, "| metric | type | labels | meaning |\n|---|---|---|---|\n");
	for (int m = 0; m < METRIC_COUNT; m++) {
		const char *label = rows[m].label;
		const char *space = label ? strchr(label, ' ') : NULL;

		buf_fmt(out, "| `riptide_%s` | %s | ", rows[m].name, kind_names[rows[m].kind]);
		if (space)
			buf_fmt(out, "`%.*s`, `%s`", (int)(space - label), label, space + 1);
		else if (label)
			buf_fmt(out, "`%s`", label);
		buf_fmt(out, " | %s |\n", rows[m].help);
	}
	buf_str(out, "\nHistograms have the upper bounds (s)");
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++)
		buf_fmt(out, "%s %g", i ? "," : "", bounds[i] / 1000);
	buf_str(out,
	    ".\nThe usual `process_cpu_seconds_total`, `process_resident_memory_bytes`, "
	    "`process_virtual_memory_bytes`, `process_open_fds`, `process_max_fds`, "
	    "`process_threads` and `process_start_time_seconds` are of the daemon itself, without "
	    "the browsers.\n");
}
