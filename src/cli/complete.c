#include "cli/complete.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/names.h"
#include "forge/operation.h"
#include "forge/schema.h"
#include "forge/tree.h"

struct completion {
	const struct cli_command *command; /* NULL: none as yet */
	struct cli_args *args;		   /* owned; of the words before the last */
	const char *before; /* part of the last word in front of what is completed */
	int before_len;
	const char *word; /* what is completed */
	struct buf *out;
};

/* Names come from outside; what a shell or a terminal would obey is left out. */
static bool
is_plain(const char *word)
{
	for (; *word; word++) {
		if ((unsigned char)*word < 0x20 || *word == 0x7f ||
		    strchr("$`\\\"';&|<>(){}!", *word))
			return false;
	}
	return true;
}

/* Whether a word fits what is typed is decided here. */
static void
offer(const struct completion *c, const char *word, const char *what)
{
	if (!str_starts(word, c->word) || !is_plain(word))
		return;
	buf_printf(c->out, "%.*s%s", c->before_len, c->before, word);
	buf_printf(c->out, "\t%s\n", what ? what : "");
}

/* --- what stands for something -------------------------------------------------------
 */

static void
offer_names(const struct completion *c, enum names_kind kind, const char *what)
{
	auto_tree names = names_get(c->args, kind, c->word);
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		if (name)
			offer(c, name, what);
	}
}

static void
offer_sites(const struct completion *c)
{
	offer_names(c, NAMES_SITES, "site");
}

static void
offer_servers(const struct completion *c)
{
	offer_names(c, NAMES_SERVERS, "server");
}

static void
offer_files(const struct completion *c)
{
	buf_puts(c->out, ":files\n");
}

static void
offer_operations(const struct completion *c)
{
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		if (op->alias)
			offer(c, op->alias, op->summary);
		offer(c, op->id, op->summary);
	}
}

static bool
is_new_area(size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (str_eq(forge_operations[i].area, forge_operations[at].area))
			return false;
	}
	return true;
}

static void
offer_areas(const struct completion *c)
{
	for (size_t i = 0; i < forge_n_operations; i++) {
		if (is_new_area(i))
			offer(c, forge_operations[i].area, "area");
	}
}

static const struct forge_schema *
parameter_schema(const struct forge_operation *op, const char *name)
{
	for (size_t i = 0; i < op->n_path_params; i++) {
		if (str_eq(op->path_params[i].name, name))
			return op->path_params[i].schema;
	}
	for (size_t i = 0; i < op->n_query_params; i++) {
		if (str_eq(op->query_params[i].name, name))
			return op->query_params[i].schema;
	}
	const struct forge_field *f = op->body ? forge_schema_field(op->body, name)
					       : NULL;
	return f ? f->schema : NULL;
}

static void
offer_name(const struct completion *c, const char *name, const char *what)
{
	auto_str with = str_format("%s=", name);
	if (with)
		offer(c, with, what);
}

static void
offer_parameters(const struct completion *c, const struct forge_operation *op)
{
	for (size_t i = 0; i < op->n_path_params; i++)
		offer_name(c, op->path_params[i].name, "path");
	for (size_t i = 0; i < op->n_query_params; i++)
		offer_name(c, op->query_params[i].name, "query");
	for (size_t i = 0; op->body && i < op->body->n_fields; i++)
		offer_name(c, op->body->fields[i].name, "body");
}

static void
offer_values(const struct completion *c, const struct forge_schema *s)
{
	for (size_t i = 0; s->values && s->values[i]; i++)
		offer(c, s->values[i], NULL);
	if (s->types == FORGE_TYPE_BOOLEAN) {
		offer(c, "true", NULL);
		offer(c, "false", NULL);
	}
	if (s->items)
		offer_values(c, s->items);
}

static void
offer_arguments(const struct completion *c)
{
	const char *id = cli_operand(c->args, 0);
	const struct forge_operation *op = id ? forge_operation_find(id) : NULL;
	const char *eq = strchr(c->word, '=');
	if (!op)
		return;
	if (!eq) {
		offer_parameters(c, op);
		return;
	}
	auto_str name = str_ndup(c->word, (size_t)(eq - c->word));
	struct completion value = *c;
	value.before = c->word;
	value.before_len = (int)(eq + 1 - c->word);
	value.word = eq + 1;
	const struct forge_schema *s = name ? parameter_schema(op, name) : NULL;
	if (str_eq(name, "site"))
		offer_sites(&value);
	else if (str_eq(name, "server"))
		offer_servers(&value);
	else if (s)
		offer_values(&value, s);
}

