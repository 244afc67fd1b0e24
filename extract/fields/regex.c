// SPDX-License-Identifier: Apache-2.0
// PCRE2 with limits: no JIT (the filter allows no executable memory), UTF, no \C. Its own match
// limit counts anew at each character and does not see how far one item reads, so a pattern of a
// few bytes can take hours within it; callouts before each item count instead.
#include "extract/fields/regex.h"
#include "extract/fields/expression.h"
#include "extract/html/letters.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <time.h>

#define MATCH_LIMIT     10000000
#define DEPTH_LIMIT     100000  // frames; they are on the heap
#define RANGES_MAX      5000000 // about 20 ms
#define HEAP_KIB        16384
#define STEPS           1500000 // about 30 ms
#define STEPS_A_BYTE    8       // more for each byte of a text
#define CPU_US          250000
#define CPU_US_A_STEP   0.1
#define BYTES_A_STEP    8
#define GROUPS_A_STEP   8   // each item tried copies what the groups hold
#define CLOCK_STEPS     256 // items between two looks at the clock
#define CLOCK_MIN_BYTES 512 // of a text so short no item reads much

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	struct regex_budget *budget; // while matching
	PCRE2_SIZE at;               // where the last item was tried
	unsigned item_steps, until_clock;
	int64_t ends_us; // of the thread's time
};

// --- the budget ---

static int64_t
thread_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
regex_budget_init(struct regex_budget *b)
{
	*b = (struct regex_budget){.steps_left = STEPS, .cpu_us_left = CPU_US};
}

static void
budget_add(struct regex_budget *b, size_t text_bytes)
{
	int64_t steps = (int64_t)text_bytes * STEPS_A_BYTE;

	b->steps_left = MAX(b->steps_left, 0) + steps;
	b->cpu_us_left = MAX(b->cpu_us_left, 0) + (int64_t)((double)steps * CPU_US_A_STEP);
}

static bool
time_is_up(struct regex *re)
{
	if (re->ends_us == INT64_MAX || re->until_clock-- > 0)
		return false;
	re->until_clock = CLOCK_STEPS;
	return thread_cpu_us() > re->ends_us;
}

// Before each item of the pattern.
static int
count_item(pcre2_callout_block *c, void *arg)
{
	struct regex *re = arg;
	PCRE2_SIZE at = c->current_position;
	int64_t steps = re->item_steps;

	if (at > re->at)
		steps += (int64_t)((at - re->at) / BYTES_A_STEP);
	re->at = at;
	re->budget->steps_left -= steps;
	return re->budget->steps_left < 0 || time_is_up(re) ? PCRE2_ERROR_MATCHLIMIT : 0;
}

// --- compiling ---

static int
compile_error(struct sv pattern, int code, size_t offset, struct err *err)
{
	PCRE2_UCHAR text[200] = "";

	pcre2_get_error_message(code, text, sizeof(text));
	return err_set(err, ERR_INVALID_REGEX, "%s at character %zu", (const char *)text,
	    expr_character(pattern, offset));
}

// "(?i", "(?s-i:" and the like: from some place on letters are of either case.
static bool
may_ignore_case(struct sv p)
{
	for (size_t i = 0; i + 2 < p.n; i++) {
		if (p.p[i] != '(' || p.p[i + 1] != '?')
			continue;
		for (size_t k = i + 2; k < p.n && p.p[k] && strchr("^-imsxnJUDSWPTa", p.p[k]); k++)
			if (p.p[k] == 'i')
				return true;
	}
	return false;
}

// Of \x{10ffff}, \o{…} and \N{U+10ffff}; 0 for what can be no large character.
static uint32_t
escaped_character(const char *c, size_t n)
{
	static const struct {
		char letter;
		uint8_t base, digits_at;
	} ways[] = {{'x', 16, 3}, {'o', 8, 3}, {'N', 16, 5}};

	if (n < 4 || (c[2] != '{' && c[2] != ' '))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (c[1] == ways[i].letter)
			return (uint32_t)MIN(
			    strtoul(c + MIN(n, (size_t)ways[i].digits_at), NULL, ways[i].base),
			    0x10fffful);
	return 0;
}

// The character that ends a range, whose '-' stands before it, itself or escaped; 0 for what can be
// no large one.
static uint32_t
range_end(struct sv p, size_t i)
{
	while (i + 1 < p.n && (p.p[i] == ' ' || (p.p[i] == '\\' && strchr("QE", p.p[i + 1]))))
		i += p.p[i] == ' ' ? 1 : 2;
	if (i >= p.n)
		return 0;
	return p.p[i] == '\\' ? escaped_character(p.p + i, p.n - i) : letters_decode(p, &i);
}

// PCRE2 looks at each character of a range for those that differ in case only.
static bool
ranges_are_small(struct sv p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p.n; i++)
		if (p.p[i] == '-')
			sum += range_end(p, i + 1);
	return sum <= RANGES_MAX || !may_ignore_case(p);
}

int
regex_compile(struct sv pattern, struct regex **out, struct err *err)
{
	struct regex *re;
	PCRE2_SIZE offset = 0;
	uint32_t groups = 0;
	int code = 0;

	if (!ranges_are_small(pattern))
		return err_set(err, ERR_INVALID_REGEX,
		    "ranges of either case may hold at most %d characters in all", RANGES_MAX);
	re = xcalloc(1, sizeof(*re));
	re->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
	    PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT, &code, &offset, NULL);
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
	(void)pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	re->item_steps = 1 + groups / GROUPS_A_STEP;
	pcre2_set_callout(re->limits, count_item, re);
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

// --- matching ---

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
	case PCRE2_ERROR_RECURSELOOP:
		return err_set(
		    err, ERR_TOO_LARGE, "the regular expression recurses without moving on");
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

static int
match_within(struct regex *re, struct sv text, struct regex_budget *budget, size_t pos)
{
	bool clocked = text.n >= CLOCK_MIN_BYTES;
	int64_t started = clocked ? thread_cpu_us() : 0;
	int rc;

	if (pos == 0)
		budget_add(budget, text.n);
	re->budget = budget;
	re->at = pos;
	re->until_clock = CLOCK_STEPS;
	re->ends_us = clocked ? started + budget->cpu_us_left : INT64_MAX;
	rc = pcre2_match(re->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, pos,
	    pos > 0 ? PCRE2_NO_UTF_CHECK : 0, re->data, re->limits);
	if (clocked)
		budget->cpu_us_left -= thread_cpu_us() - started;
	return rc;
}

int
regex_next(struct regex *re, struct sv text, struct regex_budget *budget, size_t *pos,
    struct sv *value, struct err *err)
{
	const PCRE2_SIZE *o;
	size_t group;
	int rc;

	if (*pos > text.n)
		return 0;
	rc = match_within(re, text, budget, *pos);
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
