#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
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

static int
write_all(int fd, struct slice data)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.data, data.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data.data += n;
		data.len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* So that the new name is on disk, too. */
static int
sync_folder(const char *path)
{
	auto_str copy = str_dup(path);
	if (!copy)
		return -ENOMEM;
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

int
file_replace(const char *path, struct slice data)
{
	auto_str beside = str_format("%s.new", path);
	if (!beside)
		return -ENOMEM;
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int rc = write_all(fd, data);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(beside, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(beside);
	return rc == 0 ? sync_folder(path) : rc;
}
