// SPDX-License-Identifier: Apache-2.0
// Artifacts on disk: content-addressed by SHA-256, found by an opaque id of 128 random bits within
// the key that made them; TTL, per-key quota, low-disk stop, sweep at start. Thread-safe; not in
// the loop thread.
#ifndef ORCHESTRATOR_STORE_ARTIFACTS_H
#define ORCHESTRATOR_STORE_ARTIFACTS_H

#include "orchestrator/store/store.h"

struct artifacts;
struct artifacts_opts {
	int64_t ttl_ms;
	int64_t quota_bytes;    // per key, unless its limits say `artifact_bytes`; 0: none
	int64_t min_free_bytes; // of the file system: below it nothing is stored
};
int artifacts_open(struct store *s, const struct artifacts_opts *o, struct artifacts **out,
    struct err *err) MUST_CHECK; // sweeps files without a row and rows without a file
void artifacts_close(struct artifacts *a);
void artifacts_configure(struct artifacts *a, const struct artifacts_opts *o); // new settings

struct artifact {
	char id[33], key[33], job_id[33], sha256[65];
	char kind[32], name[128], content_type[96];
	int64_t bytes, created_ms, expires_ms;
	uint32_t width, height;
};
// Stores the bytes (written beside, fsynced, renamed; equal content once) and fills id, sha256,
// bytes, created, expires of *inout; the other members are the caller's. ERR_STORAGE_FULL (disk or
// low-disk stop), ERR_QUOTA.
int artifacts_put(
    struct artifacts *a, struct artifact *inout, struct sv bytes, struct err *err) MUST_CHECK;
// The row and an open file (the caller's); `key` NULL: anybody's (scope admin). ERR_NOT_FOUND also
// for another key's and expired ones.
int artifacts_get(struct artifacts *a, const char *key, const char *id, struct artifact *out,
    int *fd, struct err *err) MUST_CHECK;
int artifacts_delete(
    struct artifacts *a, const char *key, const char *id, struct err *err) MUST_CHECK;
size_t artifacts_sweep(struct artifacts *a); // removes what expired; how many. Tells the log
					     // when room on the disk ends or comes back.
struct artifacts_stats {
	uint64_t count, bytes, stored, refused, swept;
	int64_t disk_free_bytes;
	bool low_disk;
};
void artifacts_stats(struct artifacts *a, struct artifacts_stats *out);

#endif
