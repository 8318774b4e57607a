/* SPDX-License-Identifier: MIT */
/*
 * mem - the only door to the heap, and the only place that ends the process.
 *
 * Running out of memory ends the run with status 4 and one line: every change
 * to the host is atomic, and every table that input can grow has a maximum far
 * below what would exhaust memory, so input cannot cause it.
 */
#ifndef MAILGUARD_MEM_H
#define MAILGUARD_MEM_H

#include <stddef.h>

/* n * size bytes of zeroes; gives (mg_mem_free). Never returns NULL. */
void *mg_mem_zalloc(size_t n, size_t size)
	__attribute__((malloc, returns_nonnull));

/* Resizes to n * size bytes, ptr may be NULL; takes ptr, gives the result. */
void *mg_mem_resize(void *ptr, size_t n, size_t size)
	__attribute__((returns_nonnull, warn_unused_result));

/* Takes; NULL is fine. */
void mg_mem_free(void *ptr);

/* Ends a child process without running anything of the parent's. */
_Noreturn void mg_mem_exit_child(int status);

#endif
