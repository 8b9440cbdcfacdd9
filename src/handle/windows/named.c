/* SPDX-License-Identifier: MIT */
/*
 * Named objects by named sections, of the user's session. The system itself
 * removes a name with its last user, and nothing else does.
 */
#include "handle/handle.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/windows/nt.h"
#include "base/windows/user.h"
#include "handle/name.h"
#include "handle/windows/naming.h"
#include "handle/windows/section.h"

#include <shmem/named.h>
#include <stdio.h>
#include <string.h>

#define FLAGS_KNOWN                                                            \
	(SHMEM_OPEN_CREATE | SHMEM_OPEN_EXCLUSIVE | SHMEM_OPEN_GROUP)
#define WALKS 8 /* of a list; the second finds nothing new as a rule */
#define PREFIX "shmem."
#define PLACE "Local\\" PREFIX

/* How often a name may come and go while we look. */
#define TRIES 100

typedef struct full_name {
	char text[sizeof(PLACE) + SHMEM_NAME_MAX];
} full_name;

typedef struct directory_entry {
	UNICODE_STRING name;
	UNICODE_STRING type;
} directory_entry;

NTSYSAPI NTSTATUS NTAPI NtOpenDirectoryObject(HANDLE *ret, ACCESS_MASK access,
					      OBJECT_ATTRIBUTES *which);
NTSYSAPI NTSTATUS NTAPI NtQueryDirectoryObject(HANDLE directory, void *out,
					       ULONG length, BOOLEAN single,
					       BOOLEAN restart, ULONG *position,
					       ULONG *ret_length);
#define DIRECTORY_QUERY 0x0001u
#define NO_MORE_ENTRIES ((NTSTATUS)0x8000001A)

/* E_INVAL. */
static int find(const char *name, full_name *ret)
{
	const char *clean = shmem__name_check(name, SHMEM_NAME_MAX);

	if (clean == NULL)
		return SHMEM_E_INVAL;
	snprintf(ret->text, sizeof(ret->text), PLACE "%s", clean);
	return 0;
}

/* Made for this user, by this user, and not in its way by another. */
static int check_owner(HANDLE section)
{
	union {
		SECURITY_DESCRIPTOR align;
		unsigned char bytes[1024];
	} descriptor;
	DWORD length = 0;
	BOOL defaulted = FALSE;
	PSID owner = NULL;
	shmem__user me;
	int err = shmem__user_me(&me);

	if (err != 0)
		return err;
	if (!SHMEM__OS(FALSE, GetKernelObjectSecurity,
		       (section, OWNER_SECURITY_INFORMATION, &descriptor,
			sizeof(descriptor), &length)) ||
	    !GetSecurityDescriptorOwner(&descriptor, &owner, &defaulted))
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	return owner != NULL && EqualSid(owner, me.token.User.Sid)
		       ? 0
		       : SHMEM_E_ACCESS;
}

static int open_existing(const full_name *name, shmem_access access,
			 uint64_t bytes, HANDLE *ret, uint64_t *ret_size)
{
	DWORD rights =
		access == SHMEM_RW ? SHMEM__SECTION_RW : SHMEM__SECTION_READ;
	HANDLE section =
		SHMEM__OS(NULL, OpenFileMappingA, (rights, FALSE, name->text));
	shmem__section_mark mark;
	uint64_t size;
	int err;

	if (section == NULL && GetLastError() == ERROR_INVALID_HANDLE)
		return shmem__fail_os(ERROR_INVALID_HANDLE, SHMEM_E_UNTRUSTED);
	if (section == NULL)
		return shmem__fail_last();
	err = shmem__section_look(section, &size, &rights);
	if (err == 0)
		err = shmem__section_mark_of(section, &mark);
	if (err == 0)
		err = check_owner(section);
	if (err == 0 && (mark.size > size || mark.size == 0))
		err = SHMEM_E_UNTRUSTED;
	if (err == 0 && bytes != 0 && bytes != mark.size)
		err = SHMEM_E_INVAL;
	if (err != 0) {
		CloseHandle(section);
		return err;
	}
	*ret = section;
	*ret_size = mark.size;
	return 0;
}

