/* SPDX-License-Identifier: MIT */
/* Lines and columns. */
#include "source.h"

position source_position(const source *s, size_t at)
{
	position p = {1, 1, 0, 0};

	for (size_t i = 0; i < at; i++)
		if (s->text[i] == '\n') {
			p.line++;
			p.line_at = i + 1;
		}
	for (size_t i = p.line_at; i < at; i++)
		if (((unsigned char)s->text[i] & 0xc0) != 0x80)
			p.column++;
	while (p.line_at + p.line_size < s->size &&
	       s->text[p.line_at + p.line_size] != '\n' &&
	       s->text[p.line_at + p.line_size] != '\r')
		p.line_size++;
	return p;
}
