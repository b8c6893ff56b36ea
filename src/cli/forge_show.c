#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/danger.h"
#include "cli/forge.h"
#include "forge/schema.h"

/* --- for people ----------------------------------------------------------------------
 */

static void
print_bounds(const struct forge_schema *s)
{
	if (s->min_length != FORGE_NO_LIMIT)
		printf(", at least %lld characters", (long long)s->min_length);
	if (s->max_length != FORGE_NO_LIMIT)
		printf(", at most %lld characters", (long long)s->max_length);
	if (s->minimum != FORGE_NO_LIMIT)
		printf(", from %lld", (long long)s->minimum);
	if (s->maximum != FORGE_NO_LIMIT)
		printf(", up to %lld", (long long)s->maximum);
	if (s->min_items != FORGE_NO_LIMIT)
		printf(", at least %lld items", (long long)s->min_items);
	if (s->pattern)
		printf(", matches %s", s->pattern);
	if (s->format)
		printf(", %s", s->format);
	if (s->fallback)
		printf(", default %s", s->fallback);
}

static void
print_values(const struct forge_schema *s)
{
	for (size_t i = 0; s->values && s->values[i]; i++)
		printf("%s%s", i == 0 ? ": " : ", ", s->values[i]);
}

static void print_field(int indent, const char *name, bool required,
			const struct forge_schema *s);

static void
print_inner(int indent, const struct forge_schema *s)
{
	for (size_t i = 0; i < s->n_fields; i++)
		print_field(indent, s->fields[i].name, s->fields[i].required,
			    s->fields[i].schema);
}

static void
print_field(int indent, const char *name, bool required, const struct forge_schema *s)
{
	char types[128];
	int width = indent < 26 ? 26 - indent : 1;
	printf("%*s%-*s %s", indent, "", width, name,
	       forge_schema_types(s, types, sizeof(types)));
	if (s->items && s->items->types)
		printf(" of %s", forge_schema_types(s->items, types, sizeof(types)));
	if (required)
		fputs(", required", stdout);
	print_bounds(s);
	print_values(s);
	if (s->items)
		print_values(s->items);
	for (size_t i = 0; s->any_of && s->any_of[i]; i++)
		print_values(s->any_of[i]);
	putchar('\n');
	print_inner(indent + 2, s);
	if (s->items)
		print_inner(indent + 2, s->items);
}

/* These three take more than the path does. */
static const char *
place_help(const char *name)
{
	if (str_eq(name, "organization"))
		return "slug or name; default FORGE_ORGANIZATION";
	if (str_eq(name, "server"))
		return "name or id; not needed where a site tells it";
	return str_eq(name, "site") ? "name or id" : NULL;
}

static void
print_parameters(const char *title, const struct forge_parameter *params, size_t n)
{
	if (n > 0)
		printf("\n%s\n", title);
	for (size_t i = 0; i < n; i++) {
		const char *place = place_help(params[i].name);
		if (place)
			printf("  %-24s %s\n", params[i].name, place);
		else
			print_field(2, params[i].name, params[i].required,
				    params[i].schema);
	}
}

static void
print_body(const struct forge_operation *op)
{
	if (!op->body)
		return;
	printf("\nBody (%s%s)\n", op->body_type, op->body_required ? "" : ", optional");
	print_inner(2, op->body);
}

static void
print_answer(const struct forge_operation *op)
{
	const struct forge_resource *r = forge_resource_find(op->resource);
	printf("\nAnswer\n  %d, ", op->success_status);
	if (!op->success_type)
		puts("empty");
	else if (!op->resource)
		printf("%s\n", op->success_type);
	else
		printf("%s%s\n", op->resource_list ? "a list of " : "", op->resource);
	if (r)
		print_inner(2, r->attributes);
}

