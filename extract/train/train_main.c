// SPDX-License-Identifier: Apache-2.0
// For training: runs the extractor over pages whose content is known and writes what the classifier
// saw of them and what came out. One process, one thread; not part of the product.
// usage: content_train HTMLDIR LIST OUT [MODELS [THIRD]]
// LIST has a line "ID FOLD URL" per page ("-": no URL). MODELS-FOLD.bin is the model for pages of a
// fold; without, the built-in one; the same of THIRD-FOLD.bin, for pages with ID.facts beside
// ID.html. Writes OUT.rows, OUT.pages and OUT.third (bytes), OUT.blocks (text), OUT.index and
// OUT/ID.txt.
#include "extract/content/content.h"
#include "extract/content/model/model.h"
#include "extract/content/model/third.h"
#include "extract/facts.h"
#include "extract/html/charset.h"

#include <stdio.h>
#include <time.h>

#define FOLDS_MAX 16

// --- models from files ---

static const void *
take(const struct buf *b, size_t *at, size_t n)
{
	const char *p = b->p + *at;

	if (*at + n > b->n) {
		fprintf(stderr, "a model file is too short\n");
		exit(1);
	}
	*at += n;
	return p;
}

static struct forest
take_forest(const struct buf *b, size_t *at)
{
	uint32_t head[3]; // trees, nodes, bytes used
	struct forest f;

	memcpy(head, take(b, at, sizeof(head)), sizeof(head));
	f.n_trees = head[0];
	f.n_used = head[2];
	f.used = take(b, at, f.n_used * sizeof(*f.used));
	f.nodes = take(b, at, head[1] * sizeof(*f.nodes));
	f.leaves = take(b, at, (size_t)head[0] * FOREST_LEAVES * sizeof(*f.leaves));
	f.sizes = take(b, at, (head[0] + 1) / 2 * 2); // even, so that all stays aligned
	return f;
}

static void
read_fold(struct buf *b, const char *prefix, unsigned fold)
{
	static const struct buf fresh = BUF_INIT;
	cleanup_free char *path = xasprintf("%s-%u.bin", prefix, fold);
	struct err err = ERR_INIT;

	*b = fresh;
	if (buf_read_file(b, path, &err) != 0) {
		fprintf(stderr, "%s: %s\n", path, err.message);
		exit(1);
	}
}

static const struct forest *
third_of(const char *prefix, unsigned fold)
{
	static struct forest forests[FOLDS_MAX];
	static struct buf files[FOLDS_MAX];
	struct forest *f = &forests[fold % FOLDS_MAX];
	size_t at = 0;

	if (!f->nodes) {
		read_fold(&files[fold % FOLDS_MAX], prefix, fold);
		*f = take_forest(&files[fold % FOLDS_MAX], &at);
	}
	return f;
}

static const struct model *
model_of(const char *prefix, unsigned fold)
{
	static struct model models[FOLDS_MAX];
	static struct buf files[FOLDS_MAX];
	struct model *m = &models[fold % FOLDS_MAX];
	struct buf *b = &files[fold % FOLDS_MAX];
	size_t at = 0;

	if (m->first.nodes)
		return m;
	read_fold(b, prefix, fold);
	for (unsigned k = 0; k < MODEL_TYPES; k++)
		m->types[k] = take_forest(b, &at);
	m->first = take_forest(b, &at);
	m->second = take_forest(b, &at);
	memcpy(m->worth, take(b, &at, sizeof(m->worth)), sizeof(m->worth));
	return m;
}

// --- what is written ---

struct output {
	FILE *rows, *pages, *blocks, *index, *third;
	const char *folder;
};

