/* SPDX-License-Identifier: MIT */
/* The file that is read, and what may be wrong with it. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

int input_open(const char *path, struct input *ret)
{
	/* O_NONBLOCK: opening a pipe without a writer would wait for ever. */
	struct input in = {.path = path, .fd = -1};

	in.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (in.fd < 0 || fstat(in.fd, &in.stat) != 0) {
		complain("cannot read %s: %s", path, strerror(errno));
		input_close(&in);
		return -1;
	}
	if (!S_ISREG(in.stat.st_mode)) {
		complain("cannot compress %s: it is %s", path,
			 S_ISDIR(in.stat.st_mode) ? "a directory"
						  : "not a regular file");
		input_close(&in);
		return -1;
	}
	*ret = in;
	return 0;
}

static int changed(const struct input *in)
{
	return complain("%s changed while it was compressed", in->path);
}

int input_read(const struct input *in, uint64_t offset, void *data,
	       uint32_t bytes)
{
	char *to = data;

	while (bytes > 0) {
		ssize_t n = pread(in->fd, to, bytes, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return complain("cannot read %s: %s", in->path,
					strerror(errno));
		if (n == 0)
			return changed(in);
		to += n;
		offset += (uint64_t)n;
		bytes -= (uint32_t)n;
	}
	return 0;
}

int input_check_unchanged(const struct input *in)
{
	struct stat now;

	if (fstat(in->fd, &now) != 0)
		return complain("cannot read %s: %s", in->path,
				strerror(errno));
	if (now.st_size != in->stat.st_size ||
	    now.st_mtim.tv_sec != in->stat.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != in->stat.st_mtim.tv_nsec)
		return changed(in);
	return 0;
}

void input_close(struct input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
}
