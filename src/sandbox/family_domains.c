/* Domains of a site and the certificates of each. */
#include "sandbox/check.h"
#include "sandbox/crud.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

static void
make_primary(struct visit *v)
{
	size_t n = thing_count(v->world, v->site->node, &kind_domain);
	for (size_t i = 0; i < n; i++) {
		struct thing *t = thing_at(v->site->node, &kind_domain, i);
		thing_set_text(t, "type", t == v->thing ? "primary" : "alias");
	}
}

static void
act_on_domain(struct visit *v)
{
	const char *action = check_text(v, "action");
	if (str_eq(action, "mark-as-primary"))
		make_primary(v);
	else
		thing_begin(v->world, v->thing,
			    str_eq(action, "enable") ? &sequence_domain_enable
						     : &sequence_domain_disable);
	visit_answer_empty(v);
}

static bool
is_active(struct visit *v, const struct thing *t)
{
	const struct sequence_step *step = thing_step(v->world, t);
	return json_is_true(thing_get(t, "active")) && step &&
	       str_eq(step->value, "installed");
}

/* The certificate in use, else (when any will do) the newest; NULL. */
static struct thing *
find_certificate(struct visit *v, bool must_be_active)
{
	size_t n = thing_count(v->world, v->thing, &kind_certificate);
	for (size_t i = n; i > 0; i--) {
		struct thing *t = thing_at(v->thing, &kind_certificate, i - 1);
		if (is_active(v, t))
			return t;
	}
	return n > 0 && !must_be_active ? thing_at(v->thing, &kind_certificate, n - 1)
					: NULL;
}

static void
answer_certificate(struct visit *v, bool must_be_active)
{
	struct thing *t = find_certificate(v, must_be_active);
	if (t)
		resource_answer_one(v, t, render_thing);
	else
		visit_not_found(v);
}

static void
show_certificate(struct visit *v)
{
	answer_certificate(v, false);
}

static void
show_active(struct visit *v)
{
	answer_certificate(v, true);
}

/* One at a time is enabled. */
static void
act_on_certificate(struct visit *v)
{
	bool enable = str_eq(check_text(v, "action"), "enable");
	struct thing *domain = v->thing->parent;
	size_t n = thing_count(v->world, domain, &kind_certificate);
	for (size_t i = 0; enable && i < n; i++)
		thing_set(thing_at(domain, &kind_certificate, i), "active", json_false());
	thing_set(v->thing, "active", json_boolean(enable));
	thing_begin(v->world, v->thing,
		    enable ? &sequence_certificate_enable
			   : &sequence_certificate_disable);
	visit_answer_empty(v);
}

static int
collect(struct visit *v, struct thing *domain, struct page_list *list)
{
	size_t n = thing_count(v->world, domain, &kind_certificate);
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct thing *t = thing_at(domain, &kind_certificate, i);
		rc = page_list_add(list, (struct page_item){.id = t->id, .record = t});
	}
	return rc;
}

static void
list_of_site(struct visit *v)
{
	auto_page_list list = {0};
	size_t n = thing_count(v->world, v->site->node, &kind_domain);
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = collect(v, thing_at(v->site->node, &kind_domain, i), &list);
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render_thing);
}

/* The records that the domain's owner has to make. */
struct record {
	uint64_t id;
	const char *type;
	const char *name;
	const char *value;
};

static json_t *
render_record(struct visit *v, void *record, json_t *included)
{
	const struct record *r = record;
	(void)included;
	return resource_new(
		v, "domainRecordConfigurations", r->id,
		json_pack("{s:s, s:s, s:s, s:i}", "type", r->type, "name", r->name,
			  "value", r->value, "ttl", 3600),
		"/orgs/%s/servers/%llu/sites/%llu/domains/%llu/configurations",
		v->org->slug, (unsigned long long)v->server->id,
		(unsigned long long)v->site->id, (unsigned long long)v->thing->id);
}

static void
list_configurations(struct visit *v)
{
	const char *name = thing_text(v->thing, "name");
	auto_page_list list = {0};
	auto_str www = str_format("www.%s", name);
	struct record records[] = {
		{1, "A", name, v->server->ip_address},
		{2, "CNAME", www ? www : "www", name},
	};
	size_t n = str_eq(thing_text(v->thing, "www_redirect_type"), "none") ? 1 : 2;
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = page_list_add(&list, (struct page_item){.id = records[i].id,
							     .record = &records[i]});
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render_record);
}

const struct family_entry family_domains[] = {
	{"organizations.servers.sites.certificates.index", list_of_site},
	{"organizations.servers.sites.domains.actions.store", act_on_domain},
	{"organizations.servers.sites.domains.configurations", list_configurations},
	{"organizations.servers.sites.domains.certificate.show", show_certificate},
	{"organizations.servers.sites.domains.certificates.active", show_active},
	{"organizations.servers.sites.domains.certificates.actions.store",
	 act_on_certificate},
	{NULL, NULL},
};
