#include "cli/names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/forge_ask.h"
#include "forge/pages.h"
#include "forge/tree.h"

/* --- the file ------------------------------------------------------------------------
 */

/* FNV-1a: the file's name shall not tell the URL, which may hold more than a host. */
static uint64_t
hash(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return h;
}

static int64_t
now_ms(void)
{
	return clock_wall_us() / 1000;
}

/* New memory; NULL when there is no place for it. */
static char *
folder(void)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	if (cache && *cache == '/')
		return str_format("%s/forgebridge", cache);
	return home && *home == '/' ? str_format("%s/.cache/forgebridge", home) : NULL;
}

static char *
file_of(const struct cli_forge *f, enum names_kind kind)
{
	auto_str at = folder();
	if (!at || !f->scope)
		return NULL;
	return str_format("%s/%s-%016" PRIx64 ".json", at,
			  kind == NAMES_SITES ? "sites" : "servers", hash(f->scope));
}

static int
make_folder(void)
{
	auto_str at = folder();
	if (!at)
		return -1;
	char *slash = strrchr(at, '/');
	*slash = '\0';
	(void)mkdir(at, 0700);
	*slash = '/';
	(void)mkdir(at, 0700);
	return 0;
}

static void
save(const struct cli_forge *f, enum names_kind kind, const json_t *names, bool is_all,
     int64_t at_ms)
{
	auto_str path = file_of(f, kind);
	auto_buf text = BUF_INIT(LIMIT_CACHE_BYTES);
	auto_tree kept = json_pack("{s:I, s:b, s:O}", "at", (json_int_t)at_ms, "all",
				   is_all, "names", names);
	if (!path || !kept || tree_put(&text, kept) < 0 || make_folder() < 0)
		return;
	/* Completion works without. */
	(void)!file_replace(path, buf_slice(&text));
}

/* What the file says while it is young; NULL. */
static json_t *
load(const struct cli_forge *f, enum names_kind kind)
{
	auto_str path = file_of(f, kind);
	auto_buf text = BUF_INIT(LIMIT_CACHE_BYTES);
	if (!path || file_read(path, &text) < 0)
		return NULL;
	auto_tree kept = tree_parse(buf_str(&text), text.len);
	json_int_t age = now_ms() - json_integer_value(tree_find(kept, "at"));
	bool is_young = age >= 0 && age < COMPLETE_CACHE_MS;
	return is_young && json_is_array(tree_find(kept, "names")) ? steal_ptr(&kept)
								   : NULL;
}

/* --- names of resources --------------------------------------------------------------
 */

static void
add_names(json_t *names, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = tree_text(json_array_get(list, i), "attributes.name");
		if (name)
			json_array_append_new(names, json_string(name));
	}
}

void
names_keep(const struct cli_forge *f, enum names_kind kind, const json_t *list)
{
	auto_tree names = json_array();
	add_names(names, list);
	save(f, kind, names, true, now_ms());
}

static void
pages_free_p(struct forge_pages **p)
{
	forge_pages_free(*p);
}

/* Returns 1 when these are all, 0 when there are more, -1 when Forge did not say. */
static int
fetch(struct forge_ask *a, enum names_kind kind, const char *params, int max_pages,
      json_t *names)
{
	struct forge_request rq = {
		.operation = kind == NAMES_SITES ? "sites" : "servers",
		.params = params,
		.deadline_ms = COMPLETE_CALL_MS,
	};
	CLEANUP(pages_free_p)
	struct forge_pages *pages = forge_pages_new(a->forge.client, &rq);
	for (int i = 0; pages && i < max_pages && forge_pages_more(pages); i++) {
		struct forge_call *call = forge_pages_next(pages, ask_on_result, a);
		if (ask_finish(a, call) != CLI_OK)
			return -1;
		auto_tree answer = tree_parse(buf_str(&a->body), a->body.len);
		add_names(names, json_object_get(answer, "data"));
	}
	return pages ? !forge_pages_more(pages) : -1;
}

/* Those of one page with part in their names. */
static void
fetch_part(struct forge_ask *a, enum names_kind kind, const char *part, json_t *names)
{
	auto_buf params = BUF_INIT(LIMIT_TEXT_BYTES);
	auto_tree filter = json_pack("{s:s}", "filter[name]", part);
	if (filter && tree_put(&params, filter) == 0)
		(void)fetch(a, kind, buf_str(&params), 1, names);
}

/* Asks Forge, and keeps what it says; that it says nothing, for a shorter time. */
static json_t *
renew(struct forge_ask *a, enum names_kind kind, bool *ret_all)
{
	auto_tree names = json_array();
	int all = fetch(a, kind, NULL, LIMIT_COMPLETE_PAGES, names);
	int64_t age = all < 0 ? COMPLETE_CACHE_MS - COMPLETE_RETRY_MS : 0;
	save(&a->forge, kind, names, all != 0, now_ms() - age);
	*ret_all = all != 0;
	return steal_ptr(&names);
}

json_t *
names_get(const struct cli_args *args, enum names_kind kind, const char *part)
{
	auto_ask a = {0};
	if (str_eq(cli_get(args, "--token-file"), "-") || ask_open(&a, args) != CLI_OK)
		return NULL;
	auto_tree kept = load(&a.forge, kind);
	bool is_all = json_is_true(json_object_get(kept, "all"));
	auto_tree names = kept ? json_incref(json_object_get(kept, "names"))
			       : renew(&a, kind, &is_all);
	if (!is_all && *part)
		fetch_part(&a, kind, part, names);
	return steal_ptr(&names);
}
