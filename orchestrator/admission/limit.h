// SPDX-License-Identifier: Apache-2.0
// How many jobs work at a time: between 1 and the pool's pages, by what the machine shows of its
// own load, not by how slow pages are (ADR 5). Pure: the caller gives samples and the time.
#ifndef ORCHESTRATOR_ADMISSION_LIMIT_H
#define ORCHESTRATOR_ADMISSION_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMIT_SAMPLES 64 // the latest of a window are looked at

struct limit {
	size_t max;
	bool adaptive;
	double value;
	double floor;    // a crowd does not bring it lower: processors must be kept at work
	bool slow_start; // no crowd was seen yet: the limit grows fast
	double best_ms;  // local work of a job when there was no crowd; 0: not known
	// of the window that is open
	int64_t begun_us;
	double samples[LIMIT_SAMPLES];
	size_t n;
	unsigned ended, local_errors;
	bool filled; // every place was taken at some time, and more was wanted
};

// Begins with `first` (the processors), so that the best is learned before there is a crowd.
void limit_init(struct limit *l, size_t first, size_t max, bool adaptive, int64_t now_us);
void limit_set_adaptive(struct limit *l, bool adaptive);
size_t limit_value(const struct limit *l);
// A job ended: the milliseconds it spent in what this machine does (opening the page, capturing,
// extracting), negative: none of it; and whether it failed by this machine's doing.
void limit_sample(struct limit *l, double local_ms, bool local_error);
// All places were taken and a job waited.
void limit_filled(struct limit *l);
// Now and then: judges a window once it is long enough. `cpu_busy` is the share of the processors'
// time that was used since the last call (0 to 1); negative: not known. True: the limit changed.
bool limit_tick(struct limit *l, int64_t now_us, double cpu_busy);

#endif
