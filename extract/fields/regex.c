// SPDX-License-Identifier: Apache-2.0
// PCRE2 with limits: no JIT (the filter allows no executable memory), UTF, no \C, no callouts.
#include "extract/fields/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 10000
#define HEAP_KIB    16384

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

static size_t
character_number(struct sv s, size_t offset)
{
	size_t n = 1;

	for (size_t i = 0; i < offset && i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static int
compile_error(struct sv pattern, int code, size_t offset, struct err *err)
{
	PCRE2_UCHAR text[200] = "";

	pcre2_get_error_message(code, text, sizeof(text));
	return err_set(err, ERR_INVALID_REGEX, "%s at character %zu", (const char *)text,
	    character_number(pattern, offset));
}

int
regex_compile(struct sv pattern, struct regex **out, struct err *err)
{
	struct regex *re = xcalloc(1, sizeof(*re));
	PCRE2_SIZE offset = 0;
	int code = 0;

	re->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
	    PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &offset, NULL);
	if (!re->code) {
		regex_free(re);
		return compile_error(pattern, code, offset, err);
	}
	re->data = pcre2_match_data_create_from_pattern(re->code, NULL);
	re->limits = pcre2_match_context_create(NULL);
	if (!re->data || !re->limits) {
		regex_free(re);
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	}
	pcre2_set_match_limit(re->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(re->limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(re->limits, HEAP_KIB);
	*out = re;
	return 0;
}

void
regex_free(struct regex *re)
{
	if (!re)
		return;
	pcre2_match_data_free(re->data);
	pcre2_match_context_free(re->limits);
	pcre2_code_free(re->code);
	free(re);
}

static int
match_error(int rc, struct err *err)
{
	switch (rc) {
	case PCRE2_ERROR_NOMATCH:
		return 0;
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
		return err_set(err, ERR_TOO_LARGE,
		    "the regular expression reaches the match limit on this page");
	case PCRE2_ERROR_NOMEMORY:
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	default:
		return err_set(err, ERR_INTERNAL, "matching failed with %d", rc);
	}
}

// An empty match must not be found again: step over one character.
static size_t
step_over(struct sv text, size_t end)
{
	do {
		end++;
	} while (end < text.n && ((unsigned char)text.p[end] & 0xc0) == 0x80);
	return end;
}

int
regex_next(struct regex *re, struct sv text, size_t *pos, struct sv *value, struct err *err)
{
	const PCRE2_SIZE *o;
	size_t group;
	int rc;

	if (*pos > text.n)
		return 0;
	rc = pcre2_match(re->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, *pos,
	    *pos > 0 ? PCRE2_NO_UTF_CHECK : 0, re->data, re->limits);
	if (rc < 0)
		return match_error(rc, err);
	o = pcre2_get_ovector_pointer(re->data);
	group = rc > 1 && o[2] != PCRE2_UNSET ? 1 : 0;
	*value = o[2 * group] <= o[2 * group + 1]
		     ? (struct sv){text.p + o[2 * group], o[2 * group + 1] - o[2 * group]}
		     : (struct sv){text.p + o[2 * group], 0}; // \K inside a lookahead
	*pos = o[1] > *pos ? o[1] : step_over(text, *pos);
	return 1;
}
