/* Kinds that belong to nobody, or to an organisation. */
#include "sandbox/check.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

const struct kind kind_root = {.name = "world", .path = ""};
const struct kind kind_organization = {
	.name = "organizations",
	.type = "organizations",
	.parent = &kind_root,
	.path = "orgs/{id}",
	.key = "slug",
};

const struct kind kind_forge_recipe = {
	.name = "forge-recipes",
	.resource = "ForgeRecipeResource",
	.parent = &kind_root,
	.param = "forgeRecipe",
	.path = "forge-recipes/{id}",
};

const struct kind kind_permission = {
	.name = "permissions",
	.resource = "PermissionResource",
	.parent = &kind_root,
	.param = "permission",
	.path = "permissions/{id}",
};

/* A to-many relationship to what the root has, by the names in a value. */
static void
relate_permissions(struct visit *v, struct thing *t, json_t *resource, json_t *included)
{
	const json_t *names = thing_get(t, "permissions");
	json_t *data = json_array();
	if (!visit_includes(v, "permissions") || !data) {
		json_decref(data);
		return;
	}
	for (size_t i = 0; i < json_array_size(names); i++) {
		struct thing *one = thing_find_value(
			v->world, v->world->root, &kind_permission, "name",
			json_string_value(json_array_get(names, i)));
		if (!one)
			continue;
		json_array_append_new(data, render_identifier(one));
		resource_include(included, render_thing(v, one, included));
	}
	resource_relate_all(resource, "permissions", data);
}

const struct kind kind_predefined_role = {
	.name = "predefined-roles",
	.resource = "PredefinedRoleResource",
	.parent = &kind_root,
	.param = "role",
	.path = "predefined-roles/{id}",
	.relate = relate_permissions,
};

const struct kind kind_role = {
	.name = "roles",
	.resource = "CustomRoleResource",
	.parent = &kind_organization,
	.param = "role",
	.path = "roles/{id}",
	.unique = "name",
	.relate = relate_permissions,
};

const struct kind kind_provider = {
	.name = "providers",
	.resource = "ProviderResource",
	.parent = &kind_root,
	.param = "provider",
	.path = "providers/{id}",
};

const struct kind kind_region = {
	.name = "regions",
	.resource = "ProviderRegionResource",
	.parent = &kind_provider,
	.param = "providerRegion",
	.path = "regions/{id}",
};

const struct kind kind_region_size = {
	.name = "region-sizes",
	.resource = "ProviderRegionSizeResource",
	.parent = &kind_region,
	.param = "providerSize",
	.path = "sizes/{id}",
	.key = "code",
};

const struct kind kind_size = {
	.name = "sizes",
	.resource = "ProviderSizeResource",
	.parent = &kind_provider,
	.param = "providerSize",
	.path = "sizes/{id}",
	.key = "code",
};

const struct kind kind_recipe = {
	.name = "recipes",
	.resource = "RecipeResource",
	.parent = &kind_organization,
	.param = "recipe",
	.path = "recipes/{id}",
};

/* What a run has to tell comes as it goes on. */
static void
shape_log(struct visit *v, struct thing *t, json_t *attributes)
{
	int64_t started_us = thing_reaches_us(v->world, t, "running");
	int64_t finished_us = thing_reaches_us(v->world, t, "finished");
	int64_t now_us = world_now(v->world);
	bool ended = finished_us <= now_us;
	json_object_set_new(attributes, "started_at",
			    resource_time(started_us <= now_us ? started_us : 0));
	json_object_set_new(attributes, "finished_at",
			    resource_time(ended ? finished_us : 0));
	json_object_set_new(attributes, "output",
			    ended ? json_string("The sandbox ran nothing.\n")
				  : json_null());
}

const struct kind kind_recipe_log = {
	.name = "recipe-logs",
	.resource = "RecipeLogResource",
	.parent = &kind_recipe,
	.param = "log",
	.path = "runs/{id}",
	.state = "status",
	.create = &sequence_run,
	.shape = shape_log,
};

const struct kind kind_credential = {
	.name = "credentials",
	.resource = "ServerCredentialResource",
	.parent = &kind_organization,
	.param = "credential",
	.path = "server-credentials/{id}",
};

const struct kind kind_vpc = {
	.name = "vpcs",
	.resource = "VpcResource",
	.type = "vpcs",
	.parent = &kind_credential,
	.param = "vpcId",
	.path = "regions/{region}/vpcs/{id}",
	.key = "uuid",
};

static bool
uses_storage(struct visit *v, const struct world_org *org, const struct thing *storage)
{
	for (size_t i = 0; i < fifo_count(&org->servers); i++) {
		struct world_server *server = fifo_at(&org->servers, i);
		size_t n =
			thing_count(v->world, server->node, &kind_backup_configuration);
		for (size_t k = 0; k < n; k++) {
			const struct thing *one =
				thing_at(server->node, &kind_backup_configuration, k);
			if (json_integer_value(thing_get(one, "storage_provider_id")) ==
			    (json_int_t)storage->id)
				return true;
		}
	}
	return false;
}

static void
shape_storage(struct visit *v, struct thing *t, json_t *attributes)
{
	json_object_set_new(attributes, "in_use",
			    json_boolean(uses_storage(v, v->org, t)));
}

