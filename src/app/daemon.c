#include "app/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>
#include <systemd/sd-daemon.h>

#include "admin/admin.h"
#include "app/settings.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/command.h"
#include "journal/journal.h"
#include "pipeline/pipeline.h"

struct daemon {
	const char *config_path;
	struct event_base *base;
	struct event *signals[4]; /* SIGTERM SIGINT SIGHUP, watchdog */
	struct ruleset *ruleset;
	struct journal *journal; /* the pipeline's once it is built */
	struct pipeline *pipeline;
	struct http_server *hooks;
	struct http_server *admin_server;
	struct admin *admin;
	struct admin_facts facts;
	int status;
};

/* --- configuration
 * ------------------------------------------------------------------------ */

/* Reads and checks everything; prints the mistakes. Returns CLI_OK or CLI_BAD_INPUT. */
static int
load(const char *path, struct ruleset **ret_ruleset)
{
	auto_diag diags = {0};
	int rc = ruleset_load(path, &diags, ret_ruleset);
	diag_print(&diags, stderr);
	return rc == 0 ? CLI_OK : CLI_BAD_INPUT;
}

static void
reload(struct daemon *d)
{
	struct ruleset *rs = NULL;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)clock_mono_us());
	int rc = load(d->config_path, &rs) == CLI_OK ? 0 : -EINVAL;
	if (rc == 0)
		rc = pipeline_reload(d->pipeline, rs);
	sd_notify(0, "READY=1");
	d->facts.reload_failed = rc < 0;
	if (rc < 0) {
		log_error(log_msg("reload refused; the former configuration stays"),
			  log_str("file", d->config_path));
		ruleset_unref(rs);
		return;
	}
	settings_warn_of_restart(ruleset_conf(d->ruleset), ruleset_conf(rs));
	ruleset_unref(d->ruleset);
	d->ruleset = rs;
	d->facts.reloaded_us = clock_wall_us();
	log_info(log_msg("configuration reloaded"),
		 log_uint("generation", ruleset_generation(rs)),
		 log_uint("rules", ruleset_conf(rs)->n_rules));
}

/* --- signals and the end
 * -------------------------------------------------------------------- */

static void
on_drained(void *arg)
{
	struct daemon *d = arg;
	event_base_loopbreak(d->base);
}

static void
drain(struct daemon *d)
{
	if (d->facts.draining) { /* the second signal: at once */
		event_base_loopbreak(d->base);
		return;
	}
	d->facts.draining = true;
	sd_notify(0, "STOPPING=1");
	log_info(log_msg("ending: no new connections, finishing what is under way"));
	http_server_drain(d->hooks, DEFAULT_DRAIN_MS, on_drained, d);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct daemon *d = arg;
	(void)what;
	if (number == SIGHUP)
		reload(d);
	else
		drain(d);
}

static void
on_broken(void *arg)
{
	struct daemon *d = arg;
	log_error(
		log_msg("the journal's disk failed; ending, so that nothing is promised "
			"that is not kept"));
	d->status = CLI_FAILED;
	event_base_loopbreak(d->base);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	sd_notify(0, "WATCHDOG=1");
}

static int
watch_signals(struct daemon *d)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	uint64_t watchdog_us = 0;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		d->signals[i] = evsignal_new(d->base, numbers[i], on_signal, d);
		if (!d->signals[i] || event_add(d->signals[i], NULL) < 0)
			return -ENOMEM;
	}
	if (sd_watchdog_enabled(0, &watchdog_us) <= 0)
		return 0;
	uint64_t half = watchdog_us / 2;
	struct timeval every = {(time_t)(half / 1000000), (suseconds_t)(half % 1000000)};
	d->signals[3] = event_new(d->base, -1, EV_PERSIST, on_watchdog, d);
	return d->signals[3] && event_add(d->signals[3], &every) == 0 ? 0 : -ENOMEM;
}

/* --- building
 * --------------------------------------------------------------------------------- */

static int
fail(char *error, const char *what, int status)
{
	fprintf(stderr, "forgebridge serve: %s: %s\n", what, error ? error : "no memory");
	str_free(error);
	return status;
}

