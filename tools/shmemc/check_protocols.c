/* SPDX-License-Identifier: MIT */
/* Rules of protocols and their messages. */
#include "checks.h"

#include "names.h"

static bool refers_to(const reference *list, const decl *d)
{
	for (; list != NULL; list = list->next)
		if (list->protocol == d)
			return true;
	return false;
}

static message *find_message(const decl *d, const char *name)
{
	for (message *m = d->messages; m != NULL; m = m->next)
		if (text_equal(m->name, name))
			return m;
	return NULL;
}

static message *find_delete(const decl *d)
{
	for (message *m = d->messages; m != NULL; m = m->next)
		if (m->kind == MESSAGE_DELETE)
			return m;
	return NULL;
}

static void check_twice(program *p, const reference *list)
{
	for (const reference *r = list; r != NULL; r = r->next)
		for (const reference *q = list; q != r; q = q->next)
			if (text_equal(q->name, r->name))
				report_error(p->report, r->where,
					     "'%s' is named twice", r->name);
}

static void check_manages(program *p, const decl *d)
{
	check_twice(p, d->manages);
	for (const reference *r = d->manages; r != NULL; r = r->next) {
		if (r->protocol == NULL)
			continue;
		if (!refers_to(r->protocol->managers, d)) {
			report_error(p->report, r->where,
				     "'%s' does not name '%s' as its manager",
				     r->name, d->name);
			report_note(p->report, r->protocol->where,
				    "expected 'manager %s;' in here", d->name);
		}
		if (find_message(d, r->name) == NULL)
			report_error(p->report, r->where,
				     "'%s' manages '%s' and has no constructor "
				     "for it: expected a message '%s(…)'",
				     d->name, r->name, r->name);
	}
}

static void check_managers(program *p, const decl *d)
{
	check_twice(p, d->managers);
	for (const reference *r = d->managers; r != NULL; r = r->next) {
		if (r->protocol == NULL)
			continue;
		if (!refers_to(r->protocol->manages, d)) {
			report_error(p->report, r->where,
				     "'%s' does not manage '%s'", r->name,
				     d->name);
			report_note(p->report, r->protocol->where,
				    "expected 'manages %s;' in here", d->name);
		}
		if (d->sync && !r->protocol->sync)
			report_error(p->report, r->where,
				     "a sync protocol needs a sync manager, "
				     "'%s' is async",
				     r->name);
	}
	if (d->managers != NULL && find_delete(d) == NULL)
		report_error(p->report, d->where,
			     "'%s' is managed and so needs a message "
			     "'__delete__()'",
			     d->name);
}

static const char *quality(const message *m)
{
	return m->kind == MESSAGE_DELETE ? "'__delete__'" : "a constructor";
}

static void check_message(program *p, decl *d, message *m)
{
	decl *managed = NULL;

	for (const reference *r = d->manages; r != NULL; r = r->next)
		if (text_equal(r->name, m->name))
			managed = r->protocol;
	if (managed != NULL) {
		m->kind = MESSAGE_CONSTRUCTOR;
		m->constructs = managed;
	}
	if (m->kind == MESSAGE_CONSTRUCTOR || m->kind == MESSAGE_DELETE) {
		if (m->sync)
			report_error(p->report, m->where, "%s is async",
				     quality(m));
		else if (m->has_returns)
			report_error(p->report, m->where, "%s returns nothing",
				     quality(m));
	} else if (m->sync && m->direction != TO_PARENT) {
		report_error(p->report, m->where,
			     "a sync message goes to the parent: expected it "
			     "in the section 'parent:' (a parent that waits "
			     "for its child can be deadlocked by it)");
	} else if (m->sync && !d->sync) {
		report_error(p->report, m->where,
			     "a sync message needs a sync protocol: expected "
			     "'sync protocol %s'",
			     d->name);
	}
}

static void name_message(program *p, message *m)
{
	arena *a = &p->arena;

	if (m->kind == MESSAGE_DELETE)
		m->c_name = "delete";
	else if (m->kind == MESSAGE_CONSTRUCTOR)
		m->c_name = arena_printf(a, "%s_constructor",
					 names_snake(a, m->name));
	else
		m->c_name = names_snake(a, m->name);
}

static void check_messages(program *p, decl *d)
{
	if (d->message_count > CHECK_MESSAGES_MAX) {
		report_error(p->report, d->where,
			     "'%s' has more than %u messages", d->name,
			     CHECK_MESSAGES_MAX);
		return;
	}
	for (message *m = d->messages; m != NULL; m = m->next) {
		const message *other = find_message(d, m->name);

		check_message(p, d, m);
		name_message(p, m);
		if (other != m) {
			report_error(p->report, m->where,
				     "the message '%s' is there twice",
				     m->name);
			report_note(p->report, other->where,
				    "this is the first time");
		}
	}
}

void check_protocols(program *p)
{
	for (unit *u = p->units; u != NULL; u = u->next)
		for (decl *d = u->decls; d != NULL; d = d->next) {
			if (d->kind != DECL_PROTOCOL)
				continue;
			check_manages(p, d);
			check_managers(p, d);
			check_messages(p, d);
		}
}
