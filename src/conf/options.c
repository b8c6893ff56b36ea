#include "conf/options.h"

#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "conf/reader.h"

#define SECOND_MS 1000ULL
#define HOUR_MS	  3600000ULL
#define DAY_MS	  86400000ULL
#define GIB	  (1ULL << 30)

/* --- checks of texts --- */

static const char *
check_segment(const char *text)
{
	bool is_bad = strpbrk(text, "+#/") || *text == '$';
	return is_bad ? "one level of an MQTT topic, without + # / and a leading $"
		      : NULL;
}

static const char *
check_topic(const char *text)
{
	size_t len = strlen(text);
	bool is_bad = strpbrk(text, "+#") || *text == '$' || *text == '/' ||
		      text[len - 1] == '/' || strstr(text, "//");
	return is_bad ? "an MQTT topic without + #, a leading $ and empty levels" : NULL;
}

static const char *
check_slug(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789._-";
	return text[strspn(text, letters)] ? "the organization's slug, such as acme"
					   : NULL;
}

static const char *
check_rule_name(const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == ',' || *p == 0x7f)
			return "a name without commas and control characters";
	}
	return NULL;
}

static const char *
check_word(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789_-";
	return text[strspn(text, letters)] ? "a word of letters, digits, _ and -" : NULL;
}

/* --- the tables --- */

#define OPT(k, t, ...)                                          \
	{                                                       \
		.key = (k), .type = &conf_type_##t, __VA_ARGS__ \
	}
#define AT(record, field)   .offset = offsetof(struct record, field)
#define WITH(record, field) .companion = offsetof(struct record, field)
#define RANGE(from, to)	    .min = (from), .max = (to)
#define LATER(k)                                     \
	{                                            \
		.key = (k), .type = &conf_type_later \
	}
#define END                 \
	{                   \
		.key = NULL \
	}

static const struct conf_option tls_options[] = {
	OPT("certificate", file, AT(conf_listen, tls_certificate), .required = true,
	    .help = "PEM file with the certificate and its chain"),
	OPT("key", file, AT(conf_listen, tls_key), .required = true,
	    .help = "PEM file with its private key"),
	END,
};
static const struct conf_section tls_section = {
	.path = "listen.tls",
	.options = tls_options,
	.help = "Serves HTTPS. Without it, plain HTTP.",
};

/* The same limits for webhooks and for the admin listener. */
#define LISTEN_LIMITS                                                                    \
	OPT("tls", section, .section = &tls_section,                                     \
	    .help = "HTTPS: `certificate` and `key`"),                                   \
		OPT("header_bytes", size, AT(conf_listen, header_bytes),                 \
		    .initial = "16KiB", RANGE(KIB, MIB),                                 \
		    .help = "longest request line and headers together"),                \
		OPT("body_bytes", size, AT(conf_listen, body_bytes), .initial = "25MiB", \
		    RANGE(1, GIB), .help = "longest body"),                              \
		OPT("bodies_bytes", size, AT(conf_listen, bodies_bytes),                 \
		    .initial = "256MiB", RANGE(KIB, 64 * GIB),                           \
		    .help = "all bodies in flight together"),                            \
		OPT("header_timeout", duration, AT(conf_listen, header_ms),              \
		    .initial = "5s", RANGE(100, HOUR_MS),                                \
		    .help = "from the first byte to the end of the headers"),            \
		OPT("body_timeout", duration, AT(conf_listen, body_ms),                  \
		    .initial = "10s", RANGE(100, HOUR_MS),                               \
		    .help = "for the body, plus one second for each 1,000 bytes of its " \
			    "length"),                                                   \
		OPT("idle_timeout", duration, AT(conf_listen, idle_ms),                  \
		    .initial = "15s", RANGE(100, HOUR_MS),                               \
		    .help = "between two requests of one connection"),                   \
		OPT("connections", number, AT(conf_listen, connections),                 \
		    .initial = "16384", RANGE(1, 1000000),                               \
		    .help = "connections in all; at the limit a new one "                \
			    "displaces the one that has waited longest for its peer"),   \
		OPT("connections_per_address", number,                                   \
		    AT(conf_listen, connections_per_address), .initial = "16384",        \
		    RANGE(1, 1000000),                                                   \
		    .help = "connections from one address (behind a proxy all share "    \
			    "one)")