static const char *
sample_of(const struct forge_schema *s)
{
	if (s->values && s->values[0])
		return s->values[0];
	if (s->types & FORGE_TYPE_STRING)
		return "TEXT";
	if (s->types & (FORGE_TYPE_INTEGER | FORGE_TYPE_NUMBER))
		return "1";
	if (s->types & FORGE_TYPE_BOOLEAN)
		return "true";
	if ((s->types & FORGE_TYPE_ARRAY) && s->items)
		return sample_of(s->items);
	return "{}";
}

static void
print_example(const struct forge_operation *op)
{
	bool has_site = forge_operation_needs(op, "site");
	printf("\nExample\n  forgebridge forge call %s", op->alias ? op->alias : op->id);
	for (size_t i = 0; i < op->n_path_params; i++) {
		const char *name = op->path_params[i].name;
		if (str_eq(name, "site"))
			fputs(" site=shop.example.com", stdout);
		else if (str_eq(name, "server") && !has_site)
			fputs(" server=web-1", stdout);
		else if (!str_eq(name, "server") && !str_eq(name, "organization"))
			printf(" %s=%s", name, sample_of(op->path_params[i].schema));
	}
	for (size_t i = 0; op->body && i < op->body->n_fields; i++) {
		const struct forge_field *f = &op->body->fields[i];
		if (f->required)
			printf(" %s=%s", f->name, sample_of(f->schema));
	}
	if (danger_of(op, NULL))
		fputs(" --yes", stdout);
	putchar('\n');
}

static void
print_text(const struct forge_operation *op)
{
	printf("%s%s%s%s\n%s\n\n  %s %s\n", op->id, op->alias ? " (" : "",
	       op->alias ? op->alias : "", op->alias ? ")" : "", op->summary, op->method,
	       op->path);
	printf("  area %s", op->area);
	for (size_t i = 0; op->scopes[i]; i++)
		printf("%s%s", i == 0 ? "; needs the scope " : " and ", op->scopes[i]);
	if (op->async)
		printf("; asynchronous%s",
		       forge_can_follow(op) ? ", --wait follows it to its end" : "");
	putchar('\n');
	print_parameters("Path", op->path_params, op->n_path_params);
	print_parameters("Query", op->query_params, op->n_query_params);
	print_body(op);
	print_answer(op);
	print_example(op);
}

/* --- for programs: JSON Schema -------------------------------------------------------
 */

static void put_schema(struct json_writer *w, const char *key,
		       const struct forge_schema *s);

static void
put_types(struct json_writer *w, const struct forge_schema *s)
{
	if (s->types == 0)
		return;
	json_open_array(w, "type");
	for (unsigned bit = FORGE_TYPE_NULL; bit <= FORGE_TYPE_OBJECT; bit *= 2) {
		char name[16];
		struct forge_schema one = {.types = bit};
		if (s->types & bit)
			json_str(w, NULL, forge_schema_types(&one, name, sizeof(name)));
	}
	json_close_array(w);
}

static void
put_fields(struct json_writer *w, const struct forge_schema *s)
{
	json_open_object(w, "properties");
	for (size_t i = 0; i < s->n_fields; i++)
		put_schema(w, s->fields[i].name, s->fields[i].schema);
	json_close_object(w);
	json_open_array(w, "required");
	for (size_t i = 0; i < s->n_fields; i++) {
		if (s->fields[i].required)
			json_str(w, NULL, s->fields[i].name);
	}
	json_close_array(w);
}

static void
put_bound(struct json_writer *w, const char *key, int64_t n)
{
	if (n != FORGE_NO_LIMIT)
		json_int(w, key, n);
}

