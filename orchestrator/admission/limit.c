// SPDX-License-Identifier: Apache-2.0
// The adaptive limit. Congestion is told by two witnesses that must agree: the local phases of jobs
// take much longer than at best, and the processors are busy. Then the limit goes down by the
// ratio; it goes up by one when all places were taken and nobody complained. Errors of this machine
// (browsers that die, an extractor that starves) bring it down without a second witness.
#include "orchestrator/admission/limit.h"

#include "base/util.h"

#include <math.h>
#include <string.h>

#define WINDOW_US      1000000
#define WINDOW_JOBS    8        // a window with fewer is prolonged …
#define WINDOW_MOST_US 10000000 // … but not longer than this
#define TOLERANCE      3.0      // times the best local time that are no sign of a crowd
#define BUSY           0.90
#define ERROR_SHARE    0.25 // of the jobs of a window
#define ERROR_JOBS     3    // and at least so many
#define DOWN_ERRORS    0.7
#define DOWN_MOST      0.6
#define DRIFT          1.05 // a window: what was best once may not be possible any more

void
limit_init(struct limit *l, size_t first, size_t max, bool adaptive, int64_t now_us)
{
	*l = (struct limit){.max = MAX(max, (size_t)1),
	    .floor = (double)first,
	    .adaptive = adaptive,
	    .slow_start = true,
	    .begun_us = now_us};
	l->value = (double)(adaptive ? MIN(MAX(first, (size_t)1), l->max) : l->max);
}

void
limit_set_adaptive(struct limit *l, bool adaptive)
{
	l->adaptive = adaptive;
	if (!adaptive)
		l->value = (double)l->max;
}

size_t
limit_value(const struct limit *l)
{
	return (size_t)l->value;
}

void
limit_sample(struct limit *l, double local_ms, bool local_error)
{
	l->ended++;
	l->local_errors += local_error;
	if (local_ms >= 0)
		l->samples[l->n++ % LIMIT_SAMPLES] = local_ms;
}

void
limit_filled(struct limit *l)
{
	l->filled = true;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(struct limit *l)
{
	size_t n = MIN(l->n, (size_t)LIMIT_SAMPLES);

	if (n == 0)
		return 0;
	qsort(l->samples, n, sizeof(l->samples[0]), by_size);
	return l->samples[n / 2];
}

// The best follows downwards at once; upwards slowly, and only while there are processors to spare:
// then it is the pages that changed. Were it to follow a crowd, the limit would drift up with it.
static void
learn_best(struct limit *l, double now_ms, double cpu_busy)
{
	double up = cpu_busy < BUSY ? l->best_ms * DRIFT : l->best_ms;

	if (now_ms > 0)
		l->best_ms = l->best_ms > 0 ? fmin(up, now_ms) : now_ms;
}

static double
judge(struct limit *l, double cpu_busy)
{
	double now_ms = median(l), v = l->value;
	bool crowded, failing;

	learn_best(l, now_ms, cpu_busy);
	crowded = now_ms > TOLERANCE * l->best_ms && cpu_busy >= BUSY;
	failing = l->local_errors >= ERROR_JOBS && l->local_errors >= ERROR_SHARE * l->ended;
	if (failing)
		v *= DOWN_ERRORS;
	else if (crowded)
		v = fmax(v * fmax(TOLERANCE * l->best_ms / now_ms, DOWN_MOST), fmin(v, l->floor));
	else if (l->filled)
		v += l->slow_start ? v / 2 : 1;
	l->slow_start = l->slow_start && !failing && !crowded;
	return fmin(fmax(v, 1), (double)l->max);
}

bool
limit_tick(struct limit *l, int64_t now_us, double cpu_busy)
{
	int64_t age_us = now_us - l->begun_us;
	size_t before = limit_value(l);

	if (age_us < WINDOW_US || (l->ended < WINDOW_JOBS && age_us < WINDOW_MOST_US))
		return false;
	if (l->adaptive && l->ended > 0)
		l->value = judge(l, cpu_busy);
	l->begun_us = now_us;
	l->n = 0;
	l->ended = l->local_errors = 0;
	l->filled = false;
	return limit_value(l) != before;
}
