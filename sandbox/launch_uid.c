// SPDX-License-Identifier: Apache-2.0
// riptide-launch: which unprivileged user Chromium runs as, and becoming that user. Started as
// root: the user `riptide` if there is one, else a uid of its own from the range that no passwd
// entry and no other launcher uses. Not root: whoever started us.
#include "sandbox/launch_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// systemd's range for dynamic users: no distribution gives these to people or packages.
#define SLOT_FIRST 61184
#define SLOT_LAST  65519
#define SLOT_COUNT (SLOT_LAST - SLOT_FIRST + 1)

struct passwd_scan {
	bool found; // the user `riptide`
	uid_t uid;
	gid_t gid;
	bool taken[SLOT_COUNT];
};

bool
launch_uid_is_slot(uid_t uid)
{
	return uid >= SLOT_FIRST && uid <= SLOT_LAST;
}

// Reads the file itself: getpwnam would load NSS modules into a root process.
static void
scan_passwd(struct passwd_scan *out)
{
	FILE *f = fopen("/etc/passwd", "re");
	if (!f)
		return;
	for (struct passwd *pw; (pw = fgetpwent(f));) {
		if (launch_uid_is_slot(pw->pw_uid))
			out->taken[pw->pw_uid - SLOT_FIRST] = true;
		if (!strcmp(pw->pw_name, "riptide") && pw->pw_uid) {
			out->found = true;
			out->uid = pw->pw_uid;
			out->gid = pw->pw_gid;
		}
	}
	fclose(f);
}

// A directory that only root can write to.
static int
open_lock_dir(const char *path)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return -1;
	int fd = open(path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (fd >= 0 && (fstat(fd, &st) || st.st_uid != 0 || (st.st_mode & 022))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
open_lock_dirs(const char *profile_root)
{
	cleanup_free char *other = xasprintf("%s/.riptide-uids", profile_root);
	int fd = open_lock_dir("/run/riptide");
	return fd >= 0 ? fd : open_lock_dir(other);
}

// The fd of the lock, or -1 when another launcher holds it.
static int
lock_slot(int dir, uid_t uid)
{
	char name[32];
	snprintf(name, sizeof(name), "uid-%u", uid);
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
choose_slot(const char *profile_root, const struct passwd_scan *scan, struct launch_uid *out,
    struct err *err)
{
	cleanup_close int dir = open_lock_dirs(profile_root);
	if (dir < 0)
		return err_set(
		    err, ERR_SANDBOX, "no place for uid locks: /run/riptide: %s", strerror(errno));
	for (uid_t uid = SLOT_FIRST; uid <= SLOT_LAST; uid++) {
		if (scan->taken[uid - SLOT_FIRST])
			continue;
		out->lock_fd = lock_slot(dir, uid);
		if (out->lock_fd >= 0) {
			out->uid = uid;
			out->gid = uid;
			return 0;
		}
	}
	return err_set(err, ERR_SANDBOX, "no free uid from %d to %d", SLOT_FIRST, SLOT_LAST);
}

// Has `uid` a meaning in our user namespace? Not so for "root" made by `unshare -r` or a small
// container.
static bool
is_mapped(uid_t uid)
{
	FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned inside, outside, count;
	bool found = !f;
	while (!found && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3)
		found = uid >= inside && uid - inside < count;
	if (f)
		fclose(f);
	return found;
}

int
launch_uid_choose(const char *profile_root, struct launch_uid *out, struct err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct passwd_scan scan = {0};
	*out = (struct launch_uid){
	    .uid = uid, .gid = gid, .outer_uid = uid, .outer_gid = gid, .lock_fd = -1};
	if (uid != 0)
		return 0;
	if (!is_mapped(SLOT_FIRST)) {
		// The only user there is, under another name: Chromium refuses to run as uid 0.
		out->uid = SLOT_FIRST;
		out->gid = SLOT_FIRST;
		return 0;
	}
	scan_passwd(&scan);
	out->drop = true;
	out->uid = scan.uid;
	out->gid = scan.gid;
	int rc = scan.found ? 0 : choose_slot(profile_root, &scan, out, err);
	out->outer_uid = out->uid;
	out->outer_gid = out->gid;
	return rc;
}

static int
drop_caps(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}, {0}};
	return (int)syscall(SYS_capset, &head, none);
}

int
launch_uid_become(const struct launch_uid *who, struct err *err)
{
	if (who->drop && (setgroups(0, NULL) && errno != EPERM))
		return err_set(err, ERR_SANDBOX, "setgroups: %s", strerror(errno));
	if (who->drop && setresgid(who->gid, who->gid, who->gid))
		return err_set(err, ERR_SANDBOX, "setresgid %u: %s", who->gid, strerror(errno));
	if (who->drop && setresuid(who->uid, who->uid, who->uid))
		return err_set(err, ERR_SANDBOX, "setresuid %u: %s", who->uid, strerror(errno));
	if (drop_caps())
		return err_set(err, ERR_SANDBOX, "capset: %s", strerror(errno));
	if (who->drop && (getuid() == 0 || setuid(0) == 0))
		return err_set(err, ERR_SANDBOX, "root could be had back");
	return 0;
}

static int
leave_at_once(void *arg UNUSED)
{
	return 0;
}

bool
launch_uid_can_userns(void)
{
	_Alignas(16) static char stack[16384];
	int flags = CLONE_NEWUSER | CLONE_VM | CLONE_VFORK | SIGCHLD;
	pid_t pid = clone(leave_at_once, stack + sizeof(stack), flags, NULL);
	if (pid < 0)
		return false;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return true;
}
