// SPDX-License-Identifier: Apache-2.0
// The table of jobs: by id, by age, and the finished ones in the order in which they are forgotten.
// All under js->lock.
#include "orchestrator/job/jobs_priv.h"

#include <assert.h>

// Ids are random hexadecimal digits.
static size_t
bucket_of(const char *id)
{
	size_t h = 0;

	for (int i = 0; i < 8 && id[i]; i++)
		h = h * 31 + (unsigned char)id[i];
	return h % JOBS_BUCKETS;
}

void
table_add(struct jobs *js, struct job_record *r)
{
	struct job_record **b = &js->buckets[bucket_of(r->id)];

	job_record_ref(r);
	r->in_bucket = *b;
	*b = r;
	r->older = js->newest;
	if (r->older)
		r->older->newer = r;
	else
		js->oldest = r;
	js->newest = r;
}

struct job_record *
table_find(struct jobs *js, const char *id)
{
	struct job_record *r = js->buckets[bucket_of(id)];

	while (r && strcmp(r->id, id) != 0)
		r = r->in_bucket;
	return r;
}

static void
remove_record(struct jobs *js, struct job_record *r)
{
	struct job_record **at = &js->buckets[bucket_of(r->id)];

	while (*at != r)
		at = &(*at)->in_bucket;
	*at = r->in_bucket;
	*(r->newer ? &r->newer->older : &js->newest) = r->older;
	*(r->older ? &r->older->newer : &js->oldest) = r->newer;
	r->in_bucket = r->newer = r->older = NULL;
}

void
table_finished(struct jobs *js, struct job_record *r)
{
	r->next_finished = NULL;
	*js->finished_end = r;
	js->finished_end = &r->next_finished;
	js->finished_bytes += r->bytes;
}

// It may have been forgotten already: then it counts no more.
void
table_resize(struct jobs *js, struct job_record *r, size_t bytes)
{
	if (table_find(js, r->id) == r)
		js->finished_bytes += bytes - r->bytes;
	r->bytes = bytes;
}

static bool
expired(const struct jobs *js, const struct job_record *r, int64_t now_us)
{
	return js->finished_bytes > js->opts.keep_finished_bytes ||
	       now_us - r->finished_us > js->opts.keep_finished_ms * 1000;
}

struct job_record *
table_sweep(struct jobs *js, int64_t now_us)
{
	struct job_record *gone = NULL, *r;

	while ((r = js->finished) && expired(js, r, now_us)) {
		js->finished = r->next_finished;
		if (!js->finished)
			js->finished_end = &js->finished;
		js->finished_bytes -= r->bytes;
		remove_record(js, r);
		r->next = gone;
		gone = r;
	}
	return gone;
}

struct job_record *
table_take_all(struct jobs *js)
{
	struct job_record *gone = NULL, *r;

	js->finished = NULL;
	js->finished_end = &js->finished;
	while ((r = js->newest)) {
		remove_record(js, r);
		r->next = gone;
		gone = r;
	}
	return gone;
}

void
table_free_list(struct job_record *list)
{
	for (struct job_record *r = list, *next; r; r = next) {
		next = r->next;
		job_record_unref(r);
	}
}

// --- asked from outside ---

struct job_record *
jobs_find(struct jobs *js, const char *key, const char *id)
{
	struct job_record *r;

	pthread_mutex_lock(&js->lock);
	r = table_find(js, id);
	if (r && key && strcmp(r->key, key) != 0)
		r = NULL;
	if (r)
		job_record_ref(r);
	pthread_mutex_unlock(&js->lock);
	return r;
}

static bool
listed(const struct job_record *r, const char *key, int state)
{
	return (state < 0 || (int)r->state == state) && (!key || strcmp(r->key, key) == 0);
}

// References first, so that nothing is printed under the lock.
cJSON *
jobs_list(struct jobs *js, const char *key, int state, size_t limit)
{
	struct job_record **found = xcalloc(MAX(limit, (size_t)1), sizeof(struct job_record *));
	cJSON *list = json_arr();
	size_t n = 0;

	pthread_mutex_lock(&js->lock);
	for (struct job_record *r = js->newest; r && n < limit; r = r->older)
		if (listed(r, key, state))
			found[n++] = job_record_ref(r);
	pthread_mutex_unlock(&js->lock);
	for (size_t i = 0; i < n; i++) {
		json_push(list, job_record_summary(found[i]));
		job_record_unref(found[i]);
	}
	free(found);
	return list;
}
