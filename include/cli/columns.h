/* Resources of Forge as a table for people. */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <jansson.h>

struct column {
	const char *title; /* NULL: the end of the table */
	/* "id", "attributes.name"; an object or list is printed as its number of members.
	 */
	const char *path;
};

/* items: an array of objects. Prints to stdout; a line "none" to stderr when it is empty.
 */
void columns_print(const json_t *items, const struct column *columns);
/* JSON on stdout, indented by two. */
void columns_print_json(const json_t *value);

#endif
