/* SPDX-License-Identifier: MIT */
#include "mailguard/mem.h"

#include <stdlib.h>
#include <unistd.h>

#include "mailguard/err.h"

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "mailguard: out of memory\n";

	/* Nothing can be done about a failure to say so. */
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(MG_EIO);
	_exit(MG_EIO);
}

void *mg_mem_zalloc(size_t n, size_t size)
{
	void *ptr = calloc(n ? n : 1, size ? size : 1);

	if (!ptr)
		out_of_memory();
	return ptr;
}

void *mg_mem_resize(void *ptr, size_t n, size_t size)
{
	void *out = reallocarray(ptr, n ? n : 1, size ? size : 1);

	if (!out)
		out_of_memory();
	return out;
}

void mg_mem_free(void *ptr)
{
	free(ptr);
}

_Noreturn void mg_mem_exit_child(int status)
{
	_exit(status);
}
