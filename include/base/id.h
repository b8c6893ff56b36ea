/* ULIDs (https://github.com/ulid/spec): 26 characters, sortable by time, monotonic. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>

#define ID_SIZE 27 /* with the NUL */

struct id {
	char text[ID_SIZE]; /* "" is no id */
};

/* A new id, greater than every id that this process made before. Not thread-safe. */
struct id id_new(void);
/* Upper-case Crockford base 32 of the right length. */
bool id_is_valid(const char *text);
/* A copy of text, or the empty id when text is not valid. */
struct id id_from(const char *text);

#endif
