/* SPDX-License-Identifier: MIT */
/* The file that is written: whole and on disk under its name, or not at all. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

static int fail(const struct output *out)
{
	return complain("cannot write %s: %s", out->path, strerror(errno));
}

static int exists(const struct output *out)
{
	return complain("%s already exists; --force replaces it", out->path);
}

/* In the same folder, so that renaming is all that is left to do. */
static bool set_paths(struct output *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash + 1 - path);
	int n = snprintf(out->path, sizeof(out->path), "%s", path);

	if (n < 0 || (size_t)n >= sizeof(out->path))
		return false;
	n = snprintf(out->temporary, sizeof(out->temporary),
		     "%.*s.parallel-gzip.XXXXXX", folder, path);
	return n >= 0 && (size_t)n < sizeof(out->temporary);
}

int output_open(const char *path, bool replace, struct output *out)
{
	out->replace = replace;
	if (!set_paths(out, path)) {
		errno = ENAMETOOLONG;
		return fail(out);
	}
	if (!replace && access(path, F_OK) == 0)
		return exists(out);
	out->fd = mkostemp(out->temporary, O_CLOEXEC);
	return out->fd < 0 ? fail(out) : 0;
}

int output_write(struct output *out, const void *data, size_t bytes)
{
	const char *from = data;

	while (bytes > 0) {
		ssize_t n = write(out->fd, from, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(out);
		from += n;
		bytes -= (size_t)n;
		out->bytes += (uint64_t)n;
	}
	return 0;
}

/* Does not replace what somebody made there in the meantime, where the file
 * system can tell. */
static int give_name(const struct output *out)
{
	if (!out->replace) {
		if (renameat2(AT_FDCWD, out->temporary, AT_FDCWD, out->path,
			      RENAME_NOREPLACE) == 0)
			return 0;
		if (errno == EEXIST)
			return exists(out);
		if (errno != EINVAL && errno != ENOSYS)
			return fail(out);
	}
	return rename(out->temporary, out->path) == 0 ? 0 : fail(out);
}

/* The new name is on disk only when its folder is. */
static int sync_folder(const struct output *out)
{
	char path[PATH_MAX];
	int fd, err;

	memcpy(path, out->path, sizeof(path));
	fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES ? 0 : fail(out);
	/* Some file systems can't, and say EINVAL. */
	err = fsync(fd) == 0 || errno == EINVAL ? 0 : fail(out);
	close(fd);
	return err;
}

int output_commit(struct output *out, mode_t mode)
{
	int fd = out->fd;

	if (fchmod(fd, mode & 0777) != 0 || fsync(fd) != 0)
		return fail(out);
	out->fd = -1;
	if (close(fd) != 0) {
		fail(out);
	} else if (give_name(out) == 0) {
		return sync_folder(out);
	}
	unlink(out->temporary);
	return -1;
}

void output_discard(struct output *out)
{
	if (out->fd < 0)
		return;
	close(out->fd);
	unlink(out->temporary);
	out->fd = -1;
}
