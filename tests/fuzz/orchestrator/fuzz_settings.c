// SPDX-License-Identifier: Apache-2.0
// Settings files from hostile text: refused with a place and a reason, or what is printed of them
// reads back as the same settings.
#include "orchestrator/service/settings_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_reads_back(const struct settings *s)
{
	cleanup_buf text = BUF_INIT;
	struct err err = ERR_INIT;
	struct settings again;

	settings_print(s, &text);
	settings_defaults(&again);
	if (settings_read_text(&again, buf_view(&text), "again", &err) != 0)
		abort();
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (!setting_same(s, &again, &setting_rows[i]))
			abort();
	settings_done(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct settings s;

	settings_defaults(&s);
	if (settings_read_text(&s, (struct sv){(const char *)data, size}, "file", &err) == 0)
		assert_reads_back(&s);
	else if (!err.message[0] || !err.path[0])
		abort(); // a refusal says where and why
	if (settings_check(&s, &err) != 0 && !err.message[0])
		abort();
	settings_done(&s);
	return 0;
}
