// SPDX-License-Identifier: Apache-2.0
// Memory cgroups of browsers. Keeper threads, and pool_new; touches nothing but files below the two
// roots that it is given.
#include "orchestrator/pool/pool_cgroup.h"

#include "base/buf.h"
#include "base/clock.h"
#include "orchestrator/pool/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PREFIX    "riptide-browser-"
#define LEAF      "riptide-main"
#define REMOVE_MS 500

static int
write_file(const char *dir, const char *name, const char *text)
{
	char path[CGROUP_PATH_BYTES + 64];
	size_t n = strlen(text);

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, n) == (ssize_t)n ? 0 : -1;
}

static ssize_t
read_file(const char *dir, const char *name, char *out, size_t size)
{
	char path[CGROUP_PATH_BYTES + 64];
	size_t got = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || util_read_all(fd, out, size - 1, &got))
		return -1;
	out[got] = '\0';
	return (ssize_t)got;
}

static bool
is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
has_word(struct sv list, char separator, const char *word)
{
	while (list.n > 0) {
		const char *end = memchr(list.p, separator, list.n);
		size_t n = end ? (size_t)(end - list.p) : list.n;

		if (sv_eq_str((struct sv){list.p, n}, word))
			return true;
		n = MIN(n + 1, list.n);
		list = (struct sv){list.p + n, list.n - n};
	}
	return false;
}

// --- where we are ---

// The path of a line "N:controllers:path" for the v1 controller, or of "0::path" for v2
// (`controller`
// ""). False: no such line.
static bool
own_path(const char *lines, const char *controller, char *out, size_t size)
{
	for (const char *line = lines; *line; line += *line ? 1 : 0) {
		size_t n = strcspn(line, "\n");
		const char *first = memchr(line, ':', n);
		const char *second =
		    first ? memchr(first + 1, ':', n - (size_t)(first + 1 - line)) : NULL;
		struct sv names = {first + 1, second ? (size_t)(second - first - 1) : 0};

		if (second && (*controller ? has_word(names, ',', controller)
					   : names.n == 0 && line[0] == '0')) {
			snprintf(
			    out, size, "%.*s", (int)(n - (size_t)(second + 1 - line)), second + 1);
			return true;
		}
		line += n;
	}
	return false;
}

// In a container the path may be one of the host's: then the root is ours.
static bool
place(const char *root, const char *hierarchy, const char *path, char *out, size_t size)
{
	char base[CGROUP_PATH_BYTES];

	if ((size_t)snprintf(base, sizeof(base), "%s%s", root, hierarchy) >= sizeof(base))
		return false;
	if ((size_t)snprintf(out, size, "%s%s", base, strcmp(path, "/") ? path : "") < size &&
	    is_dir(out) && !strstr(path, "/.."))
		return true;
	return (size_t)snprintf(out, size, "%s", base) < size && is_dir(out);
}

// --- v2: handing the controller down ---

static bool
all_are_ours(const char *proc, const char *pids)
{
	char *end;

	for (const char *p = pids; *p; p = end + strspn(end, "\n")) {
		pid_t pid = (pid_t)strtol(p, &end, 10);

		if (end == p || !proc_is_below(proc, pid, getpid()))
			return false;
	}
	return true;
}

static int
move_all(const char *leaf, const char *pids)
{
	char *end;

	for (const char *p = pids; *p; p = end + strspn(end, "\n")) {
		pid_t pid = (pid_t)strtol(p, &end, 10);

		if (end == p)
			break;
		if (cgroup_enter(leaf, pid) != 0 && errno != ESRCH)
			return -1;
	}
	return 0;
}

// A cgroup that has processes can't hand controllers down; a leaf takes them.
static int
clear_of_processes(const char *proc, const char *dir)
{
	char pids[16384], leaf[CGROUP_PATH_BYTES + 32];
	ssize_t n = read_file(dir, "cgroup.procs", pids, sizeof(pids));

	snprintf(leaf, sizeof(leaf), "%s/" LEAF, dir);
	if (n < 0 || (size_t)n == sizeof(pids) - 1 || !all_are_ours(proc, pids))
		return -1;
	if (mkdir(leaf, 0755) != 0 && errno != EEXIST)
		return -1;
	return move_all(leaf, pids);
}