static bool
fill_storage(struct visit *v, struct thing *t)
{
	static const char *const names[][2] = {
		{"s3", "Amazon S3"},	  {"spaces", "DigitalOcean Spaces"},
		{"hetzner", "Hetzner"},	  {"ovh", "OVH"},
		{"scaleway", "Scaleway"}, {"custom", "Custom (S3 Compatible)"},
	};
	(void)v;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_eq(thing_text(t, "provider"), names[i][0]))
			thing_set_text(t, "provider_name", names[i][1]);
	}
	return true;
}

static const struct kind_field storage_fields[] = {
	{"use_ec2_assumed_role", "assume_role"},
	{NULL, NULL},
};

const struct kind kind_storage = {
	.name = "storage-providers",
	.resource = "StorageProviderResource",
	.parent = &kind_organization,
	.param = "storageConfiguration",
	.path = "storage-providers/{id}",
	.fields = storage_fields,
	.fill = fill_storage,
	.shape = shape_storage,
};

const struct kind kind_tag = {
	.name = "tags",
	.resource = "TagResource",
	.parent = &kind_organization,
	.path = "tags/{id}",
};

/* Both sorts of role; NULL. */
static struct thing *
find_role(struct visit *v, uint64_t id)
{
	struct thing *t = thing_find(v->world, v->world->root, &kind_predefined_role, id);
	return t ? t : thing_find(v->world, v->org->node, &kind_role, id);
}

static void
relate_role(struct visit *v, const struct thing *t, json_t *resource, json_t *included)
{
	struct thing *role =
		find_role(v, (uint64_t)json_integer_value(thing_get(t, "role_id")));
	if (!visit_includes(v, "role"))
		return;
	resource_relate(resource, "role", "predefinedRoles", role ? role->id : 0);
	json_t *shown = role ? render_thing(v, role, included) : NULL;
	if (!shown)
		return;
	json_object_set_new(shown, "type", json_string("predefinedRoles"));
	resource_include(included, shown);
}

static bool
fill_role_id(struct visit *v, struct thing *t)
{
	(void)t;
	uint64_t id = check_number(v, "role_id");
	return !json_object_get(v->body, "role_id") || find_role(v, id) ||
	       check_refuse(v, "role_id");
}

static void
relate_invitation(struct visit *v, struct thing *t, json_t *resource, json_t *included)
{
	relate_role(v, t, resource, included);
	if (visit_includes(v, "team")) {
		resource_relate(resource, "team", "teams", t->parent->id);
		resource_include(included, render_thing(v, t->parent, included));
	}
	if (visit_includes(v, "organization")) {
		resource_relate(resource, "organization", "organizations", v->org->id);
		resource_include(included,
				 family_render_organization(v, v->org, included));
	}
}

static void
relate_member(struct visit *v, struct thing *t, json_t *resource, json_t *included)
{
	relate_role(v, t, resource, included);
}

const struct kind kind_invitation = {
	.name = "invitations",
	.resource = "TeamInvitationResource",
	.parent = &kind_team,
	.param = "invitation",
	.path = "invites/{id}",
	.unique = "email",
	.fill = fill_role_id,
	.relate = relate_invitation,
};

const struct kind kind_member = {
	.name = "members",
	.resource = "MembershipResource",
	.parent = &kind_team,
	.param = "user",
	.path = "members/{id}",
	.fill = fill_role_id,
	.relate = relate_member,
};

static json_int_t
role_of(const json_t *object)
{
	return json_integer_value(json_object_get(json_object_get(object, "role"), "id"));
}

/* A user of the body becomes a member, or changes the role. */
static bool
take_member(struct visit *v, struct thing *team, const json_t *object)
{
	uint64_t id = (uint64_t)json_integer_value(json_object_get(object, "id"));
	const struct access_user *user = access_user_find(v->access, id);
	struct thing *t = thing_find(v->world, team, &kind_member, id);
	if (!user)
		return check_refuse(v, "users");
	if (!find_role(v, (uint64_t)role_of(object)))
		return check_refuse(v, "users");
	if (!t)
		t = thing_new(v->world, &kind_member, team, id);
	if (!t)
		return true;
	auto_str email = str_format("%s@example.com", user->name);
	thing_set_text(t, "name", user->name);
	thing_set_text(t, "email", email);
	thing_set(t, "role_id", json_integer(role_of(object)));
	return true;
}

static bool
fill_team(struct visit *v, struct thing *t)
{
	const json_t *users = json_object_get(v->body, "users");
	const json_t *invites = json_object_get(v->body, "invites");
	for (size_t i = 0; i < json_array_size(users); i++) {
		if (!take_member(v, t, json_array_get(users, i)))
			return false;
	}
	for (size_t i = 0; i < json_array_size(invites); i++) {
		const json_t *one = json_array_get(invites, i);
		struct thing *made = thing_new(v->world, &kind_invitation, t, 0);
		if (!made)
			break;
		thing_set_text(made, "email",
			       json_string_value(json_object_get(one, "email")));
		thing_set(made, "role_id", json_integer(role_of(one)));
	}
	return true;
}

const struct kind kind_team = {
	.name = "teams",
	.resource = "TeamResource",
	.parent = &kind_organization,
	.param = "team",
	.path = "teams/{id}",
	.unique = "name",
	.fill = fill_team,
};
