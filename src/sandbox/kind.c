#include "sandbox/kind.h"

#include "base/str.h"

/* Parents before their children. */
const struct kind *const kinds[] = {
	&kind_root,
	&kind_organization,
	&kind_server,
	&kind_site,
	&kind_forge_recipe,
	&kind_permission,
	&kind_predefined_role,
	&kind_provider,
	&kind_region,
	&kind_region_size,
	&kind_size,
	&kind_recipe,
	&kind_recipe_log,
	&kind_role,
	&kind_credential,
	&kind_vpc,
	&kind_storage,
	&kind_tag,
	&kind_team,
	&kind_invitation,
	&kind_member,
	&kind_process,
	&kind_backup_configuration,
	&kind_backup,
	&kind_database,
	&kind_database_user,
	&kind_event,
	&kind_firewall_rule,
	&kind_monitor,
	&kind_nginx_template,
	&kind_php_version,
	&kind_server_job,
	&kind_ssh_key,
	&kind_phase,
	&kind_site_job,
	&kind_domain,
	&kind_certificate,
	&kind_composer_credential,
	&kind_npm_credential,
	&kind_heartbeat,
	&kind_balancing_node,
	&kind_redirect_rule,
	&kind_security_rule,
	&kind_webhook,
	NULL,
};
const size_t n_kinds = ARRAY_LEN(kinds) - 1;

const struct kind *
kind_find(const char *name)
{
	for (const struct kind *const *kind = kinds; *kind; kind++) {
		if (str_eq((*kind)->name, name))
			return *kind;
	}
	return NULL;
}

size_t
kind_index(const struct kind *kind)
{
	size_t i = 0;
	while (kinds[i] != kind)
		i++;
	return i;
}
