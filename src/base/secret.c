#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

int
secret_set(struct secret *s, const void *data, size_t len)
{
	char *copy = str_ndup(data ? data : "", data ? len : 0);
	if (!copy)
		return -ENOMEM;
	secret_done(s);
	*s = (struct secret){copy, data ? len : 0};
	return 0;
}

int
secret_copy(struct secret *dst, const struct secret *src)
{
	return secret_set(dst, src->data, src->len);
}

void
secret_done(struct secret *s)
{
	if (s->data)
		explicit_bzero(s->data, s->len);
	mem_free(s->data);
	*s = (struct secret){0};
}

bool
secret_is_empty(const struct secret *s)
{
	return s->len == 0;
}

bool
secret_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	if (a_len != b_len)
		return false;
	uint8_t difference = 0;
	for (size_t i = 0; i < a_len; i++)
		difference = (uint8_t)(difference | (x[i] ^ y[i]));
	return difference == 0;
}

/* Reads to the end of fd; -EMSGSIZE when size is not enough. */
static ssize_t
read_all(int fd, char *data, size_t size)
{
	size_t len = 0;
	for (;;) {
		ssize_t n = read(fd, data + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return (ssize_t)len;
		len += (size_t)n;
		if (len == size)
			return -EMSGSIZE;
	}
}

int
secret_read_file(struct secret *s, const char *path)
{
	bool is_stdin = str_eq(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	char *data = mem_alloc(LIMIT_SECRET_BYTES + 1);
	ssize_t len = data ? read_all(fd, data, LIMIT_SECRET_BYTES + 1) : -ENOMEM;
	if (!is_stdin)
		close(fd);
	if (len > 0 && data[len - 1] == '\n')
		len--;
	int rc = len < 0 ? (int)len : secret_set(s, data, (size_t)len);
	if (data)
		explicit_bzero(data, LIMIT_SECRET_BYTES + 1);
	mem_free(data);
	return rc;
}
