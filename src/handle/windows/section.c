/* SPDX-License-Identifier: MIT */
/* Sections: made with a mark, and looked at. */
#include "handle/windows/section.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "base/windows/nt.h"
#include "base/windows/user.h"

#include <string.h>

/* Below this no size is suspicious, and the system is not asked. */
#define SURELY_HELD ((uint64_t)1 << 30)

/* The nobody of the mark: its authority is not one of the system's. */
#define AUTHORITY                                                              \
	{                                                                      \
		{                                                              \
			0, 's', 'h', 'm', 'e', 'm'                             \
		}                                                              \
	}
#define WORDS 6 /* size, and two halves of the number, in 32 bits each */

typedef struct nobody {
	SID sid; /* has one of the words */
	DWORD more[WORDS - 1];
} nobody;

/* The owner may always read and change the list, but where it says otherwise;
 * Wine 8 does not know that. */
static SID owner = {SID_REVISION, 1, {SECURITY_CREATOR_SID_AUTHORITY}, {4}};

typedef union list {
	ACL acl;
	unsigned char bytes[512];
} list;

typedef struct section_facts {
	void *base;
	ULONG attributes;
	LARGE_INTEGER size;
} section_facts;

NTSYSAPI NTSTATUS NTAPI NtQuerySection(HANDLE section, int kind, void *out,
				       SIZE_T length, SIZE_T *ret_length);

static void put_mark(nobody *out, const shmem__section_mark *mark)
{
	const uint64_t values[] = {mark->size, mark->id[0], mark->id[1]};
	static const SID_IDENTIFIER_AUTHORITY authority = AUTHORITY;

	memset(out, 0, sizeof(*out));
	out->sid.Revision = SID_REVISION;
	out->sid.SubAuthorityCount = WORDS;
	out->sid.IdentifierAuthority = authority;
	for (unsigned i = 0; i < WORDS; i++)
		*GetSidSubAuthority(&out->sid, i) =
			(DWORD)(values[i / 2] >> (i % 2 != 0 ? 32 : 0));
}

static bool get_mark(SID *sid, shmem__section_mark *ret)
{
	static const SID_IDENTIFIER_AUTHORITY authority = AUTHORITY;
	uint64_t values[WORDS / 2] = {0};

	if (!IsValidSid(sid) || sid->SubAuthorityCount != WORDS ||
	    memcmp(&sid->IdentifierAuthority, &authority, sizeof(authority)))
		return false;
	for (unsigned i = 0; i < WORDS; i++)
		values[i / 2] |= (uint64_t)*GetSidSubAuthority(sid, i)
				 << (i % 2 != 0 ? 32 : 0);
	ret->size = values[0];
	ret->id[0] = values[1];
	ret->id[1] = values[2];
	return true;
}

/* The access list; `user` may open the section if it is not NULL. */
static bool make_list(const shmem__section_mark *mark, PSID user, list *ret)
{
	nobody mark_sid;

	put_mark(&mark_sid, mark);
	return InitializeAcl(&ret->acl, sizeof(*ret), ACL_REVISION) &&
	       AddAccessDeniedAce(&ret->acl, ACL_REVISION, GENERIC_ALL,
				  &mark_sid.sid) &&
	       AddAccessAllowedAce(&ret->acl, ACL_REVISION, READ_CONTROL,
				   &owner) &&
	       (user == NULL || AddAccessAllowedAce(&ret->acl, ACL_REVISION,
						    SHMEM__SECTION_RW, user));
}

/* What no system of this size can hold. */
static bool too_large(uint64_t bytes)
{
	MEMORYSTATUSEX status = {.dwLength = sizeof(status)};

	if (bytes < SURELY_HELD)
		return false;
	if (bytes > INT64_MAX)
		return true;
	return SHMEM__OS(FALSE, GlobalMemoryStatusEx, (&status)) &&
	       bytes > status.ullTotalPageFile;
}

static int make_failed(bool named)
{
	DWORD native = GetLastError();

	/* An event, a mutex, … */
	if (named && native == ERROR_INVALID_HANDLE)
		return shmem__fail_os((int)native, SHMEM_E_UNTRUSTED);
	return shmem__fail_last();
}

