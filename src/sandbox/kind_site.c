/* Kinds that belong to a site. */
#include <stdio.h>
#include <string.h>

#include "sandbox/check.h"
#include "sandbox/kind.h"
#include "sandbox/resource.h"
#include "sandbox/schedule.h"

const struct kind kind_site = {
	.name = "sites",
	.type = "sites",
	.parent = &kind_server,
	.path = "sites/{id}",
};

const struct kind kind_phase = {
	.name = "phases",
	.parent = &kind_site,
	.path = "phases/{id}",
};

/* A job that wants a heartbeat gets one of its name. */
static bool
fill_site_job(struct visit *v, struct thing *t)
{
	if (!schedule_fill_job(v, t))
		return false;
	if (!json_is_true(json_object_get(v->body, "heartbeat")))
		return true;
	struct thing *beat = thing_new(v->world, &kind_heartbeat, t->parent, 0);
	const char *name = thing_text(t, "name");
	if (!beat)
		return true;
	thing_set_text(beat, "name", name ? name : thing_text(t, "command"));
	thing_set(beat, "grace_period",
		  json_deep_copy(json_object_get(v->body, "grace_period")));
	return true;
}

const struct kind kind_site_job = {
	.name = "site-jobs",
	.resource = "JobResource",
	.parent = &kind_site,
	.param = "job",
	.path = "scheduled-jobs/{id}",
	.state = "status",
	.create = &sequence_install,
	.remove = &sequence_remove,
	.fill = fill_site_job,
	.shape = schedule_shape_job,
};

const struct kind kind_domain = {
	.name = "domains",
	.resource = "DomainRecordResource",
	.parent = &kind_site,
	.param = "domainRecord",
	.path = "domains/{id}",
	.unique = "name",
	.state = "status",
	.defaults = "{\"type\":\"alias\",\"allow_wildcard_subdomains\":false,"
		    "\"www_redirect_type\":\"none\"}",
	.create = &sequence_domain,
	.update = &sequence_domain_update,
	.remove = &sequence_remove,
};

static void
copy_values(struct thing *to, const json_t *from, const char *const *names)
{
	for (; *names; names++)
		thing_set(to, *names, json_deep_copy(json_object_get(from, *names)));
}

/* What a certificate is made from stands in a member named like its type. */
static bool
fill_certificate(struct visit *v, struct thing *t)
{
	static const char *const encryption[] = {"key_type", "preferred_chain",
						 "verification_method", NULL};
	static const char *const copied[] = {"type", "key_type", "preferred_chain",
					     "verification_method", NULL};
	const char *type = check_text(v, "type");
	const json_t *details = json_object_get(v->body, type);
	json_t *enable = json_object_get(v->body, "enable");
	uint64_t id =
		(uint64_t)json_integer_value(json_object_get(details, "certificate_id"));
	struct thing *source = thing_find(v->world, t->parent, &kind_certificate, id);
	thing_set(t, "active", json_boolean(!json_is_false(enable)));
	if (str_eq(type, "clone")) {
		if (!source || source == t)
			return check_refuse(v, "clone.certificate_id");
		copy_values(t, source->values, copied);
	} else if (str_eq(type, "csr")) {
		thing_set(t, "active", json_false());
		thing_begin(v->world, t, &sequence_certificate_wait);
	} else if (str_eq(type, "letsencrypt")) {
		thing_set_text(t, "key_type", "ecdsa");
		thing_set_text(t, "verification_method", "http-01");
		copy_values(t, details, encryption);
	}
	return true;
}

/* Nothing is active before it is installed. */
static void
shape_certificate(struct visit *v, struct thing *t, json_t *attributes)
{
	const struct sequence_step *step = thing_step(v->world, t);
	if (!step || !str_eq(step->value, "installed"))
		json_object_set_new(attributes, "active", json_false());
}

const struct kind kind_certificate = {
	.name = "certificates",
	.resource = "CertificateResource",
	.parent = &kind_domain,
	.param = "certificate",
	.path = "certificates/{id}",
	.state = "status",
	.also = "request_status",
	.create = &sequence_certificate,
	.remove = &sequence_certificate_remove,
	.fill = fill_certificate,
	.shape = shape_certificate,
};

const struct kind kind_composer_credential = {
	.name = "composer-credentials",
	.resource = "ComposerCredentialResource",
	.type = "composerCredentials",
	.parent = &kind_site,
	.param = "repository",
	.path = "composer/credentials/{id}",
	.key = "repository",
	.unique = "repository",
};

static void
shape_npm_credential(struct visit *v, struct thing *t, json_t *attributes)
{
	(void)v;
	if (!json_is_array(thing_get(t, "scopes")))
		json_object_set_new(attributes, "scopes", json_array());
}

const struct kind kind_npm_credential = {
	.name = "npm-credentials",
	.resource = "NpmCredentialResource",
	.type = "npmCredentials",
	.parent = &kind_site,
	.param = "registry",
	.path = "npm/credentials/{id}",
	.key = "registry",
	.unique = "registry",
	.shape = shape_npm_credential,
};

static bool
fill_heartbeat(struct visit *v, struct thing *t)
{
	const json_t *frequency = json_object_get(v->body, "frequency");
	(void)t;
	if (json_integer_value(frequency) == -1 && !check_text(v, "custom_frequency"))
		return check_missing(v, "custom_frequency");
	return true;
}

static void
shape_heartbeat(struct visit *v, struct thing *t, json_t *attributes)
{
	auto_str url =
		str_format("%s/heartbeats/%llu/ping", v->root, (unsigned long long)t->id);
	json_object_set_new(attributes, "ping_url", resource_text(url));
}

const struct kind kind_heartbeat = {
	.name = "heartbeats",
	.resource = "HeartbeatResource",
	.parent = &kind_site,
	.param = "heartbeat",
	.path = "heartbeats/{id}",
	.state = "status",
	.create = &sequence_heartbeat,
	.fill = fill_heartbeat,
	.shape = shape_heartbeat,
};

const struct kind kind_balancing_node = {
	.name = "load-balancing-nodes",
	.resource = "LoadBalancingNodeResource",
	.parent = &kind_site,
	.path = "load-balancing-nodes/{id}",
	.defaults = "{\"port\":80,\"weight\":1,\"backup\":false,\"down\":false}",
};

/* New ones go to the end of the order. */
static bool
fill_redirect_rule(struct visit *v, struct thing *t)
{
	(void)v;
	if (!thing_get(t, "position"))
		thing_set(t, "position", json_integer((json_int_t)t->id));
	return true;
}

const struct kind kind_redirect_rule = {
	.name = "redirect-rules",
	.resource = "RedirectRuleResource",
	.parent = &kind_site,
	.param = "redirectRule",
	.path = "redirect-rules/{id}",
	.order = "position",
	.unique = "from",
	.state = "status",
	.create = &sequence_install,
	.remove = &sequence_remove,
	.fill = fill_redirect_rule,
};

const struct kind kind_security_rule = {
	.name = "security-rules",
	.resource = "SecurityRuleResource",
	.parent = &kind_site,
	.param = "securityRule",
	.path = "security-rules/{id}",
	.state = "status",
	.create = &sequence_install,
	.update = &sequence_update,
	.remove = &sequence_remove,
};

const struct kind kind_webhook = {
	.name = "webhooks",
	.resource = "DeploymentWebhookResource",
	.parent = &kind_site,
	.param = "deploymentWebhook",
	.path = "webhooks/{id}",
};
