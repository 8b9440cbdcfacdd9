/* SPDX-License-Identifier: MIT */
/* CamelCase to snake_case, and words that C and C++ keep for themselves. */
#include "names.h"

#include <string.h>

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
	return (char)(is_upper(c) ? c - 'A' + 'a' : c);
}

/* Whether a new word begins at `i`: aB, 1B, and the last of ABCd. */
static bool word_begins(const char *name, size_t i)
{
	if (i == 0 || !is_upper(name[i]) || name[i - 1] == '_')
		return false;
	return !is_upper(name[i - 1]) || is_lower(name[i + 1]);
}

char *names_snake(arena *a, const char *name)
{
	buffer b = {0};
	char *text;

	for (size_t i = 0; name[i] != '\0'; i++) {
		char c = to_lower(name[i]);

		if (word_begins(name, i))
			buffer_puts(&b, "_");
		buffer_add(&b, &c, 1);
	}
	text = arena_copy(a, b.data, b.size);
	buffer_free(&b);
	return text;
}

char *names_upper(arena *a, const char *name)
{
	char *text = arena_copy(a, name, strlen(name));

	for (char *c = text; *c != '\0'; c++)
		if (is_lower(*c))
			*c = (char)(*c - 'a' + 'A');
	return text;
}

char *names_clean(arena *a, const char *name)
{
	char *text =
		arena_printf(a, "%s%s", is_digit(name[0]) ? "_" : "", name);

	for (char *c = text; *c != '\0'; c++)
		if (!is_upper(*c) && !is_lower(*c) && !is_digit(*c))
			*c = '_';
	return text;
}

/*
 * Keywords, types, common macros, and what the generated functions call their
 * own parameters and locals.
 */
static const char *const taken[] = {
	"EOF",
	"FALSE",
	"I",
	"NULL",
	"TRUE",
	"actor",
	"alignas",
	"alignof",
	"and",
	"and_eq",
	"arg",
	"asm",
	"auto",
	"bitand",
	"bitor",
	"bool",
	"break",
	"callback",
	"case",
	"catch",
	"char",
	"char16_t",
	"char32_t",
	"char8_t",
	"class",
	"co_await",
	"co_return",
	"co_yield",
	"compl",
	"concept",
	"const",
	"const_cast",
	"consteval",
	"constexpr",
	"constinit",
	"continue",
	"decltype",
	"default",
	"delete",
	"do",
	"double",
	"dynamic_cast",
	"else",
	"enum",
	"err",
	"errno",
	"explicit",
	"export",
	"extern",
	"false",
	"far",
	"float",
	"for",
	"friend",
	"goto",
	"handlers",
	"if",
	"incoming",
	"inline",
	"int",
	"int16_t",
	"int32_t",
	"int64_t",
	"int8_t",
	"interface",
	"linux",
	"long",
	"made",
	"mutable",
	"namespace",
	"near",
	"new",
	"noexcept",
	"not",
	"not_eq",
	"nullptr",
	"operator",
	"or",
	"or_eq",
	"private",
	"protected",
	"public",
	"reader",
	"register",
	"reinterpret_cast",
	"requires",
	"resolver",
	"restrict",
	"ret",
	"ret_memory",
	"return",
	"short",
	"signed",
	"size_t",
	"sizeof",
	"small",
	"static",
	"static_assert",
	"static_cast",
	"stderr",
	"stdin",
	"stdout",
	"struct",
	"switch",
	"take_actor",
	"take_resolver",
	"template",
	"this",
	"thread_local",
	"throw",
	"true",
	"try",
	"typedef",
	"typeid",
	"typename",
	"typeof",
	"typeof_unqual",
	"uint16_t",
	"uint32_t",
	"uint64_t",
	"uint8_t",
	"union",
	"unix",
	"unsigned",
	"using",
	"virtual",
	"void",
	"volatile",
	"wchar_t",
	"while",
	"writer",
	"xor",
	"xor_eq",
};

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

bool names_of_library(const char *name)
{
	return begins(name, "shmem_") || begins(name, "SHMEM_");
}

const char *names_safe(arena *a, const char *name)
{
	bool reserved = names_of_library(name);

	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		reserved = reserved || text_equal(taken[i], name);
	return reserved ? arena_printf(a, "%s_", name) : name;
}
