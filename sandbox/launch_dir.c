// SPDX-License-Identifier: Apache-2.0
// riptide-launch: the directory of a browser that has no mount namespace, under the profile root. A
// lock on the directory itself says that its owner lives; whoever gets the lock may remove it.
#include "sandbox/launch_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#define REMOVE_DEPTH 64

// Open and lock; -1 when somebody else has the lock or the name is not ours any more.
static int
lock_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &st) || st.st_nlink == 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int
launch_dir_make(
    const char *root, const struct launch_uid *who, struct launch_dir *out, struct err *err)
{
	out->fd = -1;
	// A sweeper may take a directory between mkdtemp and the lock: try again then.
	for (int tries = 0; tries < 8 && out->fd < 0; tries++) {
		int n =
		    snprintf(out->path, sizeof(out->path), "%s/" LAUNCH_DIR_PREFIX "XXXXXX", root);
		if (n < 0 || (size_t)n >= sizeof(out->path))
			return err_set(err, ERR_INVALID_REQUEST, "profile_root is too long");
		if (!mkdtemp(out->path))
			return err_set(err, err_from_errno(errno, ERR_BROWSER_START), "%s: %s",
			    out->path, strerror(errno));
		out->fd = lock_dir(AT_FDCWD, out->path);
	}
	if (out->fd < 0)
		return err_set(err, ERR_BROWSER_START, "%s: can't be locked", out->path);
	if (who->drop && fchown(out->fd, who->uid, who->gid)) {
		int e = errno;
		launch_dir_remove(out);
		return err_set(err, ERR_BROWSER_START, "chown %s: %s", out->path, strerror(e));
	}
	return 0;
}

// What is in the directory `fd` (taken). Never follows a symbolic link, never leaves the directory.
static void
remove_contents(int fd, int depth)
{
	DIR *d = fdopendir(fd);
	if (!d) {
		close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (!unlinkat(dirfd(d), e->d_name, 0) || (errno != EISDIR && errno != EPERM))
			continue;
		int sub =
		    openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0 && depth < REMOVE_DEPTH)
			remove_contents(sub, depth + 1);
		else if (sub >= 0)
			close(sub);
		(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
}

void
launch_dir_remove(struct launch_dir *d)
{
	if (d->fd < 0)
		return;
	// A dying process may still write: a second pass takes what came after the first.
	for (int pass = 0; pass < 3; pass++) {
		int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			remove_contents(fd, 0);
		if (!rmdir(d->path) || errno != ENOTEMPTY)
			break;
	}
	close(steal_fd(d->fd));
}

// Only directories of users that our browsers run as.
static bool
may_sweep(int fd, const struct launch_uid *who)
{
	struct stat st;
	if (fstat(fd, &st))
		return false;
	return st.st_uid == who->uid || (who->drop && launch_uid_is_slot(st.st_uid));
}

static void
sweep_one(const char *root, int at, const char *name, const struct launch_uid *who)
{
	struct launch_dir d = {.fd = lock_dir(at, name)};
	if (d.fd < 0)
		return;
	int n = snprintf(d.path, sizeof(d.path), "%s/%s", root, name);
	if (may_sweep(d.fd, who) && n > 0 && (size_t)n < sizeof(d.path))
		launch_dir_remove(&d);
	else
		close(d.fd);
}

void
launch_dir_sweep(const char *root, const struct launch_uid *who)
{
	DIR *d = opendir(root);
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));)
		if (!strncmp(e->d_name, LAUNCH_DIR_PREFIX, sizeof(LAUNCH_DIR_PREFIX) - 1))
			sweep_one(root, dirfd(d), e->d_name, who);
	closedir(d);
}
