#include "forge/follow.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "forge/client.h"
#include "forge/page.h"
#include "forge/tree.h"

#define ORG    "organizations."
#define SERVER "organizations.servers."
#define SITE   "organizations.servers.sites."

#define FAILED "failed failed-unknown failed-runner"

static const struct follow_row rows[] = {
	{.operation = SITE "deployments.store",
	 .list = SITE "deployments.index",
	 .show = SITE "deployments.show",
	 .id_param = "deployment",
	 .status = "status",
	 .good = "finished",
	 .bad = "failed failed-build cancelled",
	 .any_new = true},
	{.operation = SITE "commands.store",
	 .list = SITE "commands.index",
	 .show = SITE "commands.show",
	 .id_param = "command",
	 .status = "status",
	 .good = "finished",
	 .bad = "failed timeout",
	 .same = {{"command", "command"}},
	 .exit_code = "exit_code"},
	/* Its status is free text in the catalogue, so the time of the end decides, too.
	 */
	{.operation = SERVER "database.backups.instances.store",
	 .list = SERVER "database.backups.instances.index",
	 .show = SERVER "database.backups.instances.show",
	 .id_param = "backup",
	 .status = "status",
	 .good = "success finished",
	 .bad = FAILED " cancelled",
	 .ended_at = "finished_at"},
	{.operation = SERVER "database.schemas.store",
	 .list = SERVER "database.schemas.index",
	 .show = SERVER "database.schemas.show",
	 .id_param = "database",
	 .status = "status",
	 .good = "installed",
	 .bad = FAILED " removing",
	 .same = {{"name", "name"}}},
	{.operation = SERVER "database.users.store",
	 .list = SERVER "database.users.index",
	 .show = SERVER "database.users.show",
	 .id_param = "databaseUser",
	 .status = "status",
	 .good = "installed",
	 .bad = FAILED " removing",
	 .same = {{"name", "name"}}},
	{.operation = SERVER "background-processes.store",
	 .list = SERVER "background-processes.index",
	 .show = SERVER "background-processes.show",
	 .id_param = "backgroundProcess",
	 .status = "status",
	 .good = "installed",
	 .bad = FAILED " removing",
	 .same = {{"command", "command"}, {"user", "user"}}},
	{.operation = SERVER "scheduled-jobs.store",
	 .list = SERVER "scheduled-jobs.index",
	 .show = SERVER "scheduled-jobs.show",
	 .id_param = "job",
	 .status = "status",
	 .good = "installed",
	 .bad = FAILED " removing",
	 .same = {{"command", "command"}, {"user", "user"}}},
	{.operation = SITE "scheduled-jobs.store",
	 .list = SITE "scheduled-jobs.index",
	 .show = SITE "scheduled-jobs.show",
	 .id_param = "job",
	 .status = "status",
	 .good = "installed",
	 .bad = FAILED " removing",
	 .same = {{"command", "command"}, {"user", "user"}}},
	{.operation = SERVER "monitors.store",
	 .list = SERVER "monitors.index",
	 .show = SERVER "monitors.show",
	 .id_param = "monitor",
	 .status = "status",
	 .good = "installed running success",
	 .bad = FAILED " removing deleting",
	 .same = {{"type", "type"}, {"operator", "operator"}}},
	{.operation = SITE "redirect-rules.store",
	 .list = SITE "redirect-rules.index",
	 .show = SITE "redirect-rules.show",
	 .id_param = "redirectRule",
	 .status = "status",
	 .good = "installed",
	 .bad = FAILED " removing",
	 .same = {{"from", "from"}, {"to", "to"}}},
	{.operation = SERVER "ssh-keys.store",
	 .list = SERVER "ssh-keys.index",
	 .show = SERVER "ssh-keys.show",
	 .id_param = "key",
	 .status = "status",
	 .good = "installed",
	 .bad = FAILED " removing",
	 .same = {{"name", "name"}}},
	{.operation = SITE "domains.store",
	 .list = SITE "domains.index",
	 .show = SITE "domains.show",
	 .id_param = "domainRecord",
	 .status = "status",
	 .good = "enabled",
	 .bad = FAILED " removing",
	 .same = {{"name", "name"}}},
	{.operation = SITE "domains.certificates.store",
	 .list = SITE "domains.certificates.index",
	 .show = SITE "domains.certificates.show",
	 .id_param = "certificate",
	 .status = "status",
	 .good = "installed success",
	 .bad = FAILED " removing deleting",
	 .same = {{"type", "type"}}},
	{.operation = SITE "store",
	 .list = SITE "index",
	 .show = ORG "sites.show",
	 .id_param = "site",
	 .status = "status",
	 .good = "installed deployed never-deployed deploying",
	 .bad = "failed removing uninstalling",
	 .same = {{"name", "name"}}},
	/* Changing the branch of a site: done when the site says so. */
	{.operation = SITE "git.update",
	 .show = ORG "sites.show",
	 .id_param = "site",
	 .status = "repository.status",
	 .good = "installed",
	 .bad = "failed removing",
	 .same = {{"branch", "repository.branch"}},
	 .must_be_same = true},
	/* Nothing to follow, but to be found again when an answer was lost. */
	{.operation = SERVER "firewall-rules.store",
	 .list = SERVER "firewall-rules.index",
	 .same = {{"name", "name"}, {"port", "port"}}},
	{.operation = SITE "security-rules.store",
	 .list = SITE "security-rules.index",
	 .same = {{"name", "name"}, {"path", "path"}}},
};

