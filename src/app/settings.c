#include "app/settings.h"

#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

struct http_server_options
settings_server(const char *name, const struct conf_listen *conf)
{
	return (struct http_server_options){
		.name = name,
		.host = conf->address.host,
		.port = conf->address.port,
		.unix_path = conf->address.unix_path,
		.tls_certificate = conf->tls_certificate,
		.tls_key = conf->tls_key,
		.header_bytes = conf->header_bytes,
		.bodies_bytes = conf->bodies_bytes,
		.header_ms = conf->header_ms,
		.body_ms = conf->body_ms,
		.idle_ms = conf->idle_ms,
		.connections = conf->connections,
		.connections_per_address = conf->connections_per_address,
	};
}

void
settings_start_log(const struct conf *conf)
{
	static const char *const names[] = {"debug", "info", "warning", "error"};
	enum log_level level = LOG_LEVEL_INFO;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_eq(conf->log.level, names[i]))
			level = (enum log_level)i;
	}
	log_init(conf->log.format == CONF_LOG_JSON ? LOG_FORMAT_JSON : LOG_FORMAT_LOGFMT,
		 level, STDERR_FILENO);
}

static bool
same_address(const struct conf_address *a, const struct conf_address *b)
{
	return str_eq(a->host, b->host) && a->port == b->port &&
	       str_eq(a->unix_path, b->unix_path);
}

static bool
same_listen(const struct conf_listen *a, const struct conf_listen *b)
{
	return same_address(&a->address, &b->address) &&
	       str_eq(a->tls_certificate, b->tls_certificate) &&
	       str_eq(a->tls_key, b->tls_key) && a->header_bytes == b->header_bytes &&
	       a->bodies_bytes == b->bodies_bytes && a->header_ms == b->header_ms &&
	       a->body_ms == b->body_ms && a->idle_ms == b->idle_ms &&
	       a->connections == b->connections &&
	       a->connections_per_address == b->connections_per_address;
}

static bool
same_journal(const struct conf_journal *a, const struct conf_journal *b)
{
	return str_eq(a->url, b->url) && a->retain_days == b->retain_days &&
	       a->retain_bytes == b->retain_bytes &&
	       a->reserve_bytes == b->reserve_bytes &&
	       a->min_free_bytes == b->min_free_bytes;
}

static bool
same_mqtt(const struct conf_mqtt *a, const struct conf_mqtt *b)
{
	return a->enabled == b->enabled && str_eq(a->host, b->host) &&
	       a->port == b->port && a->tls == b->tls && str_eq(a->ca_file, b->ca_file) &&
	       str_eq(a->cert_file, b->cert_file) && str_eq(a->key_file, b->key_file) &&
	       str_eq(a->user, b->user) &&
	       secret_equal(a->password.data, a->password.len, b->password.data,
			    b->password.len) &&
	       str_eq(a->topic, b->topic) && str_eq(a->name, b->name) &&
	       a->mode == b->mode;
}

static void
warn(const char *section)
{
	log_warning(log_msg("this section counts only from the next start"),
		    log_str("section", section));
}

void
settings_warn_of_restart(const struct conf *former, const struct conf *now)
{
	if (!same_listen(&former->listen, &now->listen))
		warn("listen");
	if (former->admin_enabled != now->admin_enabled ||
	    !same_listen(&former->admin, &now->admin))
		warn("admin");
	if (!same_journal(&former->journal, &now->journal))
		warn("journal");
	if (!same_mqtt(&former->mqtt, &now->mqtt))
		warn("mqtt");
	if (former->log.format != now->log.format ||
	    !str_eq(former->log.level, now->log.level))
		warn("log");
}