static const struct conf_option listen_options[] = {
	OPT("address", address, AT(conf_listen, address), .initial = "127.0.0.1:8080",
	    .help = "where webhooks arrive; port 0: any free one"),
	LISTEN_LIMITS,
	OPT("trusted_proxies", networks, AT(conf_listen, trusted_proxies),
	    WITH(conf_listen, n_trusted_proxies),
	    .help = "addresses or networks whose X-Forwarded-For is believed"),
	END,
};
const struct conf_section conf_section_listen = {
	.path = "listen",
	.options = listen_options,
	.help = "The listener for webhooks: POST /hooks/SOURCE.",
};

static const struct conf_option admin_options[] = {
	OPT("address", address, AT(conf_listen, address), .initial = "127.0.0.1:8081",
	    .help = "where health and metrics are served, without asking who reads: "
		    "loopback or unix:PATH only"),
	LISTEN_LIMITS,
	END,
};
const struct conf_section conf_section_admin = {
	.path = "admin",
	.options = admin_options,
	.help = "The listener for operators. Without this section there is none.",
};

static const struct conf_option journal_options[] = {
	OPT("url", journal_url, .initial = "sqlite:/var/lib/forgebridge/journal.db",
	    .help = "where deliveries, jobs and notices are kept"),
	OPT("retain", days, AT(conf_journal, retain_days), .initial = "30d",
	    RANGE(DAY_MS, 36500 * DAY_MS), .help = "how long they are kept"),
	OPT("retain_bytes", size, AT(conf_journal, retain_bytes), .initial = "0",
	    .help = "the most they may take, the oldest go first; 0: no limit"),
	OPT("reserve", size, AT(conf_journal, reserve_bytes), .initial = "64MiB",
	    RANGE(0, 16 * GIB),
	    .help = "size of a file that is given up to clean a full disk; 0: none"),
	OPT("min_free", size, AT(conf_journal, min_free_bytes), .initial = "0",
	    .help = "with less room on the disk webhooks are answered 503; 0: 5 % of the "
		    "disk, at most 512 MiB"),
	END,
};
static const struct conf_section journal_section = {
	.path = "journal",
	.options = journal_options,
	.help = "The store behind every promise.",
};

#define ACCOUNT_OPTIONS                                                                  \
	OPT("url", forge_url, AT(conf_account, url),                                     \
	    .initial = "https://forge.laravel.com/api",                                  \
	    .help = "base of the Forge API"),                                            \
		OPT("organization", text, AT(conf_account, organization),                \
		    .required = true, .max = LIMIT_NAME_BYTES, .check = check_slug,      \
		    .help = "slug of the organization, as it stands in Forge's URLs"),   \
		OPT("token", secret, AT(conf_account, token), .required = true,          \
		    .help = "API token of a Forge user"),                                \
		OPT("requests_per_minute", number,                                       \
		    AT(conf_account, requests_per_minute), .initial = "60",              \
		    RANGE(1, 1000000), .help = "what Forge grants this user"),           \
		OPT("timeout", duration, AT(conf_account, timeout_ms), .initial = "30s", \
		    RANGE(SECOND_MS, HOUR_MS), .help = "of one request"),                \
		OPT("http", http, AT(conf_account, http1), .values = "2|1.1",            \
		    .initial = "2", .help = "highest version of HTTP to speak")