/* E_EXISTS where the name was there already, whatever it is of. */
static int make(const full_name *name, shmem_access access, uint64_t bytes,
		HANDLE *ret)
{
	shmem_os_handle narrow;
	HANDLE section;
	bool existed = false;
	int err = shmem__section_make(bytes, name->text, &section, &existed);

	if (err == SHMEM_E_ACCESS || err == SHMEM_E_UNTRUSTED)
		return SHMEM_E_EXISTS;
	if (err != 0)
		return err;
	if (existed)
		err = SHMEM_E_EXISTS;
	else
		err = shmem__object_duplicate((shmem_os_handle)section, access,
					      &narrow);
	CloseHandle(section);
	if (err == 0)
		*ret = (HANDLE)narrow;
	return err;
}

static int try_names(const full_name *name, uint64_t bytes, unsigned flags,
		     shmem_access access, HANDLE *ret, uint64_t *ret_size)
{
	int err = SHMEM_E_NOENT;

	for (int i = 0; i < TRIES; i++) {
		if ((flags & SHMEM_OPEN_EXCLUSIVE) == 0)
			err = open_existing(name, access, bytes, ret, ret_size);
		if (err != SHMEM_E_NOENT || (flags & SHMEM_OPEN_CREATE) == 0)
			return err;
		err = make(name, access, bytes, ret);
		*ret_size = bytes;
		if (err != SHMEM_E_EXISTS ||
		    (flags & SHMEM_OPEN_EXCLUSIVE) != 0)
			return err;
	}
	return SHMEM_E_BUSY;
}

static int open_or_make(const full_name *name, uint64_t bytes, unsigned flags,
			shmem_access access, HANDLE *ret, uint64_t *ret_size)
{
	HANDLE turn = shmem__naming_begin();
	int err = try_names(name, bytes, flags, access, ret, ret_size);

	shmem__naming_end(turn);
	return err;
}

/* The size that one of that name has, if it is there. */
static int look_at(const full_name *name, uint64_t *ret_size)
{
	HANDLE turn = shmem__naming_begin();
	HANDLE section;
	int err = open_existing(name, SHMEM_READ, 0, &section, ret_size);

	if (err == 0)
		CloseHandle(section);
	shmem__naming_end(turn);
	return err;
}

int shmem_handle_open_named(const char *name, uint64_t bytes, unsigned flags,
			    shmem_access access, shmem_handle **ret)
{
	bool create = (flags & SHMEM_OPEN_CREATE) != 0;
	shmem__object_facts facts = {.access = access};
	shmem_handle *handle;
	full_name full;
	HANDLE section;
	int err;

	if (ret == NULL || (flags & ~FLAGS_KNOWN) != 0 ||
	    ((flags & SHMEM_OPEN_EXCLUSIVE) != 0 && !create) ||
	    (create && bytes == 0) ||
	    (access != SHMEM_READ && access != SHMEM_RW))
		return SHMEM_E_INVAL;
	err = find(name, &full);
	if (err == 0 && (flags & SHMEM_OPEN_GROUP) != 0)
		err = SHMEM_E_UNSUPPORTED;
	if (err == 0)
		err = open_or_make(&full, bytes, flags, access, &section,
				   &facts.size);
	if (err != 0)
		return err;
	handle = shmem__handle_new((shmem_os_handle)section, &facts,
				   full.text + strlen(PLACE));
	if (handle == NULL) {
		CloseHandle(section);
		return SHMEM_E_NOMEM;
	}
	handle->named = true;
	*ret = handle;
	return 0;
}

/* What is there is somebody's, or it would not be there. */
static int look(const char *name, int found)
{
	full_name full;
	uint64_t size;
	int err = find(name, &full);

	if (err != 0)
		return err;
	err = look_at(&full, &size);
	if (err != 0)
		return err == SHMEM_E_UNTRUSTED ? SHMEM_E_ACCESS : err;
	return found;
}

int shmem_handle_unlink_named(const char *name)
{
	return look(name, SHMEM_E_UNSUPPORTED);
}

int shmem_named_unlink(const char *name)
{
	return look(name, SHMEM_E_BUSY);
}

typedef struct names {
	char (*name)[SHMEM_NAME_MAX + 1];
	size_t count;
	size_t room;
} names;

