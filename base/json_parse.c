// SPDX-License-Identifier: Apache-2.0
// JSON of clients to a tree: the strict validator first, then cJSON, which reads no more than 63
// characters of a number. Any thread.
#include "base/json.h"

#include <stdio.h>

#define NUMBER_MAX 63

// NULL: cJSON did not read it to its end.
static cJSON *
parse(struct sv text)
{
	const char *end = NULL;
	cJSON *v = cJSON_ParseWithLengthOpts(text.p, text.n, &end, false);

	while (v && end < text.p + text.n && strchr(" \t\r\n", *end))
		end++;
	if (!v || end == text.p + text.n)
		return v;
	cJSON_Delete(v);
	return NULL;
}

// Of a valid text: the same with every number short enough, blanks behind it.
static char *
shorten_numbers(struct sv text)
{
	char *copy = sv_dup(text), *end = copy + text.n;

	for (char *p = copy, *start; p < end;) {
		start = p++;
		if (*start == '"') {
			for (; *p != '"'; p++)
				p += *p == '\\';
			p++;
		} else if (strchr("-0123456789", *start)) {
			size_t n = 1 + strspn(p, "0123456789.eE+-");

			p = start + n;
			if (n > NUMBER_MAX) {
				double v = strtod(start, NULL);
				int len = snprintf(start, NUMBER_MAX, "%.17g", v);

				memset(start + len, ' ', n - (size_t)len);
			}
		}
	}
	return copy;
}

int
json_parse_api(struct sv text, const struct json_limits *lim, cJSON **out, struct err *err)
{
	int rc = json_validate(text, JSON_API, lim, err);
	cJSON *v;

	if (rc != 0)
		return rc;
	v = parse(text);
	if (!v) {
		cleanup_free char *shorter = shorten_numbers(text);

		v = parse((struct sv){shorter, text.n});
	}
	if (!v) // valid JSON that cJSON can't hold
		return err_set(err, ERR_INVALID_JSON, NULL);
	*out = v;
	return 0;
}
