/* SPDX-License-Identifier: MIT */
/* What comes goes back, as it is. */
#include "echoes.h"

int echoes_echo(every_parent *actor, const every_shape *shape, const char *text,
		const void *data, size_t data_size, every_color color,
		every_shape *ret_shape, const char **ret_text,
		const void **ret_data, size_t *ret_data_size,
		every_color *ret_color)
{
	(void)actor;
	*ret_shape = *shape;
	*ret_text = text;
	*ret_data = data;
	*ret_data_size = data_size;
	*ret_color = color;
	return 0;
}

int echoes_values(every_parent *actor, every_value *take_v,
		  every_value *take_vs, size_t vs_count, const every_tree *t,
		  every_value *ret_v, every_value **ret_vs,
		  size_t *ret_vs_count, every_tree *ret_t)
{
	(void)actor;
	*ret_v = *take_v;
	*ret_vs = take_vs;
	*ret_vs_count = vs_count;
	*ret_t = *t;
	return 0;
}

int echoes_options(every_parent *actor, const int32_t *a, const every_color *b,
		   const every_point *c, const char *d, const void *e,
		   size_t e_size, const int32_t *f, size_t f_count,
		   shmem_handle **take_g, shmem_handle **take_h,
		   const int32_t **ret_a, const every_color **ret_b,
		   const every_point **ret_c, const char **ret_d,
		   const void **ret_e, size_t *ret_e_size,
		   const int32_t **ret_f, size_t *ret_f_count,
		   shmem_handle **ret_g, shmem_handle **ret_h)
{
	(void)actor;
	*ret_a = a;
	*ret_b = b;
	*ret_c = c;
	*ret_d = d;
	*ret_e = e;
	*ret_e_size = e_size;
	*ret_f = f;
	*ret_f_count = f_count;
	shmem_handle_move(ret_g, take_g);
	shmem_handle_move(ret_h, take_h);
	return 0;
}
