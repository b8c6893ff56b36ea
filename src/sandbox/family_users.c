/* The user that a token belongs to. */
#include "sandbox/family.h"
#include "sandbox/resource.h"

json_t *
family_render_user(struct visit *v, const struct access_user *user)
{
	auto_str email = str_format("%s@example.com", user->name);
	json_t *attributes = json_pack("{s:s, s:s?, s:o, s:o}", "name", user->name,
				       "email", email, "created_at",
				       resource_time(v->world->created_us), "updated_at",
				       resource_time(v->world->created_us));
	return resource_new(v, "users", user->id, attributes, "/user");
}

static void
show(struct visit *v)
{
	visit_answer_resource(v, family_render_user(v, access_token_user(v->token)));
}

const struct family_entry family_users[] = {
	{"me", show},
	{"user.show", show},
	{NULL, NULL},
};