const struct follow_row *
follow_find(const struct forge_operation *op)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].operation, op->id) == 0)
			return &rows[i];
	}
	return NULL;
}

bool
forge_can_adopt(const struct forge_operation *op)
{
	const struct follow_row *row = follow_find(op);
	return row && row->list;
}

bool
forge_can_follow(const struct forge_operation *op)
{
	const struct follow_row *row = follow_find(op);
	return row && row->show;
}

static const json_t *
attribute(const json_t *resource, const char *path)
{
	return path ? tree_find(json_object_get(resource, "attributes"), path) : NULL;
}

const char *
follow_status(const struct follow_row *row, const json_t *resource)
{
	const char *status = json_string_value(attribute(resource, row->status));
	return status ? status : "unknown";
}

/* Whether word is one of the words of list; Forge's capitals vary. */
static bool
is_word_of(const char *list, const char *word)
{
	size_t len = strlen(word);
	while (list && *list) {
		size_t n = strcspn(list, " ");
		if (n == len && strncasecmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

/* Whether what the request said is what the resource says; what either lacks is left. */
static bool
is_same(const struct follow_row *row, const json_t *resource, const json_t *body)
{
	for (size_t i = 0; i < ARRAY_LEN(row->same) && row->same[i].body; i++) {
		const json_t *wanted = json_object_get(body, row->same[i].body);
		const json_t *got = attribute(resource, row->same[i].attribute);
		bool known = wanted && !json_is_null(wanted) && got && !json_is_null(got);
		if (known && !json_equal(wanted, got))
			return false;
		if (!known && row->must_be_same)
			return false;
	}
	return true;
}

enum follow_verdict
follow_judge(const struct follow_row *row, const json_t *resource, const json_t *body)
{
	const char *status = json_string_value(attribute(resource, row->status));
	const json_t *exit_code = attribute(resource, row->exit_code);
	const json_t *ended = attribute(resource, row->ended_at);
	if (status && is_word_of(row->bad, status))
		return FOLLOW_BAD;
	bool good = (status && is_word_of(row->good, status)) ||
		    (ended && !json_is_null(ended));
	if (!good || (row->must_be_same && !is_same(row, resource, body)))
		return FOLLOW_GOING;
	if (json_is_integer(exit_code) && json_integer_value(exit_code) != 0)
		return FOLLOW_BAD;
	return FOLLOW_GOOD;
}

bool
follow_id_greater(const char *a, const char *b)
{
	if (!text_is_digits(a))
		return false;
	if (!text_is_digits(b))
		return true;
	a += strspn(a, "0");
	b += strspn(b, "0");
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);
	return a_len != b_len ? a_len > b_len : strcmp(a, b) > 0;
}

char *
follow_greatest(const json_t *page, const char *last)
{
	char *best = str_dup(last);
	const json_t *item = NULL;
	for (size_t i = 0; (item = page_item(page, i)) != NULL; i++) {
		auto_str id = page_id(item);
		if (follow_id_greater(id, best)) {
			str_free(best);
			best = steal_ptr(&id);
		}
	}
	return best;
}

int
follow_collect(const struct follow_row *row, const json_t *page, const json_t *body,
	       const char *last, json_t *found)
{
	bool reached = false;
	const json_t *item = NULL;
	for (size_t i = 0; (item = page_item(page, i)) != NULL; i++) {
		auto_str id = page_id(item);
		if (!text_is_digits(id))
			continue;
		if (!follow_id_greater(id, last)) {
			reached = true;
			continue;
		}
		if (is_same(row, item, body) &&
		    json_array_append_new(found, json_string(id)) < 0)
			return -ENOMEM;
	}
	return reached ? 1 : 0;
}