static const struct {
	const char *word;
	void (*offer)(const struct completion *c);
} meanings[] = {
	{"SITE", offer_sites},		 {"SERVER", offer_servers},
	{"FILE", offer_files},		 {"OPERATION", offer_operations},
	{"name=value", offer_arguments}, {"AREA", offer_areas},
};

/* One of "A|B". */
static void
offer_meaning(const struct completion *c, struct slice part)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		if (slice_eq_str(part, meanings[i].word)) {
			meanings[i].offer(c);
			return;
		}
	}
	auto_str word = str_ndup(part.data, part.len);
	if (word && *word >= 'a' && *word <= 'z')
		offer(c, word, NULL);
}

static void
offer_token(const struct completion *c, struct slice token)
{
	while (token.len > 0) {
		const char *bar = memchr(token.data, '|', token.len);
		size_t n = bar ? (size_t)(bar - token.data) : token.len;
		offer_meaning(c, (struct slice){token.data, n});
		n += bar ? 1 : 0;
		token.data += n;
		token.len -= n;
	}
}

/* --- where in the line ---------------------------------------------------------------
 */

/* Operand number i of "SITE [FILE]"; the last one before "..." again and again. */
static struct slice
token_at(const char *operands, size_t i)
{
	struct slice token = {NULL, 0};
	for (const char *p = operands; *p;) {
		p += strspn(p, " [");
		struct slice next = {p, strcspn(p, " ]")};
		p += next.len + strspn(p + next.len, " ]");
		if (slice_eq_str(next, "..."))
			return token;
		token = next;
		if (i-- == 0)
			return token;
	}
	return (struct slice){NULL, 0};
}

static void
offer_options(const struct completion *c)
{
	const struct cli_option *o = c->command->options;
	for (; o && o->name; o++)
		offer(c, o->name, o->help);
	offer(c, "--help", "this help");
}

static void
complete_command(struct completion *c, const char *previous)
{
	const char *eq = str_starts(c->word, "--") ? strchr(c->word, '=') : NULL;
	const struct cli_option *o = NULL;
	if (eq)
		o = cli_option_find(c->command, c->word, (size_t)(eq - c->word));
	else if (previous && *previous == '-')
		o = cli_option_find(c->command, previous, strlen(previous));
	if (o && o->value && eq) {
		c->before = c->word;
		c->before_len = (int)(eq + 1 - c->word);
		c->word = eq + 1;
	}
	if (o && o->value)
		offer_token(c, slice_of(o->value));
	else if (*c->word == '-')
		offer_options(c);
	else
		offer_token(c, token_at(c->command->operands, cli_operands(c->args)));
}

/* The word of name behind n others, when those are the first of name. */
static char *
word_behind(const char *name, int n, char **words)
{
	for (int i = 0; i < n; i++) {
		size_t len = strcspn(name, " ");
		if (strlen(words[i]) != len || strncmp(words[i], name, len) != 0 ||
		    name[len] == '\0')
			return NULL;
		name += len + 1;
	}
	return str_ndup(name, strcspn(name, " "));
}

static void
offer_commands(const struct completion *c, int n, char **words)
{
	auto_str last = NULL;
	for (const struct cli_command *const *k = cli_commands(); *k; k++) {
		auto_str word = (*k)->hidden ? NULL : word_behind((*k)->name, n, words);
		if (!word || str_eq(word, last))
			continue; /* rows of a group stand together */
		bool is_last = str_ends((*k)->name, word);
		offer(c, word, is_last ? (*k)->summary : "commands");
		str_free(last);
		last = steal_ptr(&word);
	}
	if (n == 0)
		offer(c, "help", "of a command");
}

int
complete_words(int n, char **words, struct buf *out)
{
	int skipped = 0;
	struct completion c = {
		.out = out, .before = "", .word = n > 0 ? words[n - 1] : ""};
	int done = n > 0 ? n - 1 : 0;
	if (done > 0 && str_eq(words[0], "help")) {
		offer_commands(&c, done - 1, words + 1);
		return out->error;
	}
	c.command = cli_command_find(done, words, &skipped);
	if (!c.command) {
		offer_commands(&c, done, words);
		return out->error;
	}
	c.args = cli_args_new(c.command, done - skipped, words + skipped);
	if (!c.args)
		return -ENOMEM;
	complete_command(&c, done > skipped ? words[done - 1] : NULL);
	cli_args_free(c.args);
	return out->error;
}