static void
put_schema(struct json_writer *w, const char *key, const struct forge_schema *s)
{
	json_open_object(w, key);
	put_types(w, s);
	if (s->values) {
		json_open_array(w, "enum");
		for (size_t i = 0; s->values[i]; i++)
			json_str(w, NULL, s->values[i]);
		json_close_array(w);
	}
	json_opt_str(w, "format", s->format);
	json_opt_str(w, "pattern", s->pattern);
	if (s->fallback)
		json_raw(w, "default", s->fallback);
	put_bound(w, "minLength", s->min_length);
	put_bound(w, "maxLength", s->max_length);
	put_bound(w, "minimum", s->minimum);
	put_bound(w, "maximum", s->maximum);
	put_bound(w, "minItems", s->min_items);
	if (s->n_fields > 0)
		put_fields(w, s);
	if (s->items)
		put_schema(w, "items", s->items);
	if (s->any_of) {
		json_open_array(w, "anyOf");
		for (size_t i = 0; s->any_of[i]; i++)
			put_schema(w, NULL, s->any_of[i]);
		json_close_array(w);
	}
	json_close_object(w);
}

static void
put_parameters(struct json_writer *w, const char *key,
	       const struct forge_parameter *params, size_t n)
{
	json_open_object(w, key);
	for (size_t i = 0; i < n; i++)
		put_schema(w, params[i].name, params[i].schema);
	json_close_object(w);
}

static void
put_head(struct json_writer *w, const struct forge_operation *op)
{
	json_str(w, "id", op->id);
	json_str(w, "alias", op->alias);
	json_str(w, "method", op->method);
	json_str(w, "path", op->path);
	json_str(w, "summary", op->summary);
	json_str(w, "area", op->area);
	json_bool(w, "asynchronous", op->async);
	json_bool(w, "followed", forge_can_follow(op));
	json_open_array(w, "scopes");
	for (size_t i = 0; op->scopes[i]; i++)
		json_str(w, NULL, op->scopes[i]);
	json_close_array(w);
}

static void
print_json(const struct forge_operation *op)
{
	auto_buf out = BUF_INIT(16 * MIB);
	struct json_writer w;
	json_begin(&w, &out);
	json_open_object(&w, NULL);
	put_head(&w, op);
	put_parameters(&w, "path_parameters", op->path_params, op->n_path_params);
	put_parameters(&w, "query_parameters", op->query_params, op->n_query_params);
	json_str(&w, "body_type", op->body_type);
	if (op->body)
		put_schema(&w, "body", op->body);
	json_open_object(&w, "answer");
	json_int(&w, "status", op->success_status);
	json_str(&w, "type", op->success_type);
	json_str(&w, "resource", op->resource);
	json_bool(&w, "list", op->resource_list);
	const struct forge_resource *r = forge_resource_find(op->resource);
	if (r)
		put_schema(&w, "attributes", r->attributes);
	json_close_object(&w);
	json_close_object(&w);
	puts(buf_str(&out));
}

/* All names are looked up before anything is printed. */
static int
run(const struct cli_args *args)
{
	size_t n = cli_operands(args);
	for (size_t i = 0; i < n; i++) {
		if (!cli_forge_operation(args, cli_operand(args, i)))
			return CLI_USAGE;
	}
	for (size_t i = 0; i < n; i++) {
		const struct forge_operation *op =
			forge_operation_find(cli_operand(args, i));
		if (cli_has(args, "--json")) {
			print_json(op);
			continue;
		}
		if (i > 0)
			putchar('\n');
		print_text(op);
	}
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"--json", 0, NULL, "an object a line; parameters and body as JSON Schema",
	 false},
	{0},
};

const struct cli_command cli_forge_show = {
	.name = "forge show",
	.operands = "OPERATION ...",
	.min_operands = 1,
	.max_operands = 1000,
	.summary = "show what operations of the Forge API take and answer",
	.details = "OPERATION is an id or a short name, as forge list prints them. "
		   "Prints method and\n"
		   "path, scope, parameters and body, each with its type and what it "
		   "allows.",
	.options = options,
	.example = "forgebridge forge show run-command",
	.exits = CLI_EXITS({CLI_OK, "done"},
			   {CLI_USAGE, "wrong usage, or there is no such operation"}),
	.run = run,
};
