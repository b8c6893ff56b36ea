/*
 * What the sandbox plays: organisations with their servers, sites, deployments and
 * commands, as plain records for the files of this folder; everything else hangs at them
 * as things (sandbox/thing.h). Time comes from a function given
 * at the start, so that tests can turn the clock; states are brought up to date when
 * somebody looks (world_deploy_advance, world_command_advance), there are no timers.
 */
#ifndef SANDBOX_WORLD_H
#define SANDBOX_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "sandbox/fifo.h"
#include "sandbox/thing.h"

#define WORLD_COMMIT_SIZE 41 /* hexadecimal, with the NUL */

/* Wall clock, microseconds. */
typedef int64_t world_clock_fn(void *arg);

struct world_commit {
	char hash[WORLD_COMMIT_SIZE]; /* "": not known yet */
	char *branch;		      /* owned, as the rest; NULL: not known */
	char *message;
	char *author;
};

struct world_org {
	uint64_t id;
	char *slug;
	char *name;
	struct fifo servers; /* struct world_server, ascending ids */
	struct thing *node;  /* owned: what else it has, as in servers and sites */
};

struct world_server {
	uint64_t id;
	struct world_org *org;
	char *name;
	char *type;
	char *provider;
	char *region;
	char *size;
	char *ip_address;
	char *php_version;
	char *database_type;
	char *ubuntu_version;
	char *timezone;
	bool is_archived;
	int64_t created_us;
	struct fifo sites; /* struct world_site, ascending ids */
	struct thing *node;
};

struct world_site {
	uint64_t id;
	struct world_server *server;
	char *name;
	char *app_type;
	char *user;
	char *php_version;
	char *web_directory;
	char *repository; /* "acme/shop"; NULL: none */
	char *branch;
	char *repository_provider;
	char *deployment_script;
	char *hook_token;
	bool push_to_deploy;
	bool zero_downtime;
	struct world_commit head; /* the newest commit of branch */
	struct fifo deployments;  /* struct world_deployment, ascending ids */
	struct fifo commands;	  /* struct world_command, ascending ids */
	size_t ended;		  /* how many at the front of deployments have ended */
	bool is_busy;		  /* is in the world's list of those */
	unsigned hook_renewals;
	int64_t free_us; /* when the last deployment ended */
	int64_t created_us;
	uint64_t deployments_created;
	uint64_t commands_created;
	struct thing *node;
};

/* Forge's word for each. */
#define WORLD_DEPLOY_STATUSES(X)                     \
	X(WORLD_DEPLOY_QUEUED, "queued")             \
	X(WORLD_DEPLOY_RUNNING, "deploying")         \
	X(WORLD_DEPLOY_FINISHED, "finished")         \
	X(WORLD_DEPLOY_FAILED, "failed")             \
	X(WORLD_DEPLOY_FAILED_BUILD, "failed-build") \
	X(WORLD_DEPLOY_CANCELLED, "cancelled")

enum world_deploy_status {
#define X(name, word) name,
	WORLD_DEPLOY_STATUSES(X)
#undef X
};

struct world_deployment {
	uint64_t id;
	struct world_site *site;
	enum world_deploy_status status;  /* only world_deploy.c writes it */
	enum world_deploy_status outcome; /* how it will end */
	const char *type;		  /* "api", "deploy-hook", "push": static */
	struct world_commit commit;	  /* the hook may give parts beforehand */
	int64_t created_us;
	int64_t updated_us;
	int64_t started_us; /* 0: not yet */
	int64_t ended_us;   /* 0: not yet */
};

#define WORLD_COMMAND_STATUSES(X)             \
	X(WORLD_COMMAND_WAITING, "waiting")   \
	X(WORLD_COMMAND_RUNNING, "running")   \
	X(WORLD_COMMAND_FINISHED, "finished") \
	X(WORLD_COMMAND_FAILED, "failed")

