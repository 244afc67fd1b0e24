// SPDX-License-Identifier: Apache-2.0
// riptide-launch: the last bytes of Chromium's stderr, and the DevTools address in it. The bytes
// are hostile input (a page can make Chromium log): fixed memory, no format, no allocation.
#include "sandbox/launch_priv.h"

#include <stdio.h>

static int
find_address(const char *line, char *path, size_t size)
{
	static const char words[] = "DevTools listening on ws://";
	const char *at = strstr(line, words);
	const char *port = at ? strchr(at + sizeof(words) - 1, ':') : NULL;
	const char *slash = port ? strchr(port, '/') : NULL;
	if (!slash)
		return 0;
	char *end;
	long n = strtol(port + 1, &end, 10);
	if (end != slash || n <= 0 || n > 65535 || snprintf(path, size, "%s", slash) >= (int)size)
		return 0;
	return (int)n;
}

int
launch_tail_add(struct launch_tail *t, const char *p, size_t n, char *path, size_t size)
{
	int port = 0;
	for (size_t i = 0; i < n; i++) {
		t->ring[t->n++ % sizeof(t->ring)] = p[i];
		if (p[i] != '\n') {
			if (t->line_n < sizeof(t->line) - 1)
				t->line[t->line_n++] = p[i];
			continue;
		}
		t->line[t->line_n] = 0;
		t->line_n = 0;
		if (!port)
			port = find_address(t->line, path, size);
	}
	return port;
}

void
launch_tail_text(const struct launch_tail *t, struct buf *out)
{
	size_t at = t->n % sizeof(t->ring);
	if (t->n > sizeof(t->ring))
		buf_add(out, t->ring + at, sizeof(t->ring) - at);
	buf_add(out, t->ring, at);
}
