// SPDX-License-Identifier: Apache-2.0
// Atomic output files (see the header). No data is written before the work is done, so a process
// that is killed leaves at most an unnamed file, which the kernel frees.
#include "orchestrator/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int
failed(struct err *err, const char *path, int errnum)
{
	return err_set(err, err_from_errno(errnum, ERR_OUTPUT), "%s: %s",
	    strcmp(path, "-") == 0 ? "standard output" : path, strerror(errnum));
}

static char *
dir_of(const char *path)
{
	char *copy = xstrdup(path), *dir = xstrdup(dirname(copy));

	free(copy);
	return dir;
}

// Not a regular file: a pipe, a terminal, /dev/stdout. O_NONBLOCK so that a FIFO without a reader
// is an error.
static int
open_straight(struct output *o, struct err *err)
{
	o->fd = open(o->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (o->fd < 0)
		return failed(err, o->path, errno);
	if (fcntl(o->fd, F_SETFL, fcntl(o->fd, F_GETFL) & ~O_NONBLOCK) != 0)
		return failed(err, o->path, errno);
	return 0;
}

static int
open_stdout(struct output *o, struct err *err)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return err_set(err, ERR_OUTPUT, "standard output is closed");
	o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return o->fd < 0 ? failed(err, "standard output", errno) : 0;
}

// File systems without O_TMPFILE: a hidden name beside the destination.
static int
open_named_temp(struct output *o, const char *dir, struct err *err)
{
	char *temp = xasprintf("%s/.riptide-XXXXXX", dir);

	o->fd = mkostemp(temp, O_CLOEXEC);
	if (o->fd < 0) {
		free(temp);
		return failed(err, o->path, errno);
	}
	o->temp = temp;
	return 0;
}

static int
open_temp(struct output *o, struct err *err)
{
	cleanup_free char *dir = dir_of(o->dest);

	o->fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (o->fd >= 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)
		return open_named_temp(o, dir, err);
	return failed(err, o->path, errno);
}

static mode_t
default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int
open_path(struct output *o, bool private_file, struct err *err)
{
	struct stat st;
	bool there = stat(o->path, &st) == 0;

	if (!there && errno != ENOENT)
		return failed(err, o->path, errno);
	if (there && S_ISDIR(st.st_mode))
		return failed(err, o->path, EISDIR);
	if (there && !S_ISREG(st.st_mode))
		return open_straight(o, err);
	if (there && faccessat(AT_FDCWD, o->path, W_OK, AT_EACCESS) != 0)
		return failed(err, o->path, errno);
	o->dest = there ? realpath(o->path, NULL) : xstrdup(o->path);
	if (!o->dest || o->dest[strlen(o->dest) - 1] == '/')
		return failed(err, o->path, o->dest ? EISDIR : errno);
	o->mode = there ? st.st_mode & 0777 : default_mode();
	if (private_file)
		o->mode = 0600;
	return open_temp(o, err);
}

int
output_open(struct output *o, const char *path, bool private_file, struct err *err)
{
	int rc;

	*o = (struct output){.path = xstrdup(path), .fd = -1};
	rc = strcmp(path, "-") == 0 ? open_stdout(o, err) : open_path(o, private_file, err);
	if (rc != 0)
		output_close(o);
	return rc;
}

int
output_write(struct output *o, struct sv bytes, struct err *err)
{
	if (util_write_all(o->fd, bytes.p, bytes.n) != 0)
		return failed(err, o->path, errno);
	o->written = true;
	return 0;
}

// An unnamed file can't replace a name: it gets a hidden one first.
static int
give_name(struct output *o, struct err *err)
{
	cleanup_free char *dir = dir_of(o->dest);
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", o->fd);
	for (unsigned i = 0; i < 100; i++) {
		char *temp = xasprintf("%s/.riptide-%d-%u", dir, (int)getpid(), i);

		if (linkat(AT_FDCWD, from, AT_FDCWD, temp, AT_SYMLINK_FOLLOW) == 0) {
			o->temp = temp;
			return 0;
		}
		free(temp);
		if (errno != EEXIST)
			break;
	}
	return failed(err, o->path, errno);
}

int
output_commit(struct output *o, struct err *err)
{
	int rc;

	if (!o->dest)
		return 0;
	if (fchmod(o->fd, o->mode) != 0)
		return failed(err, o->path, errno);
	// Without a file in the way one step is enough.
	if (!o->temp) {
		char from[64];

		snprintf(from, sizeof(from), "/proc/self/fd/%d", o->fd);
		if (linkat(AT_FDCWD, from, AT_FDCWD, o->dest, AT_SYMLINK_FOLLOW) == 0)
			return 0;
		rc = give_name(o, err);
		if (rc != 0)
			return rc;
	}
	if (rename(o->temp, o->dest) != 0)
		return failed(err, o->path, errno);
	free(steal_ptr(o->temp));
	return 0;
}

void
output_close(struct output *o)
{
	if (o->temp)
		unlink(o->temp);
	util_closep(&o->fd);
	free(steal_ptr(o->temp));
	free(steal_ptr(o->dest));
	free(steal_ptr(o->path));
}

// Pipes and sockets are, whatever they are called; a device may be written twice (/dev/null), but
// not as standard output.
static bool
same_stream(const struct output *a, const struct output *b)
{
	struct stat sa, sb;

	if (!a->path || !b->path || a->dest || b->dest)
		return false;
	if (strcmp(a->path, "-") == 0 && strcmp(b->path, "-") == 0)
		return true;
	return fstat(a->fd, &sa) == 0 && fstat(b->fd, &sb) == 0 && !S_ISCHR(sa.st_mode) &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

bool
output_same(const struct output *a, const struct output *b)
{
	cleanup_free char *da = a->dest ? dir_of(a->dest) : NULL,
			  *db = b->dest ? dir_of(b->dest) : NULL;
	struct stat sa, sb;

	if (same_stream(a, b))
		return true;
	if (!da || !db || stat(da, &sa) != 0 || stat(db, &sb) != 0)
		return false;
	return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino &&
	       strcmp(strrchr(a->dest, '/') ? strrchr(a->dest, '/') + 1 : a->dest,
		   strrchr(b->dest, '/') ? strrchr(b->dest, '/') + 1 : b->dest) == 0;
}
