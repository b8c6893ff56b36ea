#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/git_hook.h"

#define ARGS_MAX 32

extern char **environ;

/* An unnamed file that holds text, at its beginning; -1 with errno. */
static int
file_of(struct slice text)
{
	int fd = memfd_create("git-input", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	for (size_t done = 0; done < text.len;) {
		ssize_t n = write(fd, text.data + done, text.len - done);
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int
read_all(int fd, struct buf *out)
{
	char piece[16 * KIB];
	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		/* read on when it is full, so that git can end */
		buf_append(out, piece, (size_t)n);
	}
}

/* Returns a process id or -errno. */
static pid_t
start(const char *const *args, int input, int output)
{
	char *argv[ARGS_MAX] = {str_dup("git")};
	size_t n = 1;
	for (; args[n - 1] && n < ARGS_MAX - 1; n++)
		argv[n] = str_dup(args[n - 1]);
	pid_t pid = -1;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	int rc = posix_spawnp(&pid, "git", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	for (size_t i = 0; i < n; i++)
		str_free(argv[i]);
	return rc == 0 ? pid : -rc;
}

static int
wait_for(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int
git_run(const char *const *args, struct slice input, struct buf *out)
{
	int ends[2];
	int in = file_of(input);
	if (in < 0)
		return -errno;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		close(in);
		return -EMFILE;
	}
	pid_t pid = start(args, in, ends[1]);
	close(in);
	close(ends[1]);
	int rc = pid < 0 ? pid : read_all(ends[0], out);
	close(ends[0]);
	if (pid > 0) {
		int ended = wait_for(pid);
		rc = rc < 0 ? rc : ended;
	}
	return rc < 0 ? rc : out->error;
}
