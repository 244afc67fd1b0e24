// SPDX-License-Identifier: Apache-2.0
// The row of a page: what it is made of, what it says of itself (structured data, meta elements,
// address), and what the rules took for its content. Linear. Runs in the extractor's worker.
#include "extract/content/model/signals.h"
#include "extract/page.h"

// --- what there is on the page ---

static const struct {
	uint16_t tag, signal;
} told_elements[] = {
    {TAG_form, PAGE_forms},
    {TAG_main, PAGE_mains},
    {TAG_article, PAGE_articles},
    {TAG_h1, PAGE_h1s},
    {TAG_h2, PAGE_h2s},
    {TAG_h3, PAGE_h3s},
    {TAG_p, PAGE_paragraphs},
    {TAG_li, PAGE_items},
    {TAG_table, PAGE_tables},
    {TAG_td, PAGE_cells},
    {TAG_time, PAGE_times},
    {TAG_details, PAGE_details},
    {TAG_iframe, PAGE_iframes},
    {TAG_blockquote, PAGE_quotes},
};

// How many elements have each family: counted in bytes, eight families in a part, which are emptied
// before they may be full.
struct counts {
	uint32_t families[64];
	uint64_t parts[8];
	unsigned in_parts;
};

static void
empty_parts(struct counts *c)
{
	for (unsigned k = 0; k < ARRAY_LEN(c->families); k++)
		c->families[k] += (uint8_t)(c->parts[k / 8] >> k % 8 * 8);
	memset(c->parts, 0, sizeof(c->parts));
	c->in_parts = 0;
}

static void
count_families(struct counts *c, uint64_t families)
{
	for (unsigned k = 0; k < ARRAY_LEN(c->parts); k++)
		c->parts[k] += signals_spread[families >> 8 * k & 0xff];
	if (++c->in_parts == 255)
		empty_parts(c);
}

static void
count_elements(struct signals *s)
{
	const struct tree *t = s->d->t;
	const uint64_t *families = s->d->f.families;
	struct counts c = {0};

	for (node_id i = 1; i < t->n; i++)
		if (families[i])
			count_families(&c, families[i]);
	empty_parts(&c);
	for (size_t k = 0; k < ARRAY_LEN(told_elements); k++)
		s->page[told_elements[k].signal] = sig_log(t->same[told_elements[k].tag].n);
	s->page[PAGE_codes] = sig_log(t->same[TAG_code].n + t->same[TAG_pre].n);
	for (unsigned k = 0; k < FAMILY_COUNT; k++)
		s->page[PAGE_families + k] = sig_log(c.families[k]);
}

static void
sum_blocks(struct signals *s)
{
	const struct features *f = &s->d->f;
	struct prefix all = blocks_sum(s->b, 0, s->b->n);
	uint32_t hidden = 0, money = 0, links = 0;
	uint8_t *p = s->page;

	for (uint32_t i = 0; i < s->b->n; i++) {
		const struct block *k = &s->b->list[i];

		hidden += k->circumstances & IN_HIDDEN ? k->s.words : 0;
		money += k->s.money;
		links += k->links;
		for (uint32_t m = k->s.groups; m; m &= m - 1)
			p[PAGE_groups + __builtin_ctz(m)] =
			    sig_cap(p[PAGE_groups + __builtin_ctz(m)] + 1u);
	}
	p[PAGE_words] = sig_log(all.words);
	p[PAGE_blocks] = sig_log(s->b->n);
	p[PAGE_link_density] = sig_ratio(all.link_words, all.words);
	p[PAGE_good_share] = sig_ratio(all.good, all.words);
	p[PAGE_good] = sig_log(all.good);
	p[PAGE_hidden_share] = sig_ratio(hidden, all.words);
	p[PAGE_links] = sig_log(links);
	p[PAGE_images] = sig_log(f->counted[f->n_counted].images);
	p[PAGE_inputs] = sig_log(f->counted[f->n_counted].inputs);
	p[PAGE_money] = sig_log(money);
	p[PAGE_function_share] = sig_ratio(2 * all.function, all.words);
	p[PAGE_furniture_share] = sig_ratio(2 * all.furniture, all.words);
	p[PAGE_words_per_block] = s->b->n ? sig_log(4 * all.words / s->b->n) : 0;
}

static void
largest_group(struct signals *s)
{
	const struct group *best = NULL;
	uint32_t words = s->b->prefix[s->b->n].words;

	for (uint32_t i = 0; i < s->paths.n; i++) {
		const struct group *g = &s->paths.list[i];

		if (g->blocks >= 3 && (!best || g->words > best->words))
			best = g;
	}
	if (!best)
		return;
	s->page[PAGE_group_size] = sig_log(best->blocks);
	s->page[PAGE_group_words] = sig_log(4 * best->words / best->blocks);
	s->page[PAGE_group_links] = sig_ratio(best->link_words, best->words);
	s->page[PAGE_group_share] = sig_ratio(best->words, words);
}

// --- structured data ---

