/*
 * Reads the YAML configuration (libfyaml) into struct conf. All mistakes of all files are
 * collected with file, line and column; nothing is printed here. Not checked here, since
 * it needs the other layers: kinds and their options, operations, patterns, templates
 * (pipeline/ruleset.h does that).
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/attr.h"
#include "base/diag.h"
#include "model/conf.h"

/*
 * Reads path ("-": standard input) and what it includes. Returns 0 with a new reference,
 * or -EINVAL with the mistakes in diags (I/O errors are among them). Warnings may be
 * there in both cases.
 */
int conf_load(const char *path, struct diag_list *diags,
	      struct conf **ret_conf) MUST_CHECK;
/*
 * The same, but *ret_conf may be given with -EINVAL, too (else it is NULL): what could be
 * read, good for nothing but for finding further mistakes (ruleset_load). What has a
 * mistake is NULL there, or marked `broken`; `incomplete`: a file is missing.
 */
int conf_read(const char *path, struct diag_list *diags,
	      struct conf **ret_conf) MUST_CHECK;
/*
 * As conf_load for text in memory (tests, fuzzing). Environment and files named by ${...}
 * are read as usual; include: is refused.
 */
int conf_parse(const char *name, const char *text, size_t len, struct diag_list *diags,
	       struct conf **ret_conf) MUST_CHECK;
/* Builds a rule again from rule->text (JSON): how running jobs survive a changed file. */
int conf_parse_rule(const char *text, struct rule **ret_rule) MUST_CHECK;
/*
 * Any YAML or JSON text as a tree (seed files, pattern cases). file must outlive the
 * tree. Returns 0, or -EINVAL with diags.
 */
int conf_parse_tree(const char *file, const char *text, size_t len,
		    struct diag_list *diags, struct node **ret_tree) MUST_CHECK;

#endif
