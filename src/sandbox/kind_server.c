/* Kinds that belong to a server. */
#include <stdio.h>
#include <string.h>

#include "sandbox/check.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"
#include "sandbox/schedule.h"

const struct kind kind_server = {
	.name = "servers",
	.type = "servers",
	.parent = &kind_organization,
	.path = "servers/{id}",
};

static bool
fill_process(struct visit *v, struct thing *t)
{
	uint64_t id = check_number(v, "site_id");
	(void)t;
	if (!json_object_get(v->body, "site_id"))
		return true;
	return world_lookup(&v->server->sites, id) || check_refuse(v, "site_id");
}

const struct kind kind_process = {
	.name = "background-processes",
	.resource = "BackgroundProcessResource",
	.parent = &kind_server,
	.param = "backgroundProcess",
	.path = "background-processes/{id}",
	.state = "status",
	.create = &sequence_install,
	.update = &sequence_restart,
	.remove = &sequence_remove,
	.fill = fill_process,
};

static const struct kind_field backup_fields[] = {
	{"cron", "cron_schedule"},
	{"day", "day_of_week"},
	{"frequency", "schedule"},
	{"notification_email", "notify_email"},
	{NULL, NULL},
};

static bool
fill_backup_configuration(struct visit *v, struct thing *t)
{
	struct thing *storage =
		check_thing(v, "storage_provider_id", v->org->node, &kind_storage);
	if (!storage || !check_ids(v, "database_ids", v->server->node, &kind_database))
		return false;
	if (str_eq(check_text(v, "frequency"), "custom") && !check_text(v, "cron"))
		return check_missing(v, "cron");
	auto_str name = str_format("Backup %llu", (unsigned long long)t->id);
	if (!thing_text(t, "name"))
		thing_set_text(t, "name", name);
	thing_set_text(t, "provider", thing_text(storage, "provider"));
	thing_set(t, "displayable_schedule",
		  schedule_describe(thing_text(t, "schedule"), thing_text(t, "time")));
	return true;
}

static void
shape_backup_configuration(struct visit *v, struct thing *t, json_t *attributes)
{
	json_object_set_new(attributes, "next_run_time",
			    schedule_next(v->world, thing_text(t, "schedule")));
}

const struct kind kind_backup_configuration = {
	.name = "backup-configurations",
	.resource = "BackupConfigurationResource",
	.parent = &kind_server,
	.param = "backupConfiguration",
	.path = "database/backups/{id}",
	.state = "status",
	.defaults = "{\"directory\":\"\",\"include_new_databases\":false}",
	.fields = backup_fields,
	.create = &sequence_install,
	.update = &sequence_update,
	.remove = &sequence_remove,
	.fill = fill_backup_configuration,
	.shape = shape_backup_configuration,
};

static void
shape_backup(struct visit *v, struct thing *t, json_t *attributes)
{
	int64_t at_us = thing_reaches_us(v->world, t, "success");
	bool ended = at_us > 0 && at_us <= world_now(v->world);
	json_object_set_new(attributes, "finished_at",
			    ended ? json_integer(at_us / 1000000) : json_null());
	json_object_set_new(attributes, "size", json_integer(ended ? 1048576 : 0));
}

const struct kind kind_backup = {
	.name = "backups",
	.resource = "BackupResource",
	.parent = &kind_backup_configuration,
	.param = "backup",
	.path = "instances/{id}",
	.state = "status",
	.defaults = "{\"is_partial\":\"false\"}",
	.create = &sequence_backup,
	.remove = &sequence_backup_remove,
	.shape = shape_backup,
};

/* A database may come with a user of its own. */
static bool
fill_database(struct visit *v, struct thing *t)
{
	const char *user = check_text(v, "user");
	if (!check_ids(v, "backup_configuration_ids", v->server->node,
		       &kind_backup_configuration))
		return false;
	if (user && !check_text(v, "password"))
		return check_missing(v, "password");
	struct thing *made =
		user ? thing_new(v->world, &kind_database_user, v->server->node, 0)
		     : NULL;
	if (!made)
		return true;
	thing_set_text(made, "name", user);
	thing_set(made, "database_ids", json_pack("[I]", (json_int_t)t->id));
	return true;
}

const struct kind kind_database = {
	.name = "databases",
	.resource = "DatabaseResource",
	.parent = &kind_server,
	.param = "database",
	.path = "database/schemas/{id}",
	.unique = "name",
	.state = "status",
	.create = &sequence_install,
	.remove = &sequence_remove,
	.fill = fill_database,
};

static bool
fill_database_user(struct visit *v, struct thing *t)
{
	(void)t;
	return check_ids(v, "database_ids", v->server->node, &kind_database);
}

