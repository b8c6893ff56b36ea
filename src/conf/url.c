/* Addresses and URLs. */
#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/net.h"
#include "base/str.h"
#include "conf/reader.h"

#define MQTT_PORT  1883
#define MQTTS_PORT 8883

static const char host_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789.-_";

/* The parts of HOST:PORT; host without brackets. */
struct host_port {
	char *host;
	char *port; /* NULL without one */
};

static void
host_port_done(struct host_port *hp)
{
	str_free(hp->host);
	str_free(hp->port);
}
#define auto_host_port CLEANUP(host_port_done) struct host_port

static bool
is_host(const char *host, bool in_brackets)
{
	struct net net;
	if (in_brackets)
		return strchr(host, ':') && !strchr(host, '/') &&
		       net_parse(host, &net) == 0;
	return *host && host[strspn(host, host_letters)] == '\0';
}

/* "host", "host:port", "[v6]:port". Returns 0, -EINVAL, -ENOMEM. */
static int
split_host_port(const char *text, struct host_port *ret_parts)
{
	bool in_brackets = *text == '[';
	const char *host = text + in_brackets;
	size_t len = strcspn(host, in_brackets ? "]" : ":");
	const char *behind = host + len;
	if (in_brackets && *behind++ != ']')
		return -EINVAL;
	if (*behind != '\0' && *behind != ':')
		return -EINVAL;
	ret_parts->host = str_ndup(host, len);
	if (!ret_parts->host)
		return -ENOMEM;
	if (!is_host(ret_parts->host, in_brackets))
		return -EINVAL;
	if (*behind == ':' && !(ret_parts->port = str_dup(behind + 1)))
		return -ENOMEM;
	return 0;
}

static int
parse_port(const char *text, uint16_t min, uint16_t *ret_port)
{
	uint32_t port = 0;
	int rc = parse_u32(text, min, UINT16_MAX, &port);
	if (rc == 0)
		*ret_port = (uint16_t)port;
	return rc;
}

static int
set_unix_path(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	      const char *path, struct conf_address *address)
{
	size_t limit = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
	if (*path == '\0')
		return conf_expected(r, o, n, "a path behind unix:");
	if (strlen(path) > limit) {
		diag_error(r->diags, n->at,
			   "`%s`: the path of a Unix socket has at most %zu bytes",
			   o->key, limit);
		return -EINVAL;
	}
	str_free_p(&address->host);
	return str_set(&address->unix_path, path);
}

static int
read_address(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	     void *record)
{
	struct conf_address *address = conf_field(o, record);
	auto_value v = {0};
	int rc = conf_value_get(r, o, n, &v);
	if (rc < 0)
		return rc;
	address->at = n->at;
	if (str_starts(v.text.data, "unix:"))
		return set_unix_path(r, o, n, v.text.data + 5, address);
	auto_host_port hp = {0};
	rc = split_host_port(v.text.data, &hp);
	uint16_t port = 0;
	if (rc == 0)
		rc = parse_port(hp.port, 0, &port);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		return conf_expected(r, o, n, o->type->expected);
	str_free_p(&address->unix_path);
	str_free_p(&address->host);
	address->host = steal_ptr(&hp.host);
	address->port = port;
	return 0;
}

static int
read_journal_url(struct conf_reader *r, const struct conf_option *o, const struct node *n,
		 void *record)
{
	struct conf_journal *journal = record;
	auto_value v = {0};
	int rc = conf_value_get(r, o, n, &v);
	if (rc < 0)
		return rc;
	const char *url = v.text.data;
	if (str_starts(url, "postgresql:") || str_starts(url, "postgres:")) {
		diag_error(r->diags, n->at,
			   "`%s`: postgresql:// is not supported by this version; "
			   "expected sqlite:PATH",
			   o->key);
		return -EINVAL;
	}
	const char *path = str_starts(url, "sqlite:") ? url + strlen("sqlite:") : "";
	if (str_starts(path, "//"))
		path += 2; /* sqlite:///var/lib/x is the form of URLs with an authority */
	if (*path == '\0' || strchr(path, '?'))
		return conf_expected(r, o, n, o->type->expected);
	rc = str_set(&journal->url, url);
	return rc == 0 ? str_set(&journal->path, path) : rc;
}

static bool
is_loopback(const char *host)
{
	struct net v4;
	return str_eq(host, "localhost") || str_eq(host, "::1") ||
	       (net_parse("127.0.0.0/8", &v4) == 0 && net_contains(&v4, host));
}

/* Splits SCHEME://[user@]host[:port][/path]. *ret_path points into url. */
static int
split_url(const char *url, const char *scheme, char **ret_authority,
	  const char **ret_path)
{
	size_t n = strlen(scheme);
	if (!str_starts(url, scheme) || !str_starts(url + n, "://"))
		return -EINVAL;
	const char *authority = url + n + 3;
	size_t len = strcspn(authority, "/?#");
	*ret_authority = str_ndup(authority, len);
	*ret_path = authority + len;
	return *ret_authority ? 0 : -ENOMEM;
}

