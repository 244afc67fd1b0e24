// SPDX-License-Identifier: Apache-2.0
// The envelope of a DevTools message: id or method in front, sessionId at the end, found without
// reading what lies between. Pure functions; the loop thread calls them for every message.
//
// Chromium writes {"id":N,"result":{…},"sessionId":"S"}, {"id":N,"error":{…},"sessionId":"S"} and
// {"method":"M","params":{…},"sessionId":"S"}. A page controls strings inside the body, but can't
// forge the ends: a message is valid JSON made by the browser process, so its last byte closes the
// outermost object, and in `,"sessionId":"S"}` with S free of quotes and backslashes no quote is
// escaped; each is a real delimiter, so S is a whole string, its key is exactly sessionId, and the
// object is the outermost. Any other layout goes through the skimmer, which reads everything.
#include "cdp/conn/conn_priv.h"

#define TAIL_KEY ",\"sessionId\":\""

static bool
take(struct sv *s, const char *lit)
{
	size_t n = strlen(lit);

	if (s->n < n || memcmp(s->p, lit, n) != 0)
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

static bool
take_id(struct sv *s, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < s->n && i < 18 && sv_is_digit(s->p[i]); i++)
		v = v * 10 + (uint64_t)(s->p[i] - '0');
	if (i == 0)
		return false;
	s->p += i;
	s->n -= i;
	*out = v;
	return true;
}

static bool
is_word_byte(char c)
{
	return sv_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

static bool
take_word(struct sv *s, struct sv *out)
{
	size_t i = 0;

	while (i < s->n && is_word_byte(s->p[i]))
		i++;
	if (i == 0 || i == s->n || s->p[i] != '"')
		return false;
	*out = (struct sv){s->p, i};
	s->p += i + 1;
	s->n -= i + 1;
	return true;
}

static bool
take_reply_head(struct sv *s, struct envelope *e)
{
	if (!take(s, "{\"id\":") || !take_id(s, &e->id))
		return false;
	e->kind = ENVELOPE_REPLY;
	if (take(s, ",\"result\":"))
		return true;
	e->kind = ENVELOPE_ERROR;
	return take(s, ",\"error\":");
}

static bool
take_event_head(struct sv *s, struct envelope *e)
{
	e->kind = ENVELOPE_EVENT;
	return take(s, "{\"method\":\"") && take_word(s, &e->method) && take(s, ",\"params\":");
}

static bool
take_head(struct sv *s, struct envelope *e)
{
	struct sv reply = *s;

	if (take_reply_head(&reply, e)) {
		*s = reply;
		return true;
	}
	return take_event_head(s, e);
}

// Cut `,"sessionId":"S"}` or `}` off the end.
static bool
cut_tail(struct sv *s, struct envelope *e)
{
	size_t key_n = sizeof(TAIL_KEY) - 1, i;

	if (s->n < 2 || s->p[s->n - 1] != '}')
		return false;
	if (s->p[s->n - 2] != '"') {
		s->n--;
		return true;
	}
	for (i = s->n - 2; i > 0 && is_word_byte(s->p[i - 1]);)
		i--;
	if (i == s->n - 2 || i < key_n || memcmp(s->p + i - key_n, TAIL_KEY, key_n) != 0)
		return false;
	e->session = (struct sv){s->p + i, s->n - 2 - i};
	s->n = i - key_n;
	return true;
}

static int
read_by_skimming(struct sv text, struct envelope *e)
{
	static const char *const keys[] = {
	    "id", "method", "sessionId", "params", "result", "error"};
	struct sv v[ARRAY_LEN(keys)];
	int64_t id;

	if (json_skim_many(text, keys, ARRAY_LEN(keys), v) != 0)
		return -1;
	*e = (struct envelope){.session = json_skim_str(v[2])};
	if (v[1].p) {
		e->kind = ENVELOPE_EVENT;
		e->method = json_skim_str(v[1]);
		e->body = v[3];
		return e->method.n > 0 ? 0 : -1;
	}
	id = json_skim_int(v[0], -1);
	if (id < 0 || (!v[4].p && !v[5].p))
		return -1;
	e->id = (uint64_t)id;
	e->kind = v[5].p ? ENVELOPE_ERROR : ENVELOPE_REPLY;
	e->body = v[5].p ? v[5] : v[4];
	return 0;
}

// Without a session at the end, the body must be the last value: keys after it need the skimmer.
int
envelope_read(struct sv text, struct envelope *out)
{
	struct envelope e = {0};
	struct sv rest = text;

	if (take_head(&rest, &e) && cut_tail(&rest, &e) && rest.n >= 2 && rest.p[0] == '{' &&
	    rest.p[rest.n - 1] == '}' && e.session.p) {
		e.body = rest;
		*out = e;
		return 0;
	}
	if (read_by_skimming(text, &e) != 0)
		return -1;
	*out = e;
	return 0;
}

int
envelope_read_ends(struct sv head, struct sv tail, struct envelope *out)
{
	struct envelope e = {0};

	if (!take_head(&head, &e) || !cut_tail(&tail, &e))
		return -1;
	*out = e;
	return 0;
}
