#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)65536)

static int
read_all(int fd, struct buf *out)
{
	char chunk[4096];
	for (;;) {
		/* an exact limit must still see the end of the file */
		bool has_room = out->limit - out->len >= CHUNK_BYTES &&
				buf_reserve(out, CHUNK_BYTES) == 0;
		char *to = has_room ? out->data + out->len : chunk;
		ssize_t n = read(fd, to, has_room ? CHUNK_BYTES : sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return out->error;
		if (has_room) {
			out->len += (size_t)n;
			out->data[out->len] = '\0';
		} else if (buf_append(out, chunk, (size_t)n) < 0) {
			return out->error;
		}
	}
}

int
file_read(const char *path, struct buf *out)
{
	bool is_stdin = str_eq(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = read_all(fd, out);
	if (!is_stdin)
		close(fd);
	return rc;
}