static int
check_forge_url(const char *url, bool is_https, struct host_port *hp)
{
	auto_str authority = NULL;
	const char *path = NULL;
	int rc = split_url(url, is_https ? "https" : "http", &authority, &path);
	if (rc == 0)
		rc = split_host_port(authority, hp);
	uint16_t port = 0;
	if (rc == 0 && hp->port)
		rc = parse_port(hp->port, 1, &port);
	return rc == 0 && strpbrk(path, "?# \t\r\n") ? -EINVAL : rc;
}

static int
read_forge_url(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	       void *record)
{
	auto_value v = {0};
	int rc = conf_value_get(r, o, n, &v);
	if (rc < 0)
		return rc;
	auto_host_port hp = {0};
	bool is_https = str_starts(v.text.data, "https:");
	rc = check_forge_url(v.text.data, is_https, &hp);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		return conf_expected(r, o, n, o->type->expected);
	if (!is_https && !is_loopback(hp.host))
		diag_warning(r->diags, n->at,
			     "`%s`: the token goes to %s unencrypted; use https", o->key,
			     hp.host);
	while (str_ends(v.text.data, "/"))
		v.text.data[--v.text.len] = '\0';
	return str_set(conf_field(o, record), v.text.data);
}

static int
decode_part(const char *text, size_t len, struct buf *out)
{
	int rc = url_decode(out, text, len, false);
	if (rc == 0 && strlen(buf_str(out)) != out->len)
		return -EINVAL;
	return rc;
}

/* "user:password@host" -> user and password; *ret_host points behind the '@'. */
static int
take_credentials(const char *authority, struct conf_mqtt *mqtt, const char **ret_host)
{
	const char *at = strrchr(authority, '@');
	*ret_host = at ? at + 1 : authority;
	if (!at)
		return 0;
	size_t len = (size_t)(at - authority);
	const char *colon = memchr(authority, ':', len);
	size_t user_len = colon ? (size_t)(colon - authority) : len;
	auto_buf user = BUF_INIT(LIMIT_SECRET_BYTES);
	int rc = decode_part(authority, user_len, &user);
	if (rc < 0 || user.len == 0)
		return rc < 0 ? rc : -EINVAL;
	/* `user` and `password` beside `url` win, whichever comes first */
	if (!mqtt->user)
		rc = str_set(&mqtt->user, buf_str(&user));
	if (rc < 0 || !colon || !secret_is_empty(&mqtt->password))
		return rc;
	auto_buf password = BUF_INIT(LIMIT_SECRET_BYTES);
	rc = decode_part(colon + 1, len - user_len - 1, &password);
	if (rc == 0)
		rc = secret_set(&mqtt->password, buf_str(&password), password.len);
	if (password.data)
		explicit_bzero(password.data, password.len);
	return rc;
}

static int
parse_mqtt_url(const char *url, struct conf_mqtt *mqtt)
{
	auto_str authority = NULL;
	const char *path = NULL;
	bool tls = str_starts(url, "mqtts:");
	int rc = split_url(url, tls ? "mqtts" : "mqtt", &authority, &path);
	if (rc < 0 || (*path && !str_eq(path, "/")))
		return rc < 0 ? rc : -EINVAL;
	const char *host = NULL;
	auto_host_port hp = {0};
	rc = take_credentials(authority, mqtt, &host);
	if (rc == 0)
		rc = split_host_port(host, &hp);
	uint16_t port = tls ? MQTTS_PORT : MQTT_PORT;
	if (rc == 0 && hp.port)
		rc = parse_port(hp.port, 1, &port);
	explicit_bzero(authority, strlen(authority));
	if (rc < 0)
		return rc;
	str_free(mqtt->host);
	mqtt->host = steal_ptr(&hp.host);
	mqtt->port = port;
	mqtt->tls = tls;
	return 0;
}

static int
read_mqtt_url(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	      void *record)
{
	struct conf_mqtt *mqtt = record;
	auto_value v = {0};
	int rc = conf_value_get(r, o, n, &v);
	if (rc < 0)
		return rc;
	rc = parse_mqtt_url(v.text.data, mqtt);
	if (rc == -EINVAL || rc == -ERANGE || rc == -EMSGSIZE)
		return conf_expected(r, o, n, o->type->expected);
	if (rc == 0 && !mqtt->tls && !secret_is_empty(&mqtt->password) &&
	    !is_loopback(mqtt->host))
		diag_warning(r->diags, n->at,
			     "`%s`: the password goes to %s unencrypted; use mqtts",
			     o->key, mqtt->host);
	return rc;
}

const struct conf_type conf_type_address = {
	"address", "an address: 127.0.0.1:8080, [::1]:8080 or unix:/run/x.sock",
	read_address};
const struct conf_type conf_type_journal_url = {"URL", "sqlite:PATH", read_journal_url};
const struct conf_type conf_type_forge_url = {
	"URL", "a URL such as https://forge.laravel.com/api", read_forge_url};
const struct conf_type conf_type_mqtt_url = {
	"URL", "mqtt://[user:password@]host[:port] or mqtts://...", read_mqtt_url};
