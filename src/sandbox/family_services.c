/* What a server is told to do: reboot, restart its services, act on its processes. */
#include "sandbox/check.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"

static void
act_on_process(struct visit *v)
{
	static const struct {
		const char *action;
		const struct sequence *sequence;
	} rows[] = {
		{"restart", &sequence_restart},
		{"start", &sequence_start},
		{"stop", &sequence_stop},
	};
	const char *action = check_text(v, "action");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_eq(action, rows[i].action))
			thing_begin(v->world, v->thing, rows[i].sequence);
	}
	if (str_eq(action, "empty-log"))
		thing_set_text(v->thing, "log", "");
	visit_answer_empty(v);
}

/* The event that every change leaves is all there is to see of the others. */
const struct family_entry family_services[] = {
	{"organizations.servers.actions.store", visit_answer_empty},
	{"organizations.servers.services.mysql.actions.store", visit_answer_empty},
	{"organizations.servers.services.nginx.actions.store", visit_answer_empty},
	{"organizations.servers.services.php.actions.store", visit_answer_empty},
	{"organizations.servers.services.postgres.actions.store", visit_answer_empty},
	{"organizations.servers.services.redis.actions.store", visit_answer_empty},
	{"organizations.servers.services.supervisor.actions.store", visit_answer_empty},
	{"organizations.servers.background-processes.actions.store", act_on_process},
	{NULL, NULL},
};
