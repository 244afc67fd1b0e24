// SPDX-License-Identifier: Apache-2.0
// How many and how long: the table of what may be said to riptide-egress as NAME=NUMBER.
#include "sandbox/egress/guard.h"

const struct limits limits_default = {
    .connections = 4096,
    .slot_connections = 256,
    .stray_connections = 64,
    .handshake_ms = 10000,
    .dial_ms = 30000,
    .attempt_ms = 250, // RFC 8305 §8
    .linger_ms = 2000,
    .half_ms = 60000,
    .lookups = 128, // what riptide has room for: more would fail there instead of waiting here
    .slot_lookups = 32,
    .names = 512,
    .name_ms = 30000,
    .name_failed_ms = 2000,
};

static const struct {
	const char *name;
	size_t offset;
} rows[] = {
    {"connections", offsetof(struct limits, connections)}, // in all
    {"slot_connections", offsetof(struct limits, slot_connections)},
    {"stray_connections", offsetof(struct limits, stray_connections)}, // of a listener, in no slot
    {"handshake_ms", offsetof(struct limits, handshake_ms)},
    {"dial_ms", offsetof(struct limits, dial_ms)},       // with the lookup
    {"attempt_ms", offsetof(struct limits, attempt_ms)}, // until the next address is tried, too
    {"linger_ms", offsetof(struct limits, linger_ms)},   // for a refusal to arrive
    {"half_ms", offsetof(struct limits, half_ms)},       // without a byte, once a side has ended
    {"lookups", offsetof(struct limits, lookups)},       // that riptide was asked for
    {"slot_lookups", offsetof(struct limits, slot_lookups)},
    {"names", offsetof(struct limits, names)}, // remembered
    {"name_ms", offsetof(struct limits, name_ms)},
    {"name_failed_ms", offsetof(struct limits, name_failed_ms)},
};

int
limits_arg(struct limits *l, const char *arg)
{
	const char *eq = strchr(arg, '=');
	char *end;

	for (size_t i = 0; eq && i < ARRAY_LEN(rows); i++) {
		if (!sv_eq_str((struct sv){arg, (size_t)(eq - arg)}, rows[i].name))
			continue;
		long long v = strtoll(eq + 1, &end, 10);

		if (end == eq + 1 || *end != '\0' || v < 1 || v > 1000000000)
			return -1;
		*(int64_t *)(void *)((char *)l + rows[i].offset) = v;
		return 0;
	}
	return -1;
}
