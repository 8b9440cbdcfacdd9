/* SPDX-License-Identifier: MIT */
/*
 * Includes. "include Common;" looks for Common.shmem and then for common.shmem:
 * beside the file that says so, then in the folders of -I.
 */
#include "load.h"

#include "names.h"
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#define SUFFIX ".shmem"

static const char *folder_of(arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? arena_copy(a, path, (size_t)(slash - path) + 1)
			     : "";
}

static const char *stem_of(arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t size = strlen(name);

	if (size > strlen(SUFFIX) &&
	    text_equal(name + size - strlen(SUFFIX), SUFFIX))
		size -= strlen(SUFFIX);
	return arena_copy(a, name, size);
}

static unit *find_unit(const program *p, const char *path)
{
	for (unit *u = p->units; u != NULL; u = u->next)
		if (text_equal(u->source.path, path))
			return u;
	return NULL;
}

static unsigned count_units(const program *p)
{
	unsigned n = 0;

	for (const unit *u = p->units; u != NULL; u = u->next)
		n++;
	return n;
}

static unit *add_unit(program *p, const char *path, const char *text,
		      size_t size)
{
	unit *u = arena_alloc(&p->arena, sizeof(*u));
	unit **last = &p->units;

	u->source.path = path;
	u->source.text = arena_copy(&p->arena, text, size);
	u->source.size = size;
	u->stem = stem_of(&p->arena, path);
	u->stem_prefix = arena_printf(
		&p->arena, "%s_",
		names_snake(&p->arena, names_clean(&p->arena, u->stem)));
	u->prefix = u->stem_prefix;
	while (*last != NULL)
		last = &(*last)->next;
	*last = u;
	return u;
}

static bool is_valid(program *p, unit *u)
{
	size_t bad = text_valid(u->source.text, u->source.size);

	if (u->source.size > LOAD_FILE_MAX) {
		report_plain(p->report, "%s is larger than %u bytes",
			     u->source.path, LOAD_FILE_MAX);
		return false;
	}
	if (bad < u->source.size) {
		report_error(p->report, (place){&u->source, bad, 1},
			     "expected UTF-8, found a byte 0x%02x",
			     (unsigned char)u->source.text[bad]);
		return false;
	}
	return true;
}

/* The path without "./" and "folder/..", so that a file has one name. */
static char *normal_path(arena *a, const char *path)
{
	char *out = arena_copy(a, path, strlen(path));
	size_t to = 0;

	for (size_t from = 0; path[from] != '\0';) {
		size_t n = strcspn(path + from, "/");
		bool slash = path[from + n] == '/';
		size_t parent = to > 0 ? to - 1 : 0;

		while (parent > 0 && out[parent - 1] != '/')
			parent--;
		if (slash && n == 1 && path[from] == '.') {
			from += 2;
		} else if (slash && n == 2 &&
			   memcmp(path + from, "..", 2) == 0 && to > 0 &&
			   to - 1 > parent &&
			   !(to - parent == 3 &&
			     memcmp(out + parent, "../", 3) == 0)) {
			to = parent;
			from += 3;
		} else {
			memmove(out + to, path + from, n + slash);
			to += n + slash;
			from += n + slash;
		}
	}
	out[to] = '\0';
	return out;
}

/* The unit at this path, read and parsed if it is new; NULL: no such file. */
static unit *open_unit(program *p, const loader *l, const char *path)
{
	unit *u;
	char *text;
	size_t size;

	path = normal_path(&p->arena, path);
	u = find_unit(p, path);
	if (u != NULL)
		return u;
	if (!l->read(l->read_arg, path, &text, &size))
		return NULL;
	u = add_unit(p, path, text, size);
	free(text);
	if (is_valid(p, u))
		parse_unit(&p->arena, p->report, u);
	return u;
}

static unit *open_in(program *p, const loader *l, const char *folder,
		     const include *i)
{
	const char *slash =
		folder[0] != '\0' && folder[strlen(folder) - 1] != '/' ? "/"
								       : "";
	unit *u;

	if (i->quoted)
		return open_unit(p, l,
				 arena_printf(&p->arena, "%s%s%s", folder,
					      slash, i->name));
	u = open_unit(p, l,
		      arena_printf(&p->arena, "%s%s%s" SUFFIX, folder, slash,
				   i->name));
	if (u != NULL)
		return u;
	return open_unit(p, l,
			 arena_printf(&p->arena, "%s%s%s" SUFFIX, folder, slash,
				      names_snake(&p->arena, i->name)));
}

static void open_include(program *p, const loader *l, const unit *u, include *i)
{
	i->unit = open_in(p, l, folder_of(&p->arena, u->source.path), i);
	for (const char *const *folder = l->folders;
	     i->unit == NULL && folder != NULL && *folder != NULL; folder++)
		i->unit = open_in(p, l, *folder, i);
	if (i->unit != NULL)
		return;
	if (i->quoted)
		report_error(
			p->report, i->where,
			"there is no file \"%s\" here or in the -I folders",
			i->name);
	else
		report_error(p->report, i->where,
			     "there is no file %s" SUFFIX " or %s" SUFFIX
			     " here or in the -I folders",
			     i->name, names_snake(&p->arena, i->name));
}

static bool declares_protocol(const unit *u, const char *name)
{
	for (const decl *d = u->decls; d != NULL; d = d->next)
		if (d->kind == DECL_PROTOCOL && text_equal(d->name, name))
			return true;
	return false;
}

/* C headers can't include each other in a circle, where types are concerned. */
static void check_circle(program *p, unit *u)
{
	u->loading = true;
	for (include *i = u->includes; i != NULL; i = i->next) {
		if (i->unit == NULL || i->protocol)
			continue;
		if (i->unit->loading)
			report_error(p->report, i->where,
				     "%s includes this file: a circle of "
				     "includes",
				     i->unit->source.path);
		else if (i->unit->mark == 0)
			check_circle(p, i->unit);
	}
	u->loading = false;
	u->mark = 1;
}

static void check_names(program *p, const unit *u)
{
	for (const include *i = u->includes; i != NULL; i = i->next)
		if (i->unit != NULL && i->protocol &&
		    !declares_protocol(i->unit, i->name))
			report_error(p->report, i->where,
				     "%s has no protocol of that name",
				     i->unit->source.path);
}

bool load_program(program *p, const loader *l, const char *path)
{
	if (open_unit(p, l, path) == NULL)
		return false;
	for (unit *u = p->units; u != NULL; u = u->next)
		for (include *i = u->includes; i != NULL; i = i->next) {
			if (count_units(p) >= LOAD_UNITS_MAX) {
				report_error(p->report, i->where,
					     "more than %u files",
					     LOAD_UNITS_MAX);
				return true;
			}
			open_include(p, l, u, i);
		}
	for (unit *u = p->units; u != NULL; u = u->next) {
		check_names(p, u);
		if (u->mark == 0)
			check_circle(p, u);
	}
	return true;
}
