// SPDX-License-Identifier: Apache-2.0
// The table of addresses that crash browsers: small, the entry seen longest ago gives way.
#include "orchestrator/admission/jobs_poison.h"

#include "base/util.h"

#include <string.h>

static struct poison_entry *
find(const struct poison *p, const char *key, const char *url)
{
	for (size_t i = 0; i < POISON_ENTRIES; i++) {
		const struct poison_entry *e = &p->entries[i];

		if (e->url && strcmp(e->url, url) == 0 && strcmp(e->key, key) == 0)
			return (struct poison_entry *)(uintptr_t)e;
	}
	return NULL;
}

static void
clear(struct poison_entry *e)
{
	free(e->key);
	free(e->url);
	*e = (struct poison_entry){0};
}

static struct poison_entry *
add(struct poison *p, const char *key, const char *url)
{
	struct poison_entry *e = &p->entries[0];

	for (size_t i = 1; i < POISON_ENTRIES && e->url; i++)
		if (!p->entries[i].url || p->entries[i].seen_us < e->seen_us)
			e = &p->entries[i];
	clear(e);
	e->key = xstrdup(key);
	e->url = xstrdup(url);
	return e;
}

int64_t
poison_left_ms(const struct poison *p, const char *key, const char *url, int64_t now_us)
{
	const struct poison_entry *e = find(p, key, url);

	return e && e->until_us > now_us ? (e->until_us - now_us + 999) / 1000 : 0;
}

bool
poison_known(const struct poison *p, const char *key, const char *url)
{
	return find(p, key, url) != NULL;
}

bool
poison_note(struct poison *p, const char *key, const char *url, bool crashed, int64_t now_us)
{
	struct poison_entry *e = find(p, key, url);
	int64_t ms = POISON_FIRST_MS;

	if (!crashed) {
		if (e)
			clear(e);
		return false;
	}
	if (!e)
		e = add(p, key, url);
	e->seen_us = now_us;
	if (e->until_us > now_us) // a job that was admitted before: it says nothing new
		return false;
	e->crashes++;
	if (e->crashes < POISON_CRASHES)
		return false;
	for (unsigned i = POISON_CRASHES; i < e->crashes && ms < POISON_MOST_MS; i++)
		ms *= 2;
	e->until_us = now_us + ms * 1000;
	return true;
}

void
poison_done(struct poison *p)
{
	for (size_t i = 0; i < POISON_ENTRIES; i++)
		clear(&p->entries[i]);
}
