/* SPDX-License-Identifier: MIT */
/* The targets, one a line. */
#include <math.h>

#include "report.h"
#include "target.h"

static void figure(FILE *out, const struct target *t)
{
	if (isnan(t->figure))
		fprintf(out, "%10s", "-");
	else if (t->unit[0] != '\0')
		report_cell(out, 10, report_time(t->figure));
	else
		fprintf(out, "%10.4g", t->figure);
}

void target_table(FILE *out)
{
	unsigned count, missed = 0;
	const struct target *list = target_list(&count);

	fprintf(out, "\n%-61s figure     ratio       limit\n", "targets");
	for (unsigned i = 0; i < count; i++) {
		const struct target *t = &list[i];
		bool met = target_met(t);

		missed += !met;
		fprintf(out, "%-4s %-7s %-44s", t->goal, met ? "met" : "MISSED",
			t->what);
		figure(out, t);
		if (isnan(t->ratio))
			fprintf(out, "%10s", "-");
		else
			fprintf(out, "%10.4g", t->ratio);
		fprintf(out, "  %s %6g  %s\n",
			t->at_most ? "<=" : ">=", t->limit, t->to);
	}
	fprintf(out, "%u of %u are met\n", count - missed, count);
}
