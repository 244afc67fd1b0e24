// SPDX-License-Identifier: Apache-2.0
// The facts that have no key of their own in a document, as members of its extraction_metadata.
#include "extract/meta/metadata.h"
#include "extract/meta/structured/structured.h"

static void
set(cJSON *o, const char *key, struct sv v)
{
	json_set_sv(o, key, v.n > 0 ? v : SV_NULL);
}

static cJSON *
list_of(const struct sv *v, size_t n)
{
	cJSON *list = json_arr();

	for (size_t i = 0; i < n; i++)
		json_push(list, cJSON_CreateString(v[i].p));
	return list;
}

static cJSON *
feeds_of(const struct metadata *m)
{
	cJSON *list = json_arr();

	for (size_t i = 0; i < m->n_feeds; i++) {
		cJSON *o = json_obj();

		json_set_sv(o, "url", m->feeds[i].url);
		set(o, "title", m->feeds[i].title);
		json_set_sv(o, "type", m->feeds[i].type);
		json_push(list, o);
	}
	return list;
}

void
metadata_write(const struct page *p, const struct metadata *m, cJSON *o)
{
	json_set(o, "authors", list_of(m->authors, m->n_authors));
	set(o, "modified_iso", m->modified);
	set(o, "canonical_url", m->canonical);
	json_set(o, "images", list_of(m->images, m->n_images));
	set(o, "favicon", m->favicon);
	json_set(o, "feeds", feeds_of(m));
	json_set(o, "open_graph", opengraph_read(p));
	json_set(o, "twitter", twitter_read(p));
	json_set(o, "dublin_core", dublin_core_read(p));
}