static const struct {
	const char *name;
	unsigned type; // of PAGE_types
} types[] = {
    {"Article", 0},
    {"NewsArticle", 0},
    {"BlogPosting", 0},
    {"Report", 0},
    {"ScholarlyArticle", 0},
    {"Blog", 0},
    {"TechArticle", 1},
    {"APIReference", 1},
    {"HowTo", 1},
    {"Product", 2},
    {"ProductGroup", 2},
    {"IndividualProduct", 2},
    {"Offer", 3},
    {"AggregateOffer", 3},
    {"DiscussionForumPosting", 4},
    {"QAPage", 4},
    {"Comment", 4},
    {"SocialMediaPosting", 4},
    {"Question", 5},
    {"Answer", 5},
    {"FAQPage", 6},
    {"ItemList", 7},
    {"ListItem", 8},
    {"OfferCatalog", 7},
    {"CollectionPage", 9},
    {"SearchResultsPage", 9},
    {"Service", 10},
    {"ProfessionalService", 10},
    {"LocalBusiness", 11},
    {"Organization", 12},
    {"Corporation", 12},
    {"WebPage", 13},
    {"WebSite", 14},
    {"BreadcrumbList", 15},
    {"Recipe", 16},
    {"VideoObject", 16},
    {"Review", 17},
    {"AggregateRating", 17},
    {"SoftwareApplication", 10},
    {"Event", 9},
    {"JobPosting", 9},
};

static void
see_type(struct signals *s, struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (sv_eq_str(name, types[i].name)) {
			uint8_t *byte = &s->page[PAGE_types + types[i].type];

			*byte = sig_cap(*byte + 1u);
			return;
		}
}

static struct sv
after(struct sv v, const char *what)
{
	const char *p = v.n > 0 ? memmem(v.p, v.n, what, strlen(what)) : NULL;

	return p ? sv_sub(v, (size_t)(p - v.p) + strlen(what), v.n) : SV_NULL;
}

// The string at the start of `v`, past a colon and brackets.
static struct sv
string_at(struct sv v)
{
	size_t i = 0, from;

	while (i < v.n && (v.p[i] <= ' ' || v.p[i] == ':' || v.p[i] == '['))
		i++;
	if (i >= v.n || v.p[i] != '"')
		return SV_NULL;
	for (from = ++i; i < v.n && v.p[i] != '"'; i++)
		i += v.p[i] == '\\';
	return sv_sub(v, from, MIN(i, v.n));
}

static void
read_linked_data(struct signals *s, struct sv json)
{
	static const char *const texts[] = {"\"articleBody\"", "\"description\"", "\"text\"",
	    "\"reviewBody\"", "\"recipeInstructions\""};
	struct sv v = json;

	for (int n = 0; n < 200 && (v = after(v, "\"@type\"")).n > 0; n++)
		see_type(s, string_at(v));
	for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
		v = json;
		for (int n = 0; n < 50 && (v = after(v, texts[k])).n > 0; n++)
			signals_known_text(s, string_at(v), KNOWN_DATA);
	}
}

static void
read_itemtypes(struct signals *s)
{
	const struct tree *t = s->d->t;
	uint32_t name = tree_name_id(t, "itemtype");

	for (uint32_t k = 0; name != 0 && k < t->n_attrs; k++) {
		struct sv v;

		if (t->attrs[k].name != name)
			continue;
		v = after(tree_attr_value(t, &t->attrs[k]), "schema.org/");
		if (v.n > 0)
			see_type(s, sv_trim(v));
	}
}

// --- the head ---

static uint8_t
kind_of_generator(struct sv v)
{
	static const struct {
		const char *name;
		uint8_t kind;
	} names[] = {{"discourse", 10}, {"vbulletin", 10}, {"phpbb", 10}, {"xenforo", 10},
	    {"nodebb", 10}, {"flarum", 10}, {"invision", 10}, {"mybb", 10}, {"smf", 10},
	    {"sphinx", 20}, {"mkdocs", 20}, {"docusaurus", 20}, {"gitbook", 20}, {"mediawiki", 20},
	    {"vitepress", 20}, {"doxygen", 20}, {"asciidoctor", 20}, {"hugo", 60},
	    {"woocommerce", 30}, {"shopify", 30}, {"magento", 30}, {"prestashop", 30},
	    {"bigcommerce", 30}, {"wix", 40}, {"squarespace", 40}, {"webflow", 40},
	    {"elementor", 40}, {"wordpress", 50}, {"drupal", 60}, {"joomla", 60}, {"ghost", 70}};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sv_ifind(v, names[i].name) >= 0)
			return names[i].kind;
	return 1;
}

