// SPDX-License-Identifier: Apache-2.0
// riptide-launch, init process: the file system that a browser sees. A small read-only root is put
// together from the rows below; whatever is not listed (homes, state, other people's /tmp) is not
// there. Everything the browser writes lives in a tmpfs that ends with the namespace.
#include "sandbox/launch_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define OLD_ROOT "/.old"

// Bound read-only at the same path when they exist; symbolic links are copied as such.
static const struct seen {
	const char *path;
	const char *reason;
} seen[] = {
    {"/usr", "Chromium, libraries, fonts, certificates"},
    {"/bin", "merged into /usr on Debian"},
    {"/sbin", "merged into /usr on Debian"},
    {"/lib", "merged into /usr on Debian"},
    {"/lib32", "merged into /usr on Debian"},
    {"/lib64", "the dynamic loader"},
    {"/etc", "fonts, certificates, resolver, policies; readable to every user anyway"},
    {"/var/cache/fontconfig", "else each start scans all fonts"},
    // not the directory, with the socket of a resolver that would ask anybody for any name
    {"/run/systemd/resolve/resolv.conf", "where /etc/resolv.conf may point to"},
    {"/run/systemd/resolve/stub-resolv.conf", "where /etc/resolv.conf may point to"},
    {"/run/resolvconf", "where /etc/resolv.conf may point to"},
    {"/run/NetworkManager/resolv.conf", "where /etc/resolv.conf may point to"},
    {"/sys/devices/system/cpu", "how many CPUs there are"},
    {"/dev/null", "a device every program expects"},
    {"/dev/zero", "a device every program expects"},
    {"/dev/full", "a device every program expects"},
    {"/dev/random", "a device every program expects"},
    {"/dev/urandom", "a device every program expects"},
};

// Empty directories put over what the rows above would show.
static const char *const hidden[] = {"/etc/riptide", "/etc/ssl/private"};

static const struct dev_link {
	const char *name;
	const char *target;
} dev_links[] = {
    {"/dev/fd", "/proc/self/fd"},
    {"/dev/stdin", "/proc/self/fd/0"},
    {"/dev/stdout", "/proc/self/fd/1"},
    {"/dev/stderr", "/proc/self/fd/2"},
};

static int
fail(struct err *err, const char *what, const char *path)
{
	return err_set(err, ERR_SANDBOX, "%s %s: %s", what, path, strerror(errno));
}

// mkdir -p of the parents of `path`.
static int
make_parents(const char *path)
{
	char copy[PATH_MAX];
	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(copy, 0755) && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

static int
make_mount_point(const char *path, mode_t type)
{
	if (make_parents(path))
		return -1;
	if (S_ISDIR(type))
		return mkdir(path, 0755) && errno != EEXIST ? -1 : 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int
copy_link(const char *from, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);
	if (n < 0)
		return -1;
	target[n] = 0;
	return symlink(target, path);
}

// Only adds flags: those of the mounts we came from are locked in a user namespace.
static int
make_read_only(const char *path, unsigned flags)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attr, sizeof(attr));
}

static int
show(const char *path, struct err *err)
{
	char from[PATH_MAX];
	struct stat st;
	if (snprintf(from, sizeof(from), OLD_ROOT "%s", path) >= (int)sizeof(from))
		return err_set(err, ERR_SANDBOX, "%s: path too long", path);
	if (lstat(from, &st))
		return 0;
	if (S_ISLNK(st.st_mode))
		return copy_link(from, path) ? fail(err, "link", path) : 0;
	if (make_mount_point(path, st.st_mode))
		return fail(err, "make", path);
	if (mount(from, path, NULL, MS_BIND | MS_REC, NULL))
		return fail(err, "bind", path);
	if (make_read_only(path, AT_RECURSIVE))
		return fail(err, "make read-only", path);
	return 0;
}

static int
mount_tmpfs(const char *path, mode_t mode, size_t bytes, unsigned long flags, struct err *err)
{
	char options[96];
	snprintf(options, sizeof(options), "mode=%o,size=%zu", mode, bytes);
	if (mkdir(path, 0755) && errno != EEXIST)
		return fail(err, "make", path);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | flags, options))
		return fail(err, "mount tmpfs on", path);
	return 0;
}

// An empty tmpfs becomes the root; the old one stays reachable under OLD_ROOT for now.
static int
swap_root(struct err *err)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return fail(err, "make private", "/");
	int rc = mount_tmpfs("/tmp", 0755, (size_t)1 << 20, 0, err);
	if (rc)
		return rc;
	if (mkdir("/tmp" OLD_ROOT, 0700))
		return fail(err, "make", OLD_ROOT);
	if (syscall(SYS_pivot_root, "/tmp", "/tmp" OLD_ROOT) || chdir("/"))
		return fail(err, "pivot_root", "/tmp");
	return 0;
}

static int
mount_own(const struct launch_request *r, struct err *err)
{
	int rc = mount_tmpfs("/tmp", 01777, LAUNCH_TMP_BYTES, MS_NOEXEC, err);
	if (!rc && mkdir("/dev", 0755))
		rc = fail(err, "make", "/dev");
	if (!rc)
		rc = mount_tmpfs("/dev/shm", 01777, r->shm_bytes, 0, err);
	if (rc)
		return rc;
	if (mkdir("/proc", 0755) ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return fail(err, "mount", "/proc");
	for (size_t i = 0; i < ARRAY_LEN(dev_links); i++)
		if (symlink(dev_links[i].target, dev_links[i].name))
			return fail(err, "link", dev_links[i].name);
	return 0;
}

static int
hide(const char *path, struct err *err)
{
	struct stat st;
	if (lstat(path, &st) || !S_ISDIR(st.st_mode))
		return 0;
	return mount_tmpfs(path, 0755, 4096, MS_RDONLY, err);
}

// A browser outside /usr ($RIPTIDE_BROWSER_PATH): the directory it lies in, with its data files;
// but only the file itself when it lies directly in / or /tmp.
static int
show_browser(const char *path, struct err *err)
{
	char dir[PATH_MAX];
	if (!access(path, X_OK) || snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return 0;
	const char *parent = dirname(dir);
	bool alone = !strcmp(parent, "/") || !strcmp(parent, "/tmp");
	return show(alone ? path : parent, err);
}

static int
show_all(const struct launch_request *r, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		int rc = show(seen[i].path, err);
		if (rc)
			return rc;
	}
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
		int rc = hide(hidden[i], err);
		if (rc)
			return rc;
	}
	return show_browser(r->argv[0], err);
}

int
launch_ns_enter(const struct launch_request *r, struct err *err)
{
	umask(022);
	int rc = swap_root(err);
	if (!rc)
		rc = mount_own(r, err);
	if (!rc)
		rc = show_all(r, err);
	if (rc)
		return rc;
	if (umount2(OLD_ROOT, MNT_DETACH) || rmdir(OLD_ROOT))
		return fail(err, "detach", OLD_ROOT);
	if (make_read_only("/", 0))
		return fail(err, "make read-only", "/");
	static const char name[] = "riptide";
	(void)!sethostname(name, sizeof(name) - 1);
	return 0;
}