static const struct conf_option account_options[] = {ACCOUNT_OPTIONS, END};
const struct conf_section conf_section_account = {
	.path = "forge.accounts.NAME",
	.options = account_options,
	.has_place = true,
	.place = offsetof(struct conf_account, at),
	.help = "One Forge user of several; a step names it with `account`, the first "
		"one "
		"is the default. The keys of `forge` above stand here then.",
};
static const struct conf_option forge_options[] = {
	ACCOUNT_OPTIONS,
	OPT("accounts", accounts, .section = &conf_section_account,
	    .help = "instead of all the others: several Forge users by name"),
	END,
};
const struct conf_section conf_section_forge = {
	.path = "forge",
	.options = forge_options,
	.has_place = true,
	.place = offsetof(struct conf_account, at),
	.help = "The Forge API. Needed when any rule has steps.",
};

static const struct conf_option mqtt_tls_options[] = {
	OPT("ca", file, AT(conf_mqtt, ca_file),
	    .help = "PEM file of the authority to trust; the system's by default"),
	OPT("certificate", file, AT(conf_mqtt, cert_file),
	    .help = "PEM file of the client's certificate"),
	OPT("key", file, AT(conf_mqtt, key_file), .help = "PEM file of its private key"),
	END,
};
static const struct conf_section mqtt_tls_section = {
	.path = "mqtt.tls",
	.options = mqtt_tls_options,
	.help = "Only with mqtts://.",
};
static const struct conf_option mqtt_options[] = {
	OPT("url", mqtt_url, .required = true,
	    .help = "broker; characters such as @ : / % in user and password as %XX"),
	OPT("user", text, AT(conf_mqtt, user), .max = LIMIT_SECRET_BYTES,
	    .help = "instead of the one in the URL"),
	OPT("password", secret, AT(conf_mqtt, password),
	    .help = "instead of the one in the URL"),
	OPT("topic", text, AT(conf_mqtt, topic), .initial = "forgebridge",
	    .max = LIMIT_NAME_BYTES, .check = check_topic,
	    .help = "first part of the prefix of every topic"),
	OPT("name", text, AT(conf_mqtt, name), .initial = "main", .max = LIMIT_NAME_BYTES,
	    .check = check_segment,
	    .help = "second part: tells several bridges at one broker apart"),
	OPT("mode", choice, AT(conf_mqtt, mode), .values = "structured|binary",
	    .initial = "structured",
	    .help = "CloudEvents as one JSON object, or with MQTT 5 user properties"),
	OPT("tls", section, .section = &mqtt_tls_section,
	    .help = "`ca`, `certificate`, `key`"),
	LATER("home_assistant"),
	END,
};
const struct conf_section conf_section_mqtt = {
	.path = "mqtt",
	.options = mqtt_options,
	.has_place = true,
	.place = offsetof(struct conf_mqtt, at),
	.help = "The broker that notices are published to. Without this section nothing "
		"is published.",
};

static const struct conf_option log_options[] = {
	OPT("format", choice, AT(conf_log, format), .values = "logfmt|json",
	    .initial = "logfmt", .help = "one line an entry"),
	OPT("level", word, AT(conf_log, level), .values = "debug|info|warning|error",
	    .initial = "info", .help = "the least that is written"),
	END,
};
static const struct conf_section log_section = {
	.path = "log",
	.options = log_options,
	.help = "The log goes to standard error.",
};

static const struct conf_option source_options[] = {
	OPT("kind", text, AT(conf_source, kind), WITH(conf_source, kind_at),
	    .required = true, .help = "the sort of sender; docs/PROVIDERS.md lists them"),
	OPT("secret", secrets,
	    .help = "what the sender signs with; any of a list is accepted"),
	OPT("allow", networks, AT(conf_source, allow), WITH(conf_source, n_allow),
	    .help = "addresses or networks that may send; all by default"),
	END,
};
const struct conf_section conf_section_source = {
	.path = "sources.NAME",
	.options = source_options,
	.has_place = true,
	.place = offsetof(struct conf_source, at),
	.has_rest = true,
	.rest = offsetof(struct conf_source, options),
	.help = "NAME is a path segment: a-z, 0-9, _ and -, at most 64. Further keys are "
		"those of the kind.",
};