/* Adds it unless it is there, or none of ours. */
static int add(names *all, const directory_entry *entry)
{
	char name[sizeof(PREFIX) + SHMEM_NAME_MAX];
	size_t length = entry->name.Length / sizeof(WCHAR);
	const char *own = name + strlen(PREFIX);
	full_name full;

	if (length >= sizeof(name))
		return 0;
	for (size_t i = 0; i < length; i++)
		name[i] = (char)(entry->name.Buffer[i] <= '~'
					 ? entry->name.Buffer[i]
					 : '?');
	name[length] = '\0';
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || find(own, &full) != 0)
		return 0;
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->name[i], own) == 0)
			return 0;
	if (all->count == all->room) {
		size_t room = all->room * 2 + 16;
		void *more = shmem__realloc((void *)all->name,
					    room * sizeof(*all->name));

		if (more == NULL)
			return SHMEM_E_NOMEM;
		all->name = more;
		all->room = room;
	}
	strcpy(all->name[all->count++], own);
	return 0;
}

/* The folder of what is named "Local\". E_SYS. */
static int open_folder(HANDLE *ret)
{
	WCHAR path[64];
	UNICODE_STRING text;
	OBJECT_ATTRIBUTES which;
	DWORD session = 0;
	NTSTATUS status;

	if (!SHMEM__OS(FALSE, ProcessIdToSessionId,
		       (GetCurrentProcessId(), &session)))
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	if (session == 0)
		_snwprintf(path, 64, L"\\BaseNamedObjects");
	else
		_snwprintf(path, 64, L"\\Sessions\\%lu\\BaseNamedObjects",
			   session);
	RtlInitUnicodeString(&text, path);
	InitializeObjectAttributes(&which, &text, OBJ_CASE_INSENSITIVE, NULL,
				   NULL);
	status = SHMEM__NT(NtOpenDirectoryObject,
			   (ret, DIRECTORY_QUERY, &which));
	return status == 0
		       ? 0
		       : shmem__fail_os(shmem__nt_last(status), SHMEM_E_SYS);
}

/* E_NOENT: there are no more. */
static int next_entry(HANDLE folder, ULONG *position, void *out, ULONG length)
{
	ULONG needed = 0;
	NTSTATUS status =
		SHMEM__NT(NtQueryDirectoryObject, (folder, out, length, TRUE,
						   FALSE, position, &needed));

	if (status == 0)
		return 0;
	return shmem__fail_os(shmem__nt_last(status), status == NO_MORE_ENTRIES
							      ? SHMEM_E_NOENT
							      : SHMEM_E_SYS);
}

static int walk(HANDLE folder, names *all)
{
	union {
		directory_entry entry;
		unsigned char bytes[2048];
	} found;
	ULONG position = 0;
	int err = 0;

	while (err == 0) {
		err = next_entry(folder, &position, &found, sizeof(found));
		if (err == 0)
			err = add(all, &found.entry);
	}
	return err == SHMEM_E_NOENT ? 0 : err;
}

/* The system counts entries, and what any program makes or ends meanwhile, of
 * whatever kind, shifts them: some come twice, others not at all. So it is
 * walked until nothing new is found. */
static int collect(names *all)
{
	size_t before;
	HANDLE folder;
	int err = open_folder(&folder);

	if (err != 0)
		return err;
	for (int i = 0; i < WALKS; i++) {
		before = all->count;
		err = walk(folder, all);
		if (err != 0 || (i > 0 && all->count == before))
			break;
	}
	CloseHandle(folder);
	return err;
}

int shmem_named_list(int (*each)(const shmem_named_info *info, void *arg),
		     void *arg)
{
	shmem_named_info info = {.size = sizeof(info), .in_use = true};
	names all = {NULL, 0, 0};
	full_name full;
	int err;

	if (each == NULL)
		return SHMEM_E_INVAL;
	err = collect(&all);
	for (size_t i = 0; err == 0 && i < all.count; i++) {
		info.name = all.name[i];
		/* What went away meanwhile, and what is not ours, is not
		 * listed. */
		if (find(info.name, &full) == 0 &&
		    look_at(&full, &info.bytes) == 0)
			err = each(&info, arg);
	}
	shmem__free((void *)all.name);
	return err;
}
