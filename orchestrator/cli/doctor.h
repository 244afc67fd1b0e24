// SPDX-License-Identifier: Apache-2.0
// The checks of `riptide doctor`, one row each.
#ifndef ORCHESTRATOR_CLI_DOCTOR_H
#define ORCHESTRATOR_CLI_DOCTOR_H

#include "base/buf.h"

enum doctor_verdict {
	DOCTOR_OK,
	DOCTOR_WARN,
	DOCTOR_BAD
}; // a warning does not change the exit code

struct doctor_finding {
	enum doctor_verdict verdict;
	struct buf text;   // what was found
	struct buf advice; // what to do about it; empty when all is well
};
struct doctor_check {
	const char *name;
	void (*look)(struct doctor_finding *f);
	const char *doc;
};
extern const struct doctor_check doctor_checks[];
extern const size_t doctor_n_checks;

// doctor_programs.c: those that start something
void doctor_browser(struct doctor_finding *f);
void doctor_sandbox(struct doctor_finding *f);
void doctor_egress(struct doctor_finding *f);
void doctor_extractor(struct doctor_finding *f);

#endif
