#include "sandbox/stock.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "forge/schema.h"
#include "sandbox/kind.h"

/* Providers of servers, each with one region and the sizes there. */
static const struct {
	const char *values; /* JSON, as in the rows below */
	const char *region;
	const char *sizes[3];
} providers[] = {
	{"{\"name\":\"DigitalOcean\",\"slug\":\"ocean2\",\"currency\":\"USD\","
	 "\"currency_symbol\":\"$\",\"default_region_code\":\"ams3\","
	 "\"default_size_code\":\"s-1vcpu-1gb\",\"simple_name\":\"DigitalOcean\"}",
	 "{\"name\":\"Amsterdam 3\",\"code\":\"ams3\"}",
	 {"{\"name\":\"1 vCPU, 1 GB\",\"code\":\"s-1vcpu-1gb\",\"cpus\":1,\"ram\":1024,"
	  "\"disk\":25,\"disk_type\":\"ssd\",\"architecture\":\"x86\","
	  "\"category\":\"shared\",\"series\":\"basic\"}",
	  "{\"name\":\"2 vCPU, 4 GB\",\"code\":\"s-2vcpu-4gb\",\"cpus\":2,\"ram\":4096,"
	  "\"disk\":80,\"disk_type\":\"ssd\",\"architecture\":\"x86\","
	  "\"category\":\"shared\",\"series\":\"basic\"}",
	  NULL}},
	{"{\"name\":\"Hetzner Cloud\",\"slug\":\"hetzner\",\"currency\":\"EUR\","
	 "\"currency_symbol\":\"\u20ac\",\"default_region_code\":\"fsn1\","
	 "\"default_size_code\":\"cx22\",\"simple_name\":\"Hetzner\"}",
	 "{\"name\":\"Falkenstein\",\"code\":\"fsn1\"}",
	 {"{\"name\":\"2 vCPU, 4 GB\",\"code\":\"cx22\",\"cpus\":2,\"ram\":4096,"
	  "\"disk\":40,\"disk_type\":\"ssd\",\"architecture\":\"x86\","
	  "\"category\":\"shared\",\"series\":\"cx\"}",
	  NULL, NULL}},
	{"{\"name\":\"Custom VPS\",\"slug\":\"custom\",\"currency\":\"USD\","
	 "\"currency_symbol\":\"$\",\"default_region_code\":null,"
	 "\"default_size_code\":null,\"simple_name\":\"Custom\"}",
	 "{\"name\":\"Anywhere\",\"code\":\"any\"}",
	 {"{\"name\":\"As it is\",\"code\":\"any\",\"cpus\":1,\"ram\":1024,\"disk\":25,"
	  "\"disk_type\":\"ssd\",\"architecture\":\"x86\",\"category\":\"custom\","
	  "\"series\":\"custom\"}",
	  NULL, NULL}},
};

static const char *const recipes[] = {
	"{\"name\":\"Restart Supervisor\",\"info\":\"Restarts the process manager.\","
	"\"user\":\"root\",\"script\":\"service supervisor restart\\n\"}",
	"{\"name\":\"Update Packages\",\"info\":\"Brings the system's packages up to "
	"date.\",\"user\":\"root\",\"script\":\"apt-get update && apt-get -y "
	"upgrade\\n\"}",
};

/* A role may do everything whose scope begins or ends like this. */
static const struct {
	const char *name;
	const char *prefix;
	const char *suffix;
} roles[] = {
	{"Owner", "", ""},
	{"Manager", "server:", ""},
	{"Developer", "site:", ""},
	{"Viewer", "", ":view"},
};

/* values: JSON; NULL leaves the kind's defaults. */
static struct thing *
add(struct world *w, const struct kind *kind, struct thing *parent, const char *values)
{
	struct thing *t = thing_new(w, kind, parent, 0);
	json_t *more = t && values ? json_loads(values, 0, NULL) : NULL;
	if (more)
		json_object_update(t->values, more);
	json_decref(more);
	return t;
}

static json_t *
scopes_like(const char *prefix, const char *suffix)
{
	json_t *names = json_array();
	for (const char *const *scope = forge_scopes; *scope; scope++) {
		if (str_starts(*scope, prefix) && str_ends(*scope, suffix))
			json_array_append_new(names, json_string(*scope));
	}
	return names;
}

static int
stock_roles(struct world *w)
{
	for (const char *const *scope = forge_scopes; *scope; scope++) {
		struct thing *t = add(w, &kind_permission, w->root, NULL);
		if (!t)
			return -ENOMEM;
		thing_set_text(t, "name", *scope);
	}
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		struct thing *t = add(w, &kind_predefined_role, w->root, NULL);
		if (!t)
			return -ENOMEM;
		thing_set_text(t, "name", roles[i].name);
		thing_set(t, "permissions",
			  scopes_like(roles[i].prefix, roles[i].suffix));
	}
	return 0;
}

static int
stock_provider(struct world *w, size_t n)
{
	struct thing *provider = add(w, &kind_provider, w->root, providers[n].values);
	struct thing *region =
		provider ? add(w, &kind_region, provider, providers[n].region) : NULL;
	if (!region)
		return -ENOMEM;
	for (const char *const *size = providers[n].sizes; *size; size++) {
		if (!add(w, &kind_size, provider, *size) ||
		    !add(w, &kind_region_size, region, *size))
			return -ENOMEM;
	}
	return 0;
}

int
stock_world(struct world *w)
{
	int rc = stock_roles(w);
	for (size_t i = 0; i < ARRAY_LEN(providers) && rc == 0; i++)
		rc = stock_provider(w, i);
	for (size_t i = 0; i < ARRAY_LEN(recipes) && rc == 0; i++)
		rc = add(w, &kind_forge_recipe, w->root, recipes[i]) ? 0 : -ENOMEM;
	return rc;
}

int
stock_organization(struct world *w, struct world_org *org)
{
	const char *values =
		"{\"name\":\"Hetzner\",\"provider\":\"hetzner\",\"in_use\":true}";
	return add(w, &kind_credential, org->node, values) ? 0 : -ENOMEM;
}

int
stock_server(struct world *w, struct world_server *server)
{
	const char *word = server->php_version ? server->php_version : "";
	const char *digits = word + strcspn(word, "0123456789");
	if (!digits[0] || !digits[1])
		return 0;
	auto_str version = str_format("%c.%c", digits[0], digits[1]);
	auto_str binary = str_format("php%c.%c", digits[0], digits[1]);
	struct thing *t = add(w, &kind_php_version, server->node, NULL);
	if (!t || !version || !binary)
		return -ENOMEM;
	t->sequence = NULL;
	thing_set_text(t, "status", "installed");
	thing_set_text(t, "version", version);
	thing_set_text(t, "binary_name", binary);
	thing_set_text(server->node, "cli_version", version);
	thing_set_text(server->node, "site_version", version);
	return 0;
}

int
stock_site(struct world *w, struct world_site *site)
{
	struct thing *t = add(w, &kind_domain, site->node, "{\"type\":\"primary\"}");
	if (!t)
		return -ENOMEM;
	t->sequence = NULL;
	thing_set_text(t, "status", "enabled");
	thing_set_text(t, "name", site->name);
	return 0;
}
