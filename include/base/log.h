/*
 * The log: one line an entry, logfmt (https://brandur.org/logfmt) or JSON, on a file
 * descriptor. Text from outside is escaped, so no line can be forged; secrets have no
 * field type, so they cannot be printed by mistake.
 *
 *   log_info(log_msg("delivery accepted"), log_str("delivery", id), log_uint("bytes",
 * n));
 *
 * Nothing below pipeline/ and app/ logs above debug.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

enum log_kind {
	LOG_KIND_END,
	LOG_KIND_STR,
	LOG_KIND_INT,
	LOG_KIND_UINT,
	LOG_KIND_SECONDS
};

struct log_field {
	enum log_kind kind;
	const char *key;
	const char *text; /* NULL leaves the field out */
	int64_t number;	  /* LOG_KIND_SECONDS: microseconds */
};

#define log_msg(t)	((struct log_field){LOG_KIND_STR, "msg", (t), 0})
#define log_str(k, t)	((struct log_field){LOG_KIND_STR, (k), (t), 0})
#define log_int(k, n)	((struct log_field){LOG_KIND_INT, (k), NULL, (int64_t)(n)})
#define log_uint(k, n)	((struct log_field){LOG_KIND_UINT, (k), NULL, (int64_t)(n)})
#define log_secs(k, us) ((struct log_field){LOG_KIND_SECONDS, (k), NULL, (int64_t)(us)})

/* fd is borrowed. Called once at start; before it, warnings and errors go to stderr. */
void log_init(enum log_format format, enum log_level level, int fd);
bool log_enabled(enum log_level level);
/* fields end with one of kind LOG_KIND_END. errno is kept. */
void log_write(enum log_level level, const struct log_field *fields);

/*
 * What bounds lines that anybody outside can cause: LIMIT_LOG_BURST of them a second. The
 * first line after some were left out tells how many.
 */
struct log_budget {
	uint64_t second; /* the one that said counts in */
	unsigned said;
	uint64_t unsaid;
};
/* Whether a line may be written now; counts it. */
bool log_budget_take(struct log_budget *b);
/* The field "unsaid": how many were left out before this line; absent without any. */
struct log_field log_unsaid(struct log_budget *b);

#define log_at(level, ...)                                                              \
	do {                                                                            \
		if (log_enabled(level))                                                 \
			log_write((level),                                              \
				  (const struct log_field[]){__VA_ARGS__,               \
							     {LOG_KIND_END, 0, 0, 0}}); \
	} while (0)
#define log_debug(...)	 log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)	 log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...)	 log_at(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