static int
open_journal(struct daemon *d)
{
	const struct conf_journal *conf = &ruleset_conf(d->ruleset)->journal;
	struct journal_options options = {.url = conf->url,
					  .retain_days = conf->retain_days,
					  .retain_bytes = conf->retain_bytes,
					  .reserve_bytes = conf->reserve_bytes,
					  .min_free_bytes = conf->min_free_bytes};
	char *error = NULL;
	d->journal = journal_open(&options, &error);
	return d->journal ? CLI_OK : fail(error, "journal", CLI_UNREACHABLE);
}

static int
build_pipeline(struct daemon *d)
{
	struct pipeline_options options = {.base = d->base,
					   .journal = d->journal,
					   .ruleset = d->ruleset,
					   .on_broken = on_broken,
					   .arg = d};
	char *error = NULL;
	d->pipeline = pipeline_new(&options, &error);
	return d->pipeline ? CLI_OK : fail(error, "pipeline", CLI_FAILED);
}

static int
listen_hooks(struct daemon *d)
{
	struct http_server_options options =
		settings_server("hooks", &ruleset_conf(d->ruleset)->listen);
	void *arg = NULL;
	const struct http_handler *handler = pipeline_hooks(d->pipeline, &arg);
	char *error = NULL;
	d->hooks = http_server_new(d->base, &options, handler, arg, &error);
	d->facts.hooks = d->hooks;
	return d->hooks ? CLI_OK : fail(error, "listen", CLI_UNREACHABLE);
}

static int
listen_admin(struct daemon *d)
{
	const struct conf *conf = ruleset_conf(d->ruleset);
	if (!conf->admin_enabled)
		return CLI_OK;
	struct http_server_options options = settings_server("admin", &conf->admin);
	char *error = NULL;
	d->admin = admin_new(d->pipeline, &d->facts);
	if (d->admin)
		d->admin_server = http_server_new(d->base, &options, admin_handler(),
						  d->admin, &error);
	return d->admin_server ? CLI_OK : fail(error, "admin", CLI_UNREACHABLE);
}

static int
build(struct daemon *d)
{
	d->base = event_base_new();
	if (!d->base || watch_signals(d) < 0)
		return fail(NULL, "event loop", CLI_FAILED);
	int rc = open_journal(d);
	if (rc == CLI_OK)
		rc = build_pipeline(d);
	if (rc == CLI_OK)
		rc = listen_hooks(d);
	if (rc == CLI_OK)
		rc = listen_admin(d);
	return rc;
}

static void
tear_down(struct daemon *d)
{
	http_server_free(d->admin_server);
	admin_free(d->admin);
	if (d->pipeline)
		pipeline_stop(d->pipeline);
	http_server_free(d->hooks);
	pipeline_free(d->pipeline);
	for (size_t i = 0; i < ARRAY_LEN(d->signals); i++) {
		if (d->signals[i])
			event_free(d->signals[i]);
	}
	if (d->base)
		event_base_free(d->base);
	ruleset_unref(d->ruleset);
}

static const char *
scheme(const struct conf_listen *listen)
{
	if (listen->address.unix_path)
		return ""; /* the address says it */
	return listen->tls_certificate ? "https://" : "http://";
}

static void
say_ready(const struct daemon *d)
{
	const struct conf *conf = ruleset_conf(d->ruleset);
	printf("ready: hooks on %s%s", scheme(&conf->listen),
	       http_server_address(d->hooks));
	if (d->admin_server)
		printf(", admin on %s%s", scheme(&conf->admin),
		       http_server_address(d->admin_server));
	printf(", %zu sources, %zu rules\n", conf->n_sources, conf->n_rules);
	fflush(stdout);
	clearerr(stdout); /* nobody has to be there to read it */
	sd_notify(0, "READY=1");
}

/* As many descriptors as the system lets us have. */
static void
raise_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int
daemon_run(const char *config_path)
{
	struct daemon d = {.config_path = config_path, .status = CLI_OK};
	int rc = load(config_path, &d.ruleset);
	if (rc != CLI_OK)
		return rc;
	settings_start_log(ruleset_conf(d.ruleset));
	signal(SIGPIPE, SIG_IGN);
	raise_descriptors();
	d.facts.reloaded_us = clock_wall_us();
	rc = build(&d);
	if (rc == CLI_OK) {
		say_ready(&d);
		event_base_dispatch(d.base);
		rc = d.status;
	}
	tear_down(&d);
	if (rc == CLI_OK)
		log_info(log_msg("ended"));
	return rc;
}
