/*
 * The kinds of things: one row each (src/sandbox/kind.c), and the sequences of states
 * that they go through (src/sandbox/sequence.c). An ordinary family of operations is a
 * row here and a row in src/sandbox/crud.c.
 */
#ifndef SANDBOX_KIND_H
#define SANDBOX_KIND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "sandbox/thing.h"
#include "sandbox/visit.h"

#define SEQUENCE_STEPS 6

struct sequence_step {
	const char *value; /* NULL: the thing has gone */
	const char *also;  /* of the kind's second attribute; NULL */
	unsigned ms;	   /* how long at --speed 1; 0: it stays */
};

struct sequence {
	const char *name; /* in state files */
	struct sequence_step steps[SEQUENCE_STEPS];
};

/* All, ends with NULL. */
extern const struct sequence *const sequences[];
const struct sequence *sequence_find(const char *name); /* NULL */

extern const struct sequence sequence_install;
extern const struct sequence sequence_update;
extern const struct sequence sequence_remove;
extern const struct sequence sequence_restart;
extern const struct sequence sequence_start;
extern const struct sequence sequence_stop;
extern const struct sequence sequence_domain;
extern const struct sequence sequence_domain_update;
extern const struct sequence sequence_domain_enable;
extern const struct sequence sequence_domain_disable;
extern const struct sequence sequence_certificate;
extern const struct sequence sequence_certificate_wait;
extern const struct sequence sequence_certificate_enable;
extern const struct sequence sequence_certificate_disable;
extern const struct sequence sequence_certificate_remove;
extern const struct sequence sequence_backup;
extern const struct sequence sequence_backup_remove;
extern const struct sequence sequence_restore;
extern const struct sequence sequence_run;
extern const struct sequence sequence_heartbeat;
extern const struct sequence sequence_beat;
extern const struct sequence sequence_server;
extern const struct sequence sequence_site;
extern const struct sequence sequence_repository;
extern const struct sequence sequence_enabling;
extern const struct sequence sequence_disabling;

/* A field of bodies that another attribute holds. */
struct kind_field {
	const char *field;
	const char *attribute;
};

struct kind {
	const char *name;     /* in state files and on the page at "/" */
	const char *resource; /* of the catalogue; NULL: no answer shows it */
	const char *type;     /* JSON:API type where the catalogue leaves it open */
	const struct kind *parent;
	const char *param; /* "database" for {database} in paths */
	/*
	 * Its link behind the parent's: "database/schemas/{id}". Other names in braces
	 * are values.
	 */
	const char *path;
	const char *key;      /* the value that paths have instead of the id; NULL */
	const char *order;    /* the number that lists are sorted by; NULL: the id */
	const char *unique;   /* the value that no sibling may have; NULL */
	const char *state;    /* the attribute that the sequence gives; NULL */
	const char *also;     /* the second one; NULL */
	const char *defaults; /* JSON object of values that bodies leave out; NULL */
	const struct kind_field *fields; /* ends with field NULL; NULL */
	const struct sequence *create;	 /* NULL: no states */
	const struct sequence *update;	 /* NULL: an update leaves the state */
	const struct sequence *remove;	 /* NULL: it goes at once */
	/*
	 * After the body's values were taken, when it is new and when it is updated.
	 * false: answered with what is wrong, nothing took place.
	 */
	bool (*fill)(struct visit *v, struct thing *t);
	/* Attributes that follow from others or from the time; may be NULL. */
	void (*shape)(struct visit *v, struct thing *t, json_t *attributes);
	/* Relationships, and what include=... asked for; may be NULL. */
	void (*relate)(struct visit *v, struct thing *t, json_t *resource,
		       json_t *included);
};

/* All, ends with NULL. */
extern const struct kind *const kinds[];
extern const size_t n_kinds;
const struct kind *kind_find(const char *name); /* NULL */
size_t kind_index(const struct kind *kind);	/* in kinds[] */

/* The nodes that organisations, servers, sites and the world have in the tree. */
extern const struct kind kind_root;
extern const struct kind kind_organization;
extern const struct kind kind_server;
extern const struct kind kind_site;

extern const struct kind kind_forge_recipe;
extern const struct kind kind_permission;
extern const struct kind kind_predefined_role;
extern const struct kind kind_provider;
extern const struct kind kind_region;
extern const struct kind kind_region_size;
extern const struct kind kind_size;
extern const struct kind kind_recipe;
extern const struct kind kind_recipe_log;
extern const struct kind kind_role;
extern const struct kind kind_credential;
extern const struct kind kind_vpc;
extern const struct kind kind_storage;
extern const struct kind kind_tag;
extern const struct kind kind_team;
extern const struct kind kind_invitation;
extern const struct kind kind_member;
extern const struct kind kind_process;
extern const struct kind kind_backup_configuration;
extern const struct kind kind_backup;
extern const struct kind kind_database;
extern const struct kind kind_database_user;
extern const struct kind kind_event;
extern const struct kind kind_firewall_rule;
extern const struct kind kind_monitor;
extern const struct kind kind_nginx_template;
extern const struct kind kind_php_version;
extern const struct kind kind_server_job;
extern const struct kind kind_ssh_key;
extern const struct kind kind_phase;
extern const struct kind kind_site_job;
extern const struct kind kind_domain;
extern const struct kind kind_certificate;
extern const struct kind kind_composer_credential;
extern const struct kind kind_npm_credential;
extern const struct kind kind_heartbeat;
extern const struct kind kind_balancing_node;
extern const struct kind kind_redirect_rule;
extern const struct kind kind_security_rule;
extern const struct kind kind_webhook;

#endif