int shmem__section_make(uint64_t bytes, const char *name, HANDLE *ret,
			bool *existed)
{
	shmem__section_mark mark = {.size = bytes};
	SECURITY_DESCRIPTOR descriptor;
	SECURITY_ATTRIBUTES security = {.nLength = sizeof(security),
					.lpSecurityDescriptor = &descriptor};
	shmem__user user;
	list acl;
	HANDLE section;
	int err;

	if (too_large(bytes))
		return SHMEM_E_NOSPACE;
	err = shmem__random(mark.id, sizeof(mark.id));
	if (err == 0 && name != NULL)
		err = shmem__user_me(&user);
	if (err != 0)
		return err;
	if (!make_list(&mark, name != NULL ? user.token.User.Sid : NULL,
		       &acl) ||
	    !InitializeSecurityDescriptor(&descriptor,
					  SECURITY_DESCRIPTOR_REVISION) ||
	    !SetSecurityDescriptorDacl(&descriptor, TRUE, &acl.acl, FALSE) ||
	    (name != NULL && !SetSecurityDescriptorOwner(
				     &descriptor, user.token.User.Sid, FALSE)))
		return shmem__fail_last();
	section = SHMEM__OS(NULL, CreateFileMappingA,
			    (INVALID_HANDLE_VALUE, &security, PAGE_READWRITE,
			     (DWORD)(bytes >> 32), (DWORD)bytes, name));
	if (section == NULL)
		return make_failed(name != NULL);
	if (existed != NULL)
		*existed = GetLastError() == ERROR_ALREADY_EXISTS;
	*ret = section;
	return 0;
}

/* What is no section, has a longer list than ours, or may not be asked. */
static int look_failed(int native)
{
	if (native == ERROR_INVALID_HANDLE || native == ERROR_ACCESS_DENIED ||
	    native == ERROR_INSUFFICIENT_BUFFER)
		return shmem__fail_os(native, SHMEM_E_UNTRUSTED);
	return shmem__fail_os(native, shmem__error_from_os(native));
}

int shmem__section_mark_of(HANDLE section, shmem__section_mark *ret)
{
	union {
		SECURITY_DESCRIPTOR align;
		unsigned char bytes[1024];
	} descriptor;
	DWORD length = 0;
	BOOL present = FALSE;
	BOOL defaulted = FALSE;
	ACL *acl = NULL;
	void *ace = NULL;

	if (!SHMEM__OS(FALSE, GetKernelObjectSecurity,
		       (section, DACL_SECURITY_INFORMATION, &descriptor,
			sizeof(descriptor), &length)))
		return look_failed(shmem__os_last());
	if (!GetSecurityDescriptorDacl(&descriptor, &present, &acl,
				       &defaulted) ||
	    !present || acl == NULL || acl->AceCount < 2 ||
	    !GetAce(acl, 0, &ace) ||
	    ((const ACE_HEADER *)ace)->AceType != ACCESS_DENIED_ACE_TYPE ||
	    !get_mark((SID *)&((ACCESS_DENIED_ACE *)ace)->SidStart, ret))
		return SHMEM_E_UNTRUSTED;
	ret->closed =
		acl->AceCount == 2 && GetAce(acl, 1, &ace) &&
		((const ACE_HEADER *)ace)->AceType == ACCESS_ALLOWED_ACE_TYPE &&
		EqualSid(&((ACCESS_ALLOWED_ACE *)ace)->SidStart, &owner);
	return 0;
}

/* Those of the system are multiples of four; the pseudo handles, such as "this
 * process", are negative. */
static bool is_number(HANDLE h)
{
	return (intptr_t)h > 0 && (intptr_t)h % 4 == 0;
}

static int query(HANDLE section, section_facts *ret)
{
	NTSTATUS status = SHMEM__NT(NtQuerySection,
				    (section, 0, ret, sizeof(*ret), NULL));

	return status == 0 ? 0 : look_failed(shmem__nt_last(status));
}

int shmem__section_look(HANDLE section, uint64_t *ret_size, DWORD *ret_rights)
{
	PUBLIC_OBJECT_BASIC_INFORMATION basic;
	section_facts facts = {0};
	NTSTATUS status;
	int err;

	if (!is_number(section))
		return SHMEM_E_UNTRUSTED;
	err = query(section, &facts);
	if (err != 0)
		return err;
	status = SHMEM__NT(NtQueryObject, (section, ObjectBasicInformation,
					   &basic, sizeof(basic), NULL));
	if (status != 0)
		return shmem__fail_nt(status);
	if (facts.attributes != SEC_COMMIT || facts.size.QuadPart <= 0)
		return SHMEM_E_UNTRUSTED;
	*ret_size = (uint64_t)facts.size.QuadPart;
	*ret_rights = basic.GrantedAccess;
	return 0;
}

int shmem__section_size(HANDLE section, uint64_t *ret)
{
	section_facts facts = {0};
	int err = query(section, &facts);

	if (err != 0)
		return err != SHMEM_E_UNTRUSTED ? err : SHMEM_E_SYS;
	*ret = (uint64_t)facts.size.QuadPart;
	return 0;
}
