// SPDX-License-Identifier: Apache-2.0
// Replays a fuzz corpus in ordinary builds: every file of the folders given goes through the target
// once.
#include "base/buf.h"
#include "base/err.h"

#include <dirent.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_folder(const char *dir, unsigned *count)
{
	DIR *d = opendir(dir);

	if (!d) {
		fprintf(stderr, "replay: can't open %s\n", dir);
		return 1;
	}
	for (struct dirent *e; (e = readdir(d));) {
		cleanup_buf b = BUF_INIT;
		cleanup_free char *path = xasprintf("%s/%s", dir, e->d_name);
		struct err err = ERR_INIT;

		if (e->d_name[0] == '.')
			continue;
		if (buf_read_file(&b, path, &err) != 0) {
			fprintf(stderr, "replay: %s: %s\n", path, err.message);
			closedir(d);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)(b.p ? b.p : ""), b.n);
		(*count)++;
	}
	closedir(d);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++)
		if (replay_folder(argv[i], &count) != 0)
			return 1;
	printf("%u inputs replayed\n", count);
	return count == 0; // an empty corpus tests nothing
}
