#include "sandbox/document.h"

#include "base/buf.h"
#include "forge/operation.h"
#include "forge/schema.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

#define SITE   "organizations.servers.sites."
#define SERVER "organizations.servers."
#define NGINX                                                                 \
	"\"server {\\n    listen 80;\\n    root /srv/site/current/public;\\n" \
	"    index index.php;\\n}\\n\""

const struct document documents[] = {
	{SITE "nginx", "content", "config", "nginx", NGINX, NULL, NULL},
	{SITE "domains.nginx", "content", "config", "nginx", NGINX, NULL, NULL},
	{SITE "environment", "content", "environment", "environment",
	 "\"APP_NAME=Laravel\\nAPP_ENV=production\\nAPP_DEBUG=false\\n\"", NULL, NULL},
	{SITE "healthcheck", "healthcheck_endpoint", "healthcheck_endpoint",
	 "healthcheck_url", "null", NULL, NULL},
	{SITE "deploy-key", "key", NULL, "deploy_key", "null", "null", NULL},
	{SITE "logs.application", "content", NULL, "application_log",
	 "\"[2026-01-01 00:00:00] production.INFO: Ready.\\n\"", "\"\"", "site"},
	{SITE "logs.nginx-access", "content", NULL, "nginx_access_log",
	 "\"192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] \\\"GET / HTTP/2.0\\\" 200 "
	 "512\\n\"",
	 "\"\"", "site-nginx-access"},
	{SITE "logs.nginx-error", "content", NULL, "nginx_error_log", "\"\"", "\"\"",
	 "site-nginx-error"},
	{SITE "scheduled-jobs.outputs", "output", NULL, "output",
	 "\"The sandbox ran nothing.\\n\"", NULL, NULL},
	{SERVER "scheduled-jobs.outputs", "output", NULL, "output",
	 "\"The sandbox ran nothing.\\n\"", NULL, NULL},
	{SERVER "events.output", "output", NULL, "output", "\"Done.\\n\"", NULL, NULL},
	{SERVER "background-processes.log", "content", NULL, "log",
	 "\"The sandbox runs nothing.\\n\"", NULL, NULL},
	{SERVER "database.password", NULL, "password", "database_password", "null", NULL,
	 NULL},
	{SERVER "php.max-execution-time", "max_execution_time", "max_execution_time",
	 "max_execution_time", "30", NULL, NULL},
	{SERVER "php.max-upload-size", "max_upload_size", "max_upload_size",
	 "max_upload_size", "100", NULL, NULL},
	{SERVER "php.opcache", "opcache_enabled", "opcache", "opcache", "true", "false",
	 NULL},
	{SERVER "php.versions.configs.cli", "configuration", "config", "cli_config",
	 "\"memory_limit = 512M\\n\"", NULL, NULL},
	{SERVER "php.versions.configs.fpm", "configuration", "config", "fpm_config",
	 "\"memory_limit = 256M\\n\"", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

/* As the attribute's schema wants it; what cannot be is as if nobody had set it. */
static json_t *
read_value(const struct visit *v)
{
	const struct document *d = v->document;
	const struct forge_resource *r = forge_resource_find(v->operation->resource);
	const struct forge_field *f = forge_schema_field(r->attributes, d->attribute);
	const json_t *value = thing_get(v->thing, d->value);
	json_t *fits = value ? render_coerce(f->schema, value) : NULL;
	return fits ? fits : json_loads(d->fallback, JSON_DECODE_ANY, NULL);
}

void
document_answer(struct visit *v, json_t *attributes)
{
	auto_str id = render_id(v->thing);
	auto_buf link = BUF_INIT(LIMIT_TEXT_BYTES);
	resource_put_path(v, &link);
	visit_answer_resource(v, json_pack("{s:s?, s:s, s:o, s:{s:{s:s}}}", "id", id,
					   "type", v->operation->resource_type,
					   "attributes", attributes, "links", "self",
					   "href", buf_str(&link)));
}

void
document_show(struct visit *v)
{
	const struct document *d = v->document;
	document_answer(v, json_pack("{s:o}", d->attribute, read_value(v)));
	if (d->log && v->status < 400)
		json_object_set_new(v->answer, "meta", json_pack("{s:s}", "log", d->log));
}

/* Switches on what destroying switches off. */
void
document_store(struct visit *v)
{
	thing_set(v->thing, v->document->value, json_true());
	visit_answer_empty(v);
}

/* The other fields of the body are values of the same thing. */
void
document_update(struct visit *v)
{
	const struct forge_schema *body = v->operation->body;
	for (size_t i = 0; i < body->n_fields; i++) {
		const char *field = body->fields[i].name;
		const json_t *value = json_object_get(v->body, field);
		bool is_own = str_eq(field, v->document->field);
		if (value)
			thing_set(v->thing, is_own ? v->document->value : field,
				  json_deep_copy(value));
	}
	thing_touch(v->world, v->thing);
	visit_answer_empty(v);
}

void
document_destroy(struct visit *v)
{
	thing_set(v->thing, v->document->value,
		  json_loads(v->document->empty, JSON_DECODE_ANY, NULL));
	visit_answer_empty(v);
}