static int
hand_down(const char *proc, struct cgroup_parent *p)
{
	char list[512];
	ssize_t n = read_file(p->dir, "cgroup.controllers", list, sizeof(list));
	struct sv names = sv_trim((struct sv){list, n > 0 ? (size_t)n : 0});

	if (!has_word(names, ' ', "memory")) {
		snprintf(p->why, sizeof(p->why), "%.150s has no memory controller", p->dir);
		return -1;
	}
	n = read_file(p->dir, "cgroup.subtree_control", list, sizeof(list));
	names = sv_trim((struct sv){list, n > 0 ? (size_t)n : 0});
	if (has_word(names, ' ', "memory"))
		return 0;
	if (write_file(p->dir, "cgroup.subtree_control", "+memory") == 0)
		return 0;
	if (errno == EBUSY && clear_of_processes(proc, p->dir) == 0 &&
	    write_file(p->dir, "cgroup.subtree_control", "+memory") == 0)
		return 0;
	snprintf(p->why, sizeof(p->why), "%.150s: %s", p->dir,
	    errno == EBUSY ? "other processes are in it" : strerror(errno));
	return -1;
}

// --- finding ---

// Empty ones only: rmdir refuses the others.
static void
sweep(const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));)
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) == 0)
			(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	if (d)
		closedir(d);
}

static bool
can_make(struct cgroup_parent *p)
{
	char path[CGROUP_PATH_BYTES + 64];

	snprintf(path, sizeof(path), "%s/" PREFIX "try-%d", p->dir, getpid());
	if (mkdir(path, 0755) == 0) {
		(void)rmdir(path);
		return true;
	}
	snprintf(p->why, sizeof(p->why), "%.150s: %s", p->dir, strerror(errno));
	return false;
}

void
cgroup_find(const char *root, const char *proc, struct cgroup_parent *out)
{
	char lines[4096], path[CGROUP_PATH_BYTES];
	int version = 0;

	*out = (struct cgroup_parent){.why = "no cgroups are mounted"};
	if (read_file(proc, "self/cgroup", lines, sizeof(lines)) <= 0)
		return;
	if (own_path(lines, "memory", path, sizeof(path)) &&
	    place(root, "/memory", path, out->dir, sizeof(out->dir)))
		version = 1;
	else if (own_path(lines, "", path, sizeof(path)) &&
		 place(root, "", path, out->dir, sizeof(out->dir)))
		version = 2;
	if (version == 0)
		return;
	sweep(out->dir);
	if (can_make(out) && (version == 1 || hand_down(proc, out) == 0)) {
		out->version = version;
		out->why[0] = '\0';
	}
}

// --- one browser's ---

static int
set_limit(int version, const char *dir, int64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)bytes);
	if (version == 1)
		return write_file(dir, "memory.limit_in_bytes", text);
	(void)write_file(dir, "memory.swap.max", "0");
	return write_file(dir, "memory.max", text);
}

char *
cgroup_make(const struct cgroup_parent *p, uint64_t id, int64_t limit_bytes)
{
	char *dir;

	if (p->version == 0)
		return NULL;
	dir = xasprintf("%s/" PREFIX "%d-%llu", p->dir, getpid(), (unsigned long long)id);
	if (mkdir(dir, 0755) == 0 && set_limit(p->version, dir, limit_bytes) == 0)
		return dir;
	(void)rmdir(dir);
	free(dir);
	return NULL;
}

int
cgroup_enter(const char *dir, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return write_file(dir, "cgroup.procs", text);
}

// The kernel lets go of ended processes a little later.
void
cgroup_remove(const char *dir)
{
	struct deadline dl = deadline_in_ms(REMOVE_MS);

	while (rmdir(dir) != 0 && errno == EBUSY && !deadline_passed(dl))
		(void)poll(NULL, 0, 10);
}