const struct kind kind_database_user = {
	.name = "database-users",
	.resource = "DatabaseUserResource",
	.parent = &kind_server,
	.param = "databaseUser",
	.path = "database/users/{id}",
	.unique = "name",
	.state = "status",
	.create = &sequence_install,
	.update = &sequence_update,
	.remove = &sequence_remove,
	.fill = fill_database_user,
};

static void
relate_initiator(struct visit *v, struct thing *t, json_t *resource, json_t *included)
{
	uint64_t id = (uint64_t)json_integer_value(thing_get(t, "initiated_by"));
	if (!visit_includes(v, "initiator"))
		return;
	const struct access_user *user = access_user_find(v->access, id);
	resource_relate(resource, "initiator", "users", user ? id : 0);
	if (user)
		resource_include(included, family_render_user(v, user));
}

const struct kind kind_event = {
	.name = "events",
	.resource = "EventResource",
	.parent = &kind_server,
	.param = "event",
	.path = "events/{id}",
	.relate = relate_initiator,
};

const struct kind kind_firewall_rule = {
	.name = "firewall-rules",
	.resource = "RuleResource",
	.parent = &kind_server,
	.param = "rule",
	.path = "firewall-rules/{id}",
	.state = "status",
	.create = &sequence_install,
	.remove = &sequence_remove,
};

const struct kind kind_monitor = {
	.name = "monitors",
	.resource = "MonitorResource",
	.parent = &kind_server,
	.param = "monitor",
	.path = "monitors/{id}",
	.state = "status",
	.defaults = "{\"state\":\"OK\"}",
	.create = &sequence_install,
	.remove = &sequence_remove,
};

const struct kind kind_nginx_template = {
	.name = "nginx-templates",
	.resource = "NginxTemplateResource",
	.parent = &kind_server,
	.param = "nginxTemplate",
	.path = "nginx/templates/{id}",
};

/* "php84" is 8.4, as Forge calls versions in requests and in answers. */
static bool
fill_php_version(struct visit *v, struct thing *t)
{
	const char *word = check_text(v, "version");
	char version[8];
	if (!word)
		return true; /* an update to the newest patch has no body */
	const char *digits = word + strcspn(word, "0123456789");
	if (digits[0] && digits[1])
		snprintf(version, sizeof(version), "%c.%c", digits[0], digits[1]);
	else
		snprintf(version, sizeof(version), "%c", digits[0]);
	struct thing *other = thing_find_value(v->world, t->parent, &kind_php_version,
					       "version", version);
	if (other && other != t)
		return check_refuse(v, "version");
	auto_str binary = str_format("php%s", version);
	thing_set_text(t, "version", version);
	thing_set_text(t, "binary_name", binary);
	if (json_is_true(json_object_get(v->body, "cli_default")))
		thing_set_text(t->parent, "cli_version", version);
	if (json_is_true(json_object_get(v->body, "site_default")))
		thing_set_text(t->parent, "site_version", version);
	return true;
}

const struct kind kind_php_version = {
	.name = "php-versions",
	.resource = "PhpVersionResource",
	.parent = &kind_server,
	.param = "phpVersion",
	.path = "php/versions/{id}",
	.state = "status",
	.create = &sequence_install,
	.update = &sequence_update,
	.remove = &sequence_remove,
	.fill = fill_php_version,
};

bool
schedule_fill_job(struct visit *v, struct thing *t)
{
	const char *frequency = check_text(v, "frequency");
	if (str_eq(frequency, "custom") && !check_text(v, "cron"))
		return check_missing(v, "cron");
	if (!str_eq(frequency, "custom"))
		thing_set_text(t, "cron", schedule_cron(frequency));
	return true;
}

void
schedule_shape_job(struct visit *v, struct thing *t, json_t *attributes)
{
	json_object_set_new(attributes, "next_run_time",
			    schedule_next(v->world, thing_text(t, "frequency")));
}

const struct kind kind_server_job = {
	.name = "server-jobs",
	.resource = "JobResource",
	.parent = &kind_server,
	.param = "job",
	.path = "scheduled-jobs/{id}",
	.state = "status",
	.create = &sequence_install,
	.remove = &sequence_remove,
	.fill = schedule_fill_job,
	.shape = schedule_shape_job,
};

static bool
fill_key(struct visit *v, struct thing *t)
{
	if (!thing_text(t, "user"))
		thing_set_text(t, "user", "forge");
	thing_set(t, "created_by",
		  json_integer((json_int_t)access_token_user(v->token)->id));
	return true;
}

const struct kind kind_ssh_key = {
	.name = "ssh-keys",
	.resource = "KeyResource",
	.parent = &kind_server,
	.param = "key",
	.path = "ssh-keys/{id}",
	.state = "status",
	.create = &sequence_install,
	.remove = &sequence_remove,
	.fill = fill_key,
};
