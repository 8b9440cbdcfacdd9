/* SPDX-License-Identifier: MIT */
/*
 * Which file an address is of, from the dynamic linker; and the function, from
 * the file's own symbol table: the linker knows exported functions only, and
 * most that give memory away are not. The file is read, not mapped: one that
 * is being overwritten is wrong then, but no fault.
 */
#include "transport/symbol.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define HEADERS_MAX 128
#define BLOCK 128 /* symbols read at a time */

typedef ElfW(Ehdr) ehdr;
typedef ElfW(Phdr) phdr;
typedef ElfW(Shdr) shdr;
typedef ElfW(Sym) sym;

/* Too large for the stack of a signal handler. */
static struct {
	ehdr file;
	phdr segment[HEADERS_MAX];
	shdr section[HEADERS_MAX];
	sym symbol[BLOCK];
} elf;

static bool read_at(int fd, void *out, size_t length, uint64_t offset)
{
	return pread(fd, out, length, (off_t)offset) == (ssize_t)length;
}

static void copy_text(char *out, const char *text)
{
	size_t n = strnlen(text, SHMEM__SYMBOL_TEXT - 1);

	memcpy(out, text, n);
	out[n] = '\0';
}

static bool read_headers(int fd)
{
	return read_at(fd, &elf.file, sizeof(elf.file), 0) &&
	       memcmp(elf.file.e_ident, ELFMAG, SELFMAG) == 0 &&
	       elf.file.e_phentsize == sizeof(phdr) &&
	       elf.file.e_phnum <= HEADERS_MAX &&
	       elf.file.e_shentsize == sizeof(shdr) &&
	       elf.file.e_shnum <= HEADERS_MAX &&
	       read_at(fd, elf.segment, elf.file.e_phnum * sizeof(phdr),
		       elf.file.e_phoff) &&
	       read_at(fd, elf.section, elf.file.e_shnum * sizeof(shdr),
		       elf.file.e_shoff);
}

/* The lowest address in the file, which lies where the module begins. */
static uint64_t first_address(void)
{
	uint64_t page = (uint64_t)getauxval(AT_PAGESZ);
	uint64_t first = UINT64_MAX;

	for (unsigned i = 0; i < elf.file.e_phnum; i++)
		if (elf.segment[i].p_type == PT_LOAD &&
		    elf.segment[i].p_vaddr < first)
			first = elf.segment[i].p_vaddr;
	return first == UINT64_MAX ? 0 : first & ~(page - 1);
}

static bool covers(const sym *s, uint64_t address)
{
	return (s->st_info & 0xf) == STT_FUNC && s->st_shndx != SHN_UNDEF &&
	       address >= s->st_value && address - s->st_value < s->st_size;
}

static void name_it(int fd, const shdr *names, const sym *s, uint64_t address,
		    shmem__symbol *out)
{
	ssize_t n;

	if (s->st_name >= names->sh_size)
		return;
	n = pread(fd, out->name, sizeof(out->name) - 1,
		  (off_t)(names->sh_offset + s->st_name));
	out->name[n > 0 ? n : 0] = '\0';
	out->name_offset = address - s->st_value;
}

static bool find_in(int fd, const shdr *table, uint64_t address,
		    shmem__symbol *out)
{
	uint64_t count = table->sh_size / sizeof(sym);

	if (table->sh_link >= elf.file.e_shnum)
		return false;
	for (uint64_t at = 0; at < count; at += BLOCK) {
		size_t n = count - at < BLOCK ? (size_t)(count - at) : BLOCK;

		if (!read_at(fd, elf.symbol, n * sizeof(sym),
			     table->sh_offset + at * sizeof(sym)))
			return false;
		for (size_t i = 0; i < n; i++)
			if (covers(&elf.symbol[i], address)) {
				name_it(fd, &elf.section[table->sh_link],
					&elf.symbol[i], address, out);
				return true;
			}
	}
	return false;
}

static void find_in_file(int fd, uint64_t base, shmem__symbol *out)
{
	uint64_t address;

	if (!read_headers(fd))
		return;
	address = out->module_offset + first_address();
	/* In a program that is not relocated, addresses are those in memory. */
	if (first_address() == base)
		out->module_offset = address;
	for (unsigned i = 0; i < elf.file.e_shnum; i++)
		if (elf.section[i].sh_type == SHT_SYMTAB &&
		    find_in(fd, &elf.section[i], address, out))
			return;
}

/* Where the program itself lies. */
static uint64_t program_base(void)
{
	uint64_t page = (uint64_t)getauxval(AT_PAGESZ);

	return (uint64_t)getauxval(AT_PHDR) & ~(page - 1);
}

/* The file, as it can be opened: "" where there is none. A program that is
 * linked statically has no linker that knows it. */
static const char *find_module(const void *code, uint64_t *base, bool *sure,
			       shmem__symbol *out)
{
	const char *path = "/proc/self/exe";
	Dl_info info;
	ssize_t n;

	memset(&info, 0, sizeof(info));
	*sure = dladdr(code, &info) != 0 && info.dli_fname != NULL;
	*base = *sure ? (uint64_t)(uintptr_t)info.dli_fbase : program_base();
	out->module_offset = (uint64_t)(uintptr_t)code - *base;
	if (*sure && info.dli_sname != NULL) {
		copy_text(out->name, info.dli_sname);
		out->name_offset =
			(uint64_t)((uintptr_t)code - (uintptr_t)info.dli_saddr);
	}
	if (*sure && *base != program_base()) {
		copy_text(out->module, info.dli_fname);
		return info.dli_fname;
	}
	/* The linker knows the program by what its caller wrote. */
	n = readlink(path, out->module, sizeof(out->module) - 1);
	if (n > 0)
		out->module[n] = '\0';
	else if (*sure)
		copy_text(out->module, info.dli_fname);
	return path;
}

void shmem__symbol_find(const void *code, shmem__symbol *out)
{
	uint64_t base;
	bool sure;
	int fd;

	memset(out, 0, sizeof(*out));
	fd = open(find_module(code, &base, &sure, out), O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		find_in_file(fd, base, out);
		close(fd);
	}
	if (!sure && out->name[0] == '\0')
		out->module[0] = '\0';
}
