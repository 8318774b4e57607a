/* SPDX-License-Identifier: MIT */
/*
 * SQLite without its door to foreign code.
 *
 * SQLite can load extensions from shared objects, so Debian's libsqlite3.a
 * refers to dlopen(3) and its kin. In a static program those would need the
 * very glibc it was linked with at run time, which the linker warns about, and
 * a program that runs as root has no use for code that a path names. The link
 * resolves the four calls to the ones below (--wrap, see Makefile): every load
 * is refused, and SQLite reports the reason as it would any other.
 */
#include <stddef.h>

void *__wrap_dlopen(const char *path, int mode);
void *__wrap_dlsym(void *handle, const char *symbol);
int __wrap_dlclose(void *handle);
char *__wrap_dlerror(void);

void *__wrap_dlopen(const char *path, int mode)
{
	(void)path;
	(void)mode;
	return NULL;
}

void *__wrap_dlsym(void *handle, const char *symbol)
{
	(void)handle;
	(void)symbol;
	return NULL;
}

int __wrap_dlclose(void *handle)
{
	(void)handle;
	return -1;
}

char *__wrap_dlerror(void)
{
	static char reason[] = "extensions are not loaded";

	return reason;
}
