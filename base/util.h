// SPDX-License-Identifier: Apache-2.0
// Small things every folder needs: cleanup attributes, moves, array sizes, memory that can't fail.
#ifndef BASE_UTIL_H
#define BASE_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_CHECK   __attribute__((warn_unused_result))
#define UNUSED       __attribute__((unused))
// Each argument is evaluated once; the counter keeps nested uses from shadowing each other.
#define MIN(a, b)          PICK_(a, b, <, __COUNTER__)
#define MAX(a, b)          PICK_(a, b, >, __COUNTER__)
#define PICK_(a, b, op, n) PICK2_(a, b, op, n)
#define PICK2_(a, b, op, n)                                                                        \
	({                                                                                         \
		__typeof__(a) pick_a_##n = (a);                                                    \
		__typeof__(b) pick_b_##n = (b);                                                    \
		pick_a_##n op pick_b_##n ? pick_a_##n : pick_b_##n;                                \
	})

// `steal_ptr(p)`: the value of p, p becomes NULL. `steal_fd(f)`: the same with -1.
#define steal_ptr(p)                                                                               \
	({                                                                                         \
		__typeof__(p) steal_tmp_ = (p);                                                    \
		(p) = NULL;                                                                        \
		steal_tmp_;                                                                        \
	})
#define steal_fd(f)                                                                                \
	({                                                                                         \
		int steal_tmp_ = (f);                                                              \
		(f) = -1;                                                                          \
		steal_tmp_;                                                                        \
	})

// __attribute__((cleanup)) helpers: `cleanup_free char *s = …;`, `cleanup_close int fd = …;`.
void util_freep(void *ptr_to_ptr);
void util_closep(int *fd); // leaves -1
#define cleanup_free  __attribute__((cleanup(util_freep)))
#define cleanup_close __attribute__((cleanup(util_closep)))

// malloc family for small sizes that no peer chooses: abort on out-of-memory.
void *xmalloc(size_t n) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t n) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

// Read or write everything, restarting on EINTR. 0, or -1 with errno. util_read_all stops at EOF
// and says in *got how much came.
int util_write_all(int fd, const void *p, size_t n) MUST_CHECK;
int util_read_all(int fd, void *p, size_t n, size_t *got) MUST_CHECK;

#endif