enum world_command_status {
#define X(name, word) name,
	WORLD_COMMAND_STATUSES(X)
#undef X
};

struct world_command {
	uint64_t id;
	uint64_t user_id;
	char *text;
	enum world_command_status status; /* only world_command.c writes it */
	enum world_command_status outcome;
	int64_t created_us;
	int64_t started_us; /* 0: not yet */
	int64_t ended_us;
};

/* How long things take, microseconds, already divided by the speed. */
struct world_times {
	int64_t queued_us;
	int64_t deploying_us;
	int64_t waiting_us;
	int64_t running_us;
};

struct world {
	world_clock_fn *now;
	void *now_arg;
	uint64_t speed; /* millionths */
	struct world_times times;
	/* Called at the end of each deployment; NULL. */
	void (*on_ended)(struct world_deployment *d, void *arg);
	void *on_ended_arg;
	int64_t created_us;
	struct thing *root;    /* owned: what belongs to no organisation */
	uint64_t *last_things; /* owned: the highest id of each kind */
	size_t n_things;
	bool has_leaving; /* a server or site may have gone: see world_sweep */
	struct fifo orgs; /* struct world_org; ascending ids, as the rest; owns them */
	struct fifo servers;
	struct fifo sites;
	struct fifo deployments;
	struct fifo busy; /* sites with a deployment that waits or runs, borrowed */
	size_t n_commands;
	uint64_t last_deployment;
	uint64_t last_command;
	uint64_t forgotten_deployments; /* ended ones dropped to stay below the limit */
	uint64_t forgotten_commands;
};

/* speed in millionths: 1,000,000 is real time. */
struct world *world_new(world_clock_fn *now, void *arg, uint64_t speed) MUST_CHECK;
void world_free(struct world *w);
int64_t world_now(const struct world *w);
/* How long that is at the world's speed. */
int64_t world_scaled_us(const struct world *w, int64_t ms);
/* What is there without a seed: section 6 of the design. Returns 0 or -ENOMEM. */
int world_fill_default(struct world *w) MUST_CHECK;

/*
 * New things with plausible attributes. id 0: the next free one. NULL when memory is
 * short or (world_has_...) the id is taken. Text fields may be replaced with str_set
 * afterwards.
 */
struct world_org *world_add_org(struct world *w, const char *slug, const char *name);
struct world_server *world_add_server(struct world *w, struct world_org *org, uint64_t id,
				      const char *name);
struct world_site *world_add_site(struct world *w, struct world_server *server,
				  uint64_t id, const char *name);

/* Puts a deployment at the end of both lists. Returns 0 or -ENOMEM. */
int world_append(struct world *w, struct world_deployment *d) MUST_CHECK;
/* Gives the site's deploy hook another token. Returns 0 or -ENOMEM. */
int world_renew_hook(struct world_site *site) MUST_CHECK;
/* Everything below goes too. */
void world_remove_server(struct world *w, struct world_server *server);
void world_remove_site(struct world *w, struct world_site *site);
/* It goes by and by, as sequence_remove says. */
void world_let_go(struct world *w, struct thing *node);
/* Removes servers and sites that have gone by now. */
void world_sweep(struct world *w);

/* NULL when there is none. */
struct world_org *world_org_find(const struct world *w, const char *slug);
struct world_server *world_server_find(const struct world *w, uint64_t id);
struct world_site *world_site_find(const struct world *w, uint64_t id);
bool world_has_site_named(const struct world *w, const char *name);
/* The site name nearest to name, for messages; NULL. */
const char *world_site_nearest(const struct world *w, const char *name);
/*
 * Index in a list of records (all begin with their uint64_t id) of the first whose id is
 * not below id; its length when all are.
 */
size_t world_index(const struct fifo *list, uint64_t id);
/* The record with that id, NULL. */
void *world_lookup(const struct fifo *list, uint64_t id);

int world_commit_copy(struct world_commit *dst, const struct world_commit *src);
void world_commit_done(struct world_commit *c);

#endif
