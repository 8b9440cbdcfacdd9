/* SPDX-License-Identifier: MIT */
/* Names and texts of errors, and the thread's last native code. */
#include "base/error.h"

#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)

static _Thread_local int os_error;

const char *shmem_strerror(int err)
{
	switch (err) {
	case 0:
		return "success";
#define X(name, value, text)                                                   \
	case SHMEM_E_##name:                                                   \
		return text;
		SHMEM_ERROR_MAP(X)
#undef X
	default:
		return "unknown error";
	}
}

const char *shmem_errname(int err)
{
	switch (err) {
	case 0:
		return "SHMEM_OK";
#define X(name, value, text)                                                   \
	case SHMEM_E_##name:                                                   \
		return "SHMEM_E_" #name;
		SHMEM_ERROR_MAP(X)
#undef X
	default:
		return "SHMEM_E_UNKNOWN";
	}
}

int shmem_os_error(void)
{
	return os_error;
}

const char *shmem_version_string(void)
{
	return STRINGIFY(SHMEM_VERSION_MAJOR) "." STRINGIFY(
		SHMEM_VERSION_MINOR) "." STRINGIFY(SHMEM_VERSION_PATCH);
}

void shmem__os_error_set(int native)
{
	os_error = native;
}
