/* SPDX-License-Identifier: MIT */
/* Sockets carry no handles here. */
#include "handle/handle.h"

int shmem_handle_send(shmem_os_handle sock, shmem_handle **take)
{
	(void)sock;
	if (take == NULL || *take == NULL)
		return SHMEM_E_INVAL;
	return SHMEM_E_UNSUPPORTED;
}

int shmem_handle_recv(shmem_os_handle sock, shmem_handle **ret)
{
	(void)sock;
	return ret == NULL ? SHMEM_E_INVAL : SHMEM_E_UNSUPPORTED;
}
