// SPDX-License-Identifier: Apache-2.0
// Inside of the artifacts. Locks: the artifacts' before the store's.
#ifndef ORCHESTRATOR_STORE_ARTIFACTS_PRIV_H
#define ORCHESTRATOR_STORE_ARTIFACTS_PRIV_H

#include "orchestrator/store/artifacts.h"
#include "orchestrator/store/store_priv.h"

#define ARTIFACT_PATH 80 // "ab/cdef…"

struct artifacts {
	struct store *store;
	int dir_fd, tmp_fd;
	pthread_mutex_t lock; // guards all below, and file against row
	struct artifacts_opts opts;
	uint64_t stored, refused, swept;
	bool told_low; // the log has said that the disk is nearly full
};

// Is there a file of this hash, and of that size?
bool artifacts_has_file(const struct artifacts *a, const char *sha256, int64_t bytes);

// artifacts_recover.c: what a killed daemon, or somebody's hand, left: temporary files, files
// without a row, rows without a file.
int artifacts_recover(struct artifacts *a, struct err *err) MUST_CHECK;

#endif
