/*
 * How trees become records by the option table. Inside conf/ only.
 */
#ifndef CONF_READER_H
#define CONF_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/secret.h"
#include "conf/options.h"
#include "model/conf.h"

struct conf_reader {
	struct diag_list *diags;
	struct conf *conf; /* NULL while a single rule is read again */
	bool in_rules;	   /* ${...} is refused, not replaced */
	bool has_forge;	   /* there is a forge: section */
};

/* The text of a scalar with ${NAME} and ${file:PATH} replaced. */
struct conf_value {
	struct secret text;
	enum node_kind kind;
	bool is_reference; /* kind says nothing then, and text is not to be shown */
};

void conf_value_done(struct conf_value *v);
#define auto_value CLEANUP(conf_value_done) struct conf_value

/*
 * Gives the text of a scalar. Returns 0; -EINVAL after reporting a collection, nothing at
 * all, or a reference that cannot be followed; -ENOMEM.
 */
int conf_value_get(struct conf_reader *r, const struct conf_option *o,
		   const struct node *n, struct conf_value *ret_value) MUST_CHECK;
/* Whether text is, as a whole, ${...}. */
bool conf_is_reference(const char *text);
/* Replaces references in every string of a tree. Returns 0, -EINVAL, -ENOMEM. */
int conf_expand_tree(struct conf_reader *r, struct node *tree) MUST_CHECK;

/* "`key`: expected EXPECTED, found ..." at n. Returns -EINVAL. */
int conf_expected(struct conf_reader *r, const struct conf_option *o,
		  const struct node *n, const char *expected);
/* The same for a value out of bounds, which names them in the option's own unit. */
int conf_out_of_bounds(struct conf_reader *r, const struct conf_option *o,
		       const struct node *n, const char *min, const char *max);

/* Defaults, members, unknown and missing ones. Returns 0, -EINVAL or -ENOMEM. */
int conf_read_section(struct conf_reader *r, const struct conf_section *s,
		      const struct node *n, void *record) MUST_CHECK;
int conf_read_defaults(struct conf_reader *r, const struct conf_section *s,
		       void *record) MUST_CHECK;
/* Where to point for what is wrong with the member as a whole: its key if it has one. */
struct place conf_key_place(const struct node *n);

static inline void *
conf_field(const struct conf_option *o, void *record)
{
	return (char *)record + o->offset;
}

/* -ENOMEM wins over -EINVAL, both over 0: all is read, the worst is returned. */
int conf_worse(int a, int b);

/* types.c */
extern const struct conf_type conf_type_section; /* members of the same record */
extern const struct conf_type conf_type_text;
extern const struct conf_type conf_type_file;
extern const struct conf_type conf_type_name;	/* the same, but 12 is as good as "12" */
extern const struct conf_type conf_type_number; /* uint32_t */
extern const struct conf_type conf_type_size;	/* uint64_t bytes */
extern const struct conf_type conf_type_duration; /* uint64_t milliseconds */
extern const struct conf_type conf_type_days;	  /* uint32_t */
extern const struct conf_type conf_type_choice;	  /* an enum: index in o->values */
extern const struct conf_type conf_type_word;	  /* one of o->values as text */
extern const struct conf_type conf_type_secret;	  /* struct secret */
extern const struct conf_type conf_type_networks; /* char ** and, as companion, size_t */
extern const struct conf_type conf_type_mapping;  /* struct node *: an object, copied */
extern const struct conf_type conf_type_later;	  /* known, but not in this version */
/* url.c */
extern const struct conf_type conf_type_address; /* struct conf_address */
extern const struct conf_type conf_type_journal_url;
extern const struct conf_type conf_type_forge_url;
extern const struct conf_type conf_type_mqtt_url;
/* sources.c, forge.c, rules.c, load.c */
extern const struct conf_type conf_type_sources;
extern const struct conf_type conf_type_secrets;
extern const struct conf_type conf_type_forge;
extern const struct conf_type conf_type_accounts;
extern const struct conf_type conf_type_http;
extern const struct conf_type conf_type_admin;
extern const struct conf_type conf_type_mqtt;
extern const struct conf_type conf_type_rules;
extern const struct conf_type conf_type_steps;
extern const struct conf_type conf_type_include;

extern const struct conf_section conf_section_listen;
extern const struct conf_section conf_section_admin;
extern const struct conf_section conf_section_forge;
extern const struct conf_section conf_section_account;
extern const struct conf_section conf_section_mqtt;
extern const struct conf_section conf_section_source;
extern const struct conf_section conf_section_rule;
extern const struct conf_section conf_section_step;

/* Builds a rule from its tree. Returns 0 with ret_rule, or -EINVAL, -ENOMEM. */
struct rule;
int conf_read_rule(struct conf_reader *r, const struct node *n,
		   struct rule **ret_rule) MUST_CHECK;
/* What can only be checked when all was read. */
void conf_check_whole(struct conf_reader *r);

#endif
