/* What things go through, with the times at --speed 1 that Forge takes about. */
#include "base/str.h"
#include "sandbox/kind.h"

const struct sequence sequence_install = {
	"install", {{"installing", NULL, 2000}, {"installed", NULL, 0}}};
const struct sequence sequence_update = {
	"update", {{"updating", NULL, 1000}, {"installed", NULL, 0}}};
const struct sequence sequence_remove = {"remove", {{"removing", NULL, 1000}, {0}}};
const struct sequence sequence_restart = {
	"restart", {{"restarting", NULL, 1000}, {"installed", NULL, 0}}};
const struct sequence sequence_start = {
	"start", {{"starting", NULL, 1000}, {"installed", NULL, 0}}};
const struct sequence sequence_stop = {
	"stop", {{"stopping", NULL, 1000}, {"installed", NULL, 0}}};

const struct sequence sequence_domain = {"domain",
					 {{"pending", NULL, 500},
					  {"connecting", NULL, 1000},
					  {"securing", NULL, 2000},
					  {"enabled", NULL, 0}}};
const struct sequence sequence_domain_update = {
	"domain-update", {{"updating", NULL, 1000}, {"enabled", NULL, 0}}};
const struct sequence sequence_domain_enable = {
	"domain-enable", {{"enabling", NULL, 1000}, {"enabled", NULL, 0}}};
const struct sequence sequence_domain_disable = {
	"domain-disable", {{"disabling", NULL, 1000}, {"disabled", NULL, 0}}};

const struct sequence sequence_certificate = {"certificate",
					      {{"installing", "verifying", 1000},
					       {"installing", "creating", 2000},
					       {"installed", "created", 0}}};
/* A signing request waits for its certificate. */
const struct sequence sequence_certificate_wait = {
	"certificate-wait",
	{{"installing", "creating", 1000}, {"installed", "creating", 0}}};
const struct sequence sequence_certificate_enable = {
	"certificate-enable",
	{{"enabling", "created", 1000}, {"installed", "created", 0}}};
const struct sequence sequence_certificate_disable = {
	"certificate-disable",
	{{"disabling", "created", 1000}, {"disabled", "created", 0}}};
const struct sequence sequence_certificate_remove = {
	"certificate-remove", {{"removing", "created", 1000}, {0}}};

const struct sequence sequence_backup = {
	"backup",
	{{"pending", NULL, 500}, {"running", NULL, 3000}, {"success", NULL, 0}}};
const struct sequence sequence_backup_remove = {"backup-remove",
						{{"deleting", NULL, 1000}, {0}}};
const struct sequence sequence_restore = {
	"restore", {{"restoring", NULL, 3000}, {"success", NULL, 0}}};

const struct sequence sequence_run = {
	"run", {{"waiting", NULL, 500}, {"running", NULL, 2000}, {"finished", NULL, 0}}};
const struct sequence sequence_heartbeat = {"heartbeat", {{"pending", NULL, 0}}};

const struct sequence sequence_beat = {"beat", {{"beating", NULL, 0}}};

const struct sequence sequence_server = {
	"server", {{"connecting", NULL, 10000}, {"successful", NULL, 0}}};
const struct sequence sequence_site = {
	"site",
	{{"creating", NULL, 1000}, {"installing", NULL, 2000}, {"installed", NULL, 0}}};
const struct sequence sequence_repository = {
	"repository", {{"installing", NULL, 2000}, {"installed", NULL, 0}}};
const struct sequence sequence_enabling = {
	"enabling", {{"enabling", NULL, 1000}, {"enabled", NULL, 0}}};
const struct sequence sequence_disabling = {
	"disabling", {{"disabling", NULL, 1000}, {"disabled", NULL, 0}}};

const struct sequence *const sequences[] = {
	&sequence_install,
	&sequence_update,
	&sequence_remove,
	&sequence_restart,
	&sequence_start,
	&sequence_stop,
	&sequence_domain,
	&sequence_domain_update,
	&sequence_domain_enable,
	&sequence_domain_disable,
	&sequence_certificate,
	&sequence_certificate_wait,
	&sequence_certificate_enable,
	&sequence_certificate_disable,
	&sequence_certificate_remove,
	&sequence_backup,
	&sequence_backup_remove,
	&sequence_restore,
	&sequence_run,
	&sequence_heartbeat,
	&sequence_beat,
	&sequence_server,
	&sequence_site,
	&sequence_repository,
	&sequence_enabling,
	&sequence_disabling,
	NULL,
};

const struct sequence *
sequence_find(const char *name)
{
	for (const struct sequence *const *s = sequences; *s; s++) {
		if (str_eq((*s)->name, name))
			return *s;
	}
	return NULL;
}