static const struct conf_option step_options[] = {
	OPT("id", name, AT(rule_step, id), .max = LIMIT_NAME_BYTES, .check = check_word,
	    .help = "how templates of later steps call it; its number by default"),
	OPT("operation", text, AT(rule_step, operation), WITH(rule_step, operation_at),
	    .required = true,
	    .help = "id or short name; `forgebridge forge list` shows them"),
	OPT("site", name, AT(rule_step, site), WITH(rule_step, site_at),
	    .help = "name, id or template"),
	OPT("server", name, AT(rule_step, server), WITH(rule_step, server_at),
	    .help = "the same; with a site's name it may be left out"),
	OPT("account", text, AT(rule_step, account), WITH(rule_step, account_at),
	    .help = "one of `forge.accounts`; the first by default"),
	OPT("params", mapping, AT(rule_step, params),
	    .help = "further path parameters, and those of the query"),
	OPT("body", mapping, AT(rule_step, body), .help = "the request's JSON"),
	OPT("timeout", duration, AT(rule_step, timeout_ms), .initial = "15m",
	    RANGE(SECOND_MS, 7 * DAY_MS), .help = "until the step has to be at its end"),
	LATER("when"),
	LATER("always"),
	LATER("retry"),
	LATER("for_each"),
	LATER("approval"),
	END,
};
const struct conf_section conf_section_step = {
	.path = "rules[].do[]",
	.options = step_options,
	.has_place = true,
	.place = offsetof(struct rule_step, at),
	.help = "Steps of `do` and `on_failure`, one after the other.",
};

static const struct conf_option rule_options[] = {
	OPT("name", text, AT(rule, name), .required = true, .max = LIMIT_NAME_BYTES,
	    .check = check_rule_name, .help = "unique"),
	OPT("when", mapping, AT(rule, when),
	    .help = "event pattern; without it every delivery starts the rule"),
	OPT("do", steps, AT(rule, steps), WITH(rule, n_steps),
	    .section = &conf_section_step, .help = "the steps"),
	OPT("queue", text, AT(rule, queue), WITH(rule, queue_at),
	    .help = "template; jobs with the same run one after the other. By default "
		    "the "
		    "site of the first step"),
	OPT("coalesce", choice, AT(rule, coalesce), .values = "none|latest",
	    .initial = "none",
	    .help = "latest: a newer job supersedes waiting ones of the same rule and "
		    "queue"),
	OPT("on_failure", steps, AT(rule, on_failure), WITH(rule, n_on_failure),
	    .section = &conf_section_step, .help = "steps to run when one has failed"),
	LATER("approval"),
	LATER("windows"),
	LATER("for_each"),
	LATER("retry"),
	LATER("always"),
	LATER("dedupe"),
	LATER("reply"),
	LATER("schedule"),
	END,
};
const struct conf_section conf_section_rule = {
	.path = "rules[]",
	.options = rule_options,
	.has_place = true,
	.place = offsetof(struct rule, at),
	.help = "docs/RULES.md tells how to write them.",
};

static const struct conf_option root_options[] = {
	OPT("include", include,
	    .help = "further files, or a folder (all its *.yaml and *.yml); relative to "
		    "this file"),
	OPT("listen", section, AT(conf, listen), .section = &conf_section_listen),
	OPT("admin", admin, AT(conf, admin), .section = &conf_section_admin),
	OPT("journal", section, AT(conf, journal), .section = &journal_section),
	OPT("forge", forge, .section = &conf_section_forge),
	OPT("mqtt", mqtt, AT(conf, mqtt), .section = &conf_section_mqtt),
	OPT("log", section, AT(conf, log), .section = &log_section),
	OPT("sources", sources, .section = &conf_section_source),
	OPT("rules", rules, .section = &conf_section_rule),
	END,
};
const struct conf_section conf_section_root = {
	.path = "",
	.options = root_options,
};
