// SPDX-License-Identifier: Apache-2.0
// The table of `riptide doctor`, and the checks that only look at the system: namespaces, fonts,
// shared memory, limits, the temporary directory. Main thread.
#include "orchestrator/cli/doctor.h"

#include "base/clock.h"
#include "base/err.h"
#include "orchestrator/fetch/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#define SHM_MIN_MB 512
#define NOFILE_MIN 1024
#define TMP_MIN_MB 200

static void
judge(struct doctor_finding *f, bool ok, enum doctor_verdict otherwise, const char *advice)
{
	f->verdict = ok ? DOCTOR_OK : otherwise;
	if (!ok)
		buf_str(&f->advice, advice);
}

static int64_t
read_number(const char *path, int64_t absent)
{
	char text[32];
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;

	if (fd < 0 || util_read_all(fd, text, sizeof(text) - 1, &n) != 0)
		return absent;
	text[n] = '\0';
	return strtoll(text, NULL, 10);
}

static void
landlock(struct doctor_finding *f)
{
	long abi =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* LANDLOCK_CREATE_RULESET_VERSION */);

	if (abi > 0)
		buf_fmt(&f->text, "ABI %ld", abi);
	else
		buf_str(&f->text, "not in this kernel");
	judge(f, abi > 0, DOCTOR_WARN, "seccomp alone confines the extractor");
}

static void
namespaces(struct doctor_finding *f)
{
	int64_t max = read_number("/proc/sys/user/max_user_namespaces", 0);
	int64_t clone = read_number("/proc/sys/kernel/unprivileged_userns_clone", 1);
	int64_t apparmor = read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0);
	bool ok = geteuid() == 0 || (max > 0 && clone != 0 && apparmor == 0);

	buf_fmt(&f->text, "max_user_namespaces %lld%s%s", (long long)max,
	    clone ? "" : ", switched off by sysctl", apparmor ? ", restricted by AppArmor" : "");
	judge(f, ok, DOCTOR_WARN,
	    "browsers get no namespaces of their own; Chromium's setuid helper is used instead");
}

static int n_fonts;

static int
count_font(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *dot = strrchr(path, '.');

	(void)st;
	(void)ftw;
	if (type == FTW_F && dot &&
	    (strcasecmp(dot, ".ttf") == 0 || strcasecmp(dot, ".otf") == 0 ||
		strcasecmp(dot, ".ttc") == 0 || strcasecmp(dot, ".pfb") == 0))
		n_fonts++;
	return 0;
}

static void
fonts(struct doctor_finding *f)
{
	static const char *const dirs[] = {"/usr/share/fonts", "/usr/local/share/fonts"};

	n_fonts = 0;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		(void)!nftw(dirs[i], count_font, 16, FTW_PHYS);
	buf_fmt(&f->text, "%d font files", n_fonts);
	judge(f, n_fonts > 0, DOCTOR_BAD,
	    "apt-get install fonts-liberation (and fonts-noto-cjk for Chinese, Japanese, Korean)");
}

static int64_t
free_mb(const char *path)
{
	struct statvfs s;

	return statvfs(path, &s) == 0 ? (int64_t)(s.f_bavail * (s.f_frsize >> 10)) >> 10 : -1;
}

static void
shared_memory(struct doctor_finding *f)
{
	int64_t mb = free_mb("/dev/shm");

	buf_fmt(&f->text, "%lld MB free in /dev/shm", (long long)mb);
	judge(f, mb >= SHM_MIN_MB, DOCTOR_WARN,
	    "Chromium uses its temporary directory instead; docker run --shm-size=1g avoids that");
}

static void
open_files(struct doctor_finding *f)
{
	struct rlimit r = {0};

	getrlimit(RLIMIT_NOFILE, &r);
	buf_fmt(&f->text, "%llu soft, %llu hard", (unsigned long long)r.rlim_cur,
	    (unsigned long long)r.rlim_max);
	judge(f, r.rlim_cur >= NOFILE_MIN, DOCTOR_WARN, "ulimit -n 4096");
}

static const char *
temp_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

static void
temporary_files(struct doctor_finding *f)
{
	cleanup_close int fd = open(temp_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int64_t mb = free_mb(temp_dir());
	bool writable = fd >= 0 || errno == EOPNOTSUPP || access(temp_dir(), W_OK | X_OK) == 0;

	buf_fmt(&f->text, "%s, %lld MB free%s", temp_dir(), (long long)mb,
	    writable ? "" : ", not writable");
	judge(f, writable && mb >= TMP_MIN_MB, DOCTOR_BAD,
	    "make room, or set TMPDIR to a writable directory");
}

static void
fetching(struct doctor_finding *f)
{
	struct err err = ERR_INIT;
	bool certificates = false;

	if (fetch_describe(&f->text, &certificates, &err) != 0)
		buf_str(&f->text, err.message);
	judge(f, certificates, DOCTOR_WARN,
	    "engine \"fetch\" needs them: apt-get install libcurl4 ca-certificates");
}

const struct doctor_check doctor_checks[] = {
    {"chromium", doctor_browser, "Chromium is installed and says its version"},
    {"chromium-sandbox", doctor_sandbox, "a renderer is confined by Chromium's own sandbox"},
    {"egress", doctor_egress, "a page's connections pass the egress guard, and nothing else"},
    {"extractor", doctor_extractor, "the extractor works inside its seccomp filter"},
    {"landlock", landlock, "the kernel's second wall around the extractor"},
    {"user-namespaces", namespaces, "namespaces of their own for browsers"},
    {"fonts", fonts, "text has shapes in screenshots"},
    {"shm", shared_memory, "shared memory for pictures"},
    {"open-files", open_files, "enough file descriptors"},
    {"temp-dir", temporary_files, "room for profiles"},
    {"fetch", fetching, "pages without a browser"},
};
const size_t doctor_n_checks = ARRAY_LEN(doctor_checks);
