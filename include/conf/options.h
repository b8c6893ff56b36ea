/*
 * The option table: every key of the configuration with its type, default, bounds and
 * help. Reading, the messages about mistakes and docs/CONFIG.md are made from it.
 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/node.h"

struct conf_reader;
struct conf_option;

struct conf_type {
	const char *name;     /* "size": for the documentation */
	const char *expected; /* "a size such as 25MiB": for messages */
	/*
	 * Checks n and stores it in record at the option's offset. Returns 0, -EINVAL
	 * with the mistake reported, -ENOMEM.
	 */
	int (*read)(struct conf_reader *r, const struct conf_option *o,
		    const struct node *n, void *record);
};

struct conf_section;

struct conf_option {
	const char *key;
	const struct conf_type *type;
	size_t offset;	     /* of the value in its record */
	size_t companion;    /* offset of what belongs to it: a text's place, a list's
				length;    0: none */
	const char *initial; /* the default as one would write it; NULL: none */
	const char *values;  /* "logfmt|json"; NULL */
	uint64_t min;	     /* bounds of numbers, bytes, milliseconds, days; */
	uint64_t max;	     /* both 0: none */
	/* A further check of a text: NULL, or what was expected instead. */
	const char *(*check)(const char *text);
	const struct conf_section *section; /* what is below it; NULL */
	bool required;
	const char *help;
};

struct conf_section {
	const char *path; /* "listen", "sources.NAME", "rules[].do[]": for the
			     documentation */
	const struct conf_option *options; /* ends with key NULL */
	bool has_place;
	size_t place; /* offset of the record's struct place */
	bool has_rest;
	size_t rest; /* offset of a struct node * that takes unknown members */
	const char *help;
};

/* The whole file. */
extern const struct conf_section conf_section_root;

/* Whether it is only known so that it can be refused. */
bool conf_option_is_later(const struct conf_option *o);
/* Appends "1KiB to 1MiB"; nothing without bounds. */
void conf_option_bounds(const struct conf_option *o, struct buf *out);

#endif
