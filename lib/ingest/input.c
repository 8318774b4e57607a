/* SPDX-License-Identifier: MIT */
#include "mailguard/input.h"

#include "mailguard/file.h"

static int64_t read_plain(struct mg_input *in, void *to, size_t len,
			  struct mg_err *err)
{
	if ((uint64_t)(in->end - in->at) < len)
		len = (size_t)(in->end - in->at);
	return mg_file_read_at(in->fd, to, len, in->at, err);
}

void mg_input_plain(struct mg_input *in, int fd, int64_t from, int64_t end)
{
	*in = (struct mg_input){
		.read = read_plain,
		.at = from,
		.fd = fd,
		.end = end,
	};
}

int64_t mg_input_read(struct mg_input *in, void *to, size_t len,
		      struct mg_err *err)
{
	const int64_t got = in->read(in, to, len, err);

	if (got > 0)
		in->at += got;
	return got;
}