static void
read_meta(struct signals *s, struct sv name, struct sv content)
{
	uint8_t *p = s->page;

	if (sv_ieq_str(name, "og:type")) {
		p[PAGE_og] = sv_ieq_str(content, "article");
		p[PAGE_og + 1] =
		    sv_istarts(content, "product") || sv_istarts(content, "og:product");
		p[PAGE_og + 2] = sv_ieq_str(content, "website");
		p[PAGE_og + 3] = 1;
	} else if (sv_ieq_str(name, "generator")) {
		uint8_t kind = kind_of_generator(content);

		if (p[PAGE_generator] < kind)
			p[PAGE_generator] = kind;
	} else if (sv_ieq_str(name, "description") || sv_ieq_str(name, "og:description"))
		signals_known_text(s, content, KNOWN_DESCRIPTION);
	else if (sv_ieq_str(name, "og:title"))
		signals_known_text(s, content, KNOWN_TITLE);
}

static void
read_head(struct signals *s, struct sv *url)
{
	const struct tree *t = s->d->t;
	const uint8_t *traits = s->d->f.traits;

	for (node_id i = 1; (i = marks_next(traits, IS_META, i, t->n)) < t->n; i++) {
		uint32_t tag = t->nodes[i].tag;

		if (tag == TAG_meta) {
			struct sv name = tree_get(t, i, "property"),
				  content = tree_get(t, i, "content");

			read_meta(s, name.n > 0 ? name : tree_get(t, i, "name"), content);
			if (url->n == 0 && sv_ieq_str(name, "og:url"))
				*url = content;
		} else if (tag == TAG_title && t->nodes[i].end > i + 1)
			signals_known_text(s, tree_text(t, i + 1), KNOWN_TITLE);
		else if (tag == TAG_link && url->n == 0 &&
			 sv_ieq_str(tree_get(t, i, "rel"), "canonical"))
			*url = tree_get_id(t, i, ATTR_href);
		else if (tag == TAG_script &&
			 sv_ieq_str(tree_get(t, i, "type"), "application/ld+json") &&
			 t->nodes[i].end > i + 1)
			read_linked_data(s, tree_text(t, i + 1));
	}
}

// --- the address ---

static const char *const url_words[10] = {
    " blog blogs news article articles story stories post posts opinion ",
    " product products p dp item items prod pd ",
    " forum forums thread threads topic topics t community discussion viewtopic showthread question questions r comments ",
    " docs documentation doc reference guide guides manual api wiki help learn tutorial tutorials support kb developer developers ",
    " category categories collection collections c cat tag tags shop store department browse ",
    " service services solutions solution about company pricing platform features industries what ",
    " list best top directory search jobs events results courses listing listings find recipes ",
    " recipe how to faq review reviews ",
    " www ",
    " php html htm aspx asp ",
};

static void
see_url_word(struct signals *s, struct sv word)
{
	char room[20] = " ";

	if (word.n + 3 > sizeof(room))
		return;
	for (size_t i = 0; i < word.n; i++)
		room[i + 1] = (char)(word.p[i] | 32);
	room[word.n + 1] = ' ';
	for (size_t k = 0; k < ARRAY_LEN(url_words); k++)
		if (strstr(url_words[k], room))
			s->page[PAGE_url_words + k] = 1;
}

static void
read_url(struct signals *s, struct sv url)
{
	uint32_t hyphens = 0, digits = 0, slashes = 0;
	struct sv v = after(url, "://");
	size_t from = 0;

	if (v.n == 0) {
		memset(s->page + PAGE_url_depth, SIGNAL_UNKNOWN, 4);
		return;
	}
	for (size_t i = 0; i <= v.n; i++) {
		char c = i < v.n ? v.p[i] : '/';

		hyphens += c == '-' || c == '_';
		digits += sv_is_digit(c);
		slashes += c == '/' && i + 1 < v.n;
		if (sv_is_alpha(c))
			continue;
		if (i > from)
			see_url_word(s, sv_sub(v, from, i));
		from = i + 1;
	}
	s->page[PAGE_url_depth] = sig_cap(slashes);
	s->page[PAGE_url_length] = sig_cap((uint32_t)MIN(v.n, (size_t)250));
	s->page[PAGE_url_hyphens] = sig_cap(hyphens);
	s->page[PAGE_url_digits] = sig_cap(digits);
}

static void
read_rules(struct signals *s, const struct content *rules)
{
	uint8_t *p = s->page;

	p[PAGE_rule_method] = (uint8_t)(strcmp(rules->method, "scored") == 0     ? 2
					: strcmp(rules->method, "semantic") == 0 ? 1
										 : 0);
	p[PAGE_rule_words] = sig_log(rules->words);
	p[PAGE_rule_share] = (uint8_t)(rules->text_share * SIGNAL_MAX);
	p[PAGE_rule_links] = (uint8_t)(rules->link_density * SIGNAL_MAX);
	p[PAGE_rule_good] = (uint8_t)(rules->paragraph_share * SIGNAL_MAX);
}

void
signals_page(struct signals *s, const struct content_hints *h, const struct content *rules)
{
	struct sv url = h->url;

	count_elements(s);
	sum_blocks(s);
	largest_group(s);
	read_itemtypes(s);
	read_head(s, &url);
	read_url(s, url);
	read_rules(s, rules);
}
