/*
 * The configuration after parsing: immutable, reference counted. Section 5 of the design
 * is its contract; docs/CONFIG.md is generated from the option table in conf/.
 */
#ifndef MODEL_CONF_H
#define MODEL_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/secret.h"
#include "model/node.h"
#include "model/rule.h"

/* Where to listen: host and port, or a Unix socket. */
struct conf_address {
	struct place at;
	char *host;    /* numeric or a name to bind; NULL with unix_path */
	uint16_t port; /* 0: any free one (printed in the ready line) */
	char *unix_path;
};

struct conf_listen {
	struct conf_address address;
	char *tls_certificate; /* paths; both or none */
	char *tls_key;
	uint64_t header_bytes; /* the limits of base/limits.h, as configured */
	uint64_t body_bytes;
	uint64_t bodies_bytes;
	uint64_t header_ms;
	uint64_t body_ms;
	uint64_t idle_ms;
	uint32_t connections;
	uint32_t connections_per_address;
	char **trusted_proxies; /* addresses or networks whose X-Forwarded-For counts */
	size_t n_trusted_proxies;
};

struct conf_journal {
	struct place at;
	char *url;  /* as written */
	char *path; /* of sqlite:PATH */
	uint32_t retain_days;
	uint64_t retain_bytes;	 /* 0: no limit by size */
	uint64_t reserve_bytes;	 /* size of the reserve file */
	uint64_t min_free_bytes; /* below it: 503; 0: 5 % of the disk, at most 512 MiB */
};

struct conf_account {
	struct place at;
	char *name; /* "default" for the plain form */
	char *url;
	char *organization;
	struct secret token;
	uint32_t requests_per_minute;
	uint64_t timeout_ms;
	bool http1; /* http: "1.1" */
};

enum conf_mqtt_mode { MQTT_STRUCTURED, MQTT_BINARY };

struct conf_mqtt {
	bool enabled; /* there is an mqtt: section */
	struct place at;
	char *host;
	uint16_t port;
	bool tls;
	char *ca_file;
	char *cert_file;
	char *key_file;
	char *user;
	struct secret password;
	char *topic; /* "forgebridge" */
	char *name;  /* "main" */
	enum conf_mqtt_mode mode;
};

struct conf_source {
	struct place at;
	char *name;
	char *kind;
	struct place kind_at;
	struct secret *secrets;
	size_t n_secrets;
	char **allow; /* addresses or networks that may send; empty: all */
	size_t n_allow;
	struct node *options; /* members that only the provider knows (it checks them) */
};

enum conf_log_format { CONF_LOG_LOGFMT, CONF_LOG_JSON };

struct conf_log {
	enum conf_log_format format;
	char *level; /* debug info warning error */
};

struct conf {
	unsigned refs;
	char **files; /* owned names; every place points into them */
	size_t n_files;
	bool incomplete; /* a file could not be read: what is missing may be in it */
	struct conf_listen listen;
	struct conf_listen admin;
	bool admin_enabled; /* there is an admin: section */
	struct conf_journal journal;
	struct conf_account *accounts; /* the first is the default */
	size_t n_accounts;
	struct conf_mqtt mqtt;
	struct conf_log log;
	struct conf_source *sources;
	size_t n_sources;
	struct rule **rules; /* in their order */
	size_t n_rules;
};

struct conf *conf_new(void) MUST_CHECK;
struct conf *conf_ref(struct conf *c);
void conf_unref(struct conf *c);
const struct conf_source *conf_source_find(const struct conf *c, const char *name);
const struct rule *conf_rule_find(const struct conf *c, const char *name);
/* name NULL: the default account. */
const struct conf_account *conf_account_find(const struct conf *c, const char *name);

#endif