static FILE *
open_file(const char *prefix, const char *suffix)
{
	cleanup_free char *path = xasprintf("%s%s", prefix, suffix);
	FILE *f = fopen(path, "w");

	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

// A line per block.
static void
write_block(const struct tree *t, const struct block *k, FILE *f)
{
	for (node_id i = k->first; i <= k->last; i++) {
		struct sv v = t->nodes[i].kind == NODE_TEXT ? tree_text(t, i) : SV(" ");

		if (t->nodes[i].kind == NODE_ELEMENT && !tree_is(t, i, TAG_br))
			continue;
		for (size_t c = 0; c < v.n; c++)
			fputc(v.p[c] == '\n' || v.p[c] == '\r' ? ' ' : v.p[c], f);
	}
	fputc('\n', f);
}

static void
write_page(const struct output *o, const char *id, const struct tree *t, const struct content *c,
    const struct content_probe *p)
{
	const struct blocks *b = &p->blocks;
	cleanup_buf text = BUF_INIT;
	cleanup_free char *name = xasprintf("/%s.txt", id);
	FILE *f = open_file(o->folder, name);

	text_write(t, c, &text);
	if (text.n > 0)
		fwrite(text.p, 1, text.n, f);
	fclose(f);
	fprintf(o->index, "%s %u %s %.4f %.4f %.4f %.4f %.4f %.4f %.4f %u %u", id, b->n, c->method,
	    c->quality, c->expected, c->confidence, c->agreement, c->text_share, c->link_density,
	    c->paragraph_share, c->words, c->blocks);
	for (unsigned k = 0; k < PAGE_TYPE_COUNT; k++)
		fprintf(o->index, " %.3f", c->types[k]);
	fputc('\n', o->index);
	fwrite(p->page, 1, PAGE_COUNT, o->pages);
	for (uint32_t i = 0; i < b->n; i++) {
		static const uint8_t none[THIRD_COUNT];

		fwrite(
		    p->third ? p->third + (size_t)i * THIRD_COUNT : none, 1, THIRD_COUNT, o->third);
		fwrite(p->rows + (size_t)i * SECOND_COUNT, 1, SECOND_COUNT, o->rows);
		fputc(p->first[i], o->rows);
		fputc(p->second[i], o->rows);
		fputc(p->kept[i], o->rows);
		write_block(t, &b->list[i], o->blocks);
	}
}

static const struct boxes *
boxes_of(const char *dir, const char *id, struct tree *t)
{
	cleanup_free char *path = xasprintf("%s/%s.facts", dir, id);
	cleanup_buf text = BUF_INIT;
	const struct boxes *boxes;
	cJSON *facts;

	if (buf_read_file(&text, path, NULL) != 0)
		return NULL;
	facts = cJSON_ParseWithLength(text.p, text.n);
	boxes = facts_apply(facts, t);
	cJSON_Delete(facts);
	if (!boxes)
		fprintf(stderr, "%s: no facts\n", id);
	return boxes;
}

struct models {
	const char *both, *third; // prefixes of files; NULL: those built in
};

static void
one_page(const char *dir, const char *id, unsigned fold, const char *url,
    const struct models *models, const struct output *o)
{
	cleanup_free char *in = xasprintf("%s/%s.html", dir, id);
	cleanup_buf html = BUF_INIT, utf8 = BUF_INIT;
	struct content_probe probe = {0};
	struct content_hints h = {.url = strcmp(url, "-") == 0 ? SV_NULL : sv_from(url),
	    .model = models->both ? model_of(models->both, fold) : NULL,
	    .third = models->third ? third_of(models->third, fold) : NULL,
	    .probe = &probe};
	struct content c = {0};
	struct arena a;
	struct tree t;
	struct err err = ERR_INIT;
	const char *charset;

	arena_init(&a, 0);
	if (buf_read_file(&html, in, &err) != 0 ||
	    charset_to_utf8(buf_view(&html), NULL, &utf8, &charset, &err) != 0 ||
	    tree_init(&t, &a, &err) != 0 ||
	    html_parse(&t, buf_view(&utf8), &tree_limits_default, &err) != 0 ||
	    !(h.boxes = boxes_of(dir, id, &t), true) || content_find(&t, &a, &h, &c, &err) != 0) {
		fprintf(stderr, "%s: %s\n", id, err.message);
		exit(1);
	}
	write_page(o, id, &t, &c, &probe);
	arena_done(&a);
}

static void
print_names(FILE *f)
{
#define X(name, bytes)                                                                             \
	for (unsigned i = 0; i < (bytes); i++)                                                     \
		fprintf(f, "%s%u ", #name, i);
	BLOCK_SIGNALS(X)
	fputc('\n', f);
	PAGE_SIGNALS(X)
	fputc('\n', f);
	SECOND_SIGNALS(X)
	fputc('\n', f);
	THIRD_SIGNALS(X)
#undef X
	fprintf(f, "\n%d %d %d %d\n", BLOCK_OWN, PAGE_SHARED, SECOND_OWN, PAGE_COUNT);
}

int
main(int argc, char **argv)
{
	char line[4096], id[64], url[3000];
	unsigned fold;
	struct output o;
	struct models models = {argc > 4 ? argv[4] : NULL, argc > 5 ? argv[5] : NULL};
	FILE *list = argc >= 4 ? fopen(argv[2], "r") : NULL;

	if (!list) {
		fprintf(stderr, "usage: content_train HTMLDIR LIST OUT [MODELS [THIRD]]\n");
		return 2;
	}
	o = (struct output){open_file(argv[3], ".rows"), open_file(argv[3], ".pages"),
	    open_file(argv[3], ".blocks"), open_file(argv[3], ".index"),
	    open_file(argv[3], ".third"), argv[3]};
	FILE *names = open_file(argv[3], ".names");

	print_names(names);
	fclose(names);
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%63s %u %2999s", id, &fold, url) == 3)
			one_page(argv[1], id, fold, url, &models, &o);
	fclose(list);
	return fclose(o.third) | fclose(o.rows) | fclose(o.pages) | fclose(o.blocks) |
	       fclose(o.index);
}
