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

static int64_t read_packed(struct mg_input *in, void *to, size_t len,
			   struct mg_err *err)
{
	return mg_unpack_read(in->unpack, to, len, err);
}

int mg_input_packed(struct mg_input *in, int fd, enum mg_pack pack,
		    struct mg_err *err)
{
	*in = (struct mg_input){
		.read = read_packed,
		.fd = fd,
		.pack = pack,
	};
	return mg_unpack_new(&in->unpack, pack, fd, err);
}

void mg_input_release(struct mg_input *in)
{
	mg_unpack_free(in->unpack);
	in->unpack = NULL;
}

int mg_input_rewind(struct mg_input *in, struct mg_err *err)
{
	if (in->pack == MG_PACK_NONE) {
		in->at = 0;
		return 0;
	}
	mg_input_release(in);
	return mg_input_packed(in, in->fd, in->pack, err);
}

int64_t mg_input_file_at(const struct mg_input *in)
{
	return in->unpack ? mg_unpack_at(in->unpack) : in->at;
}

int64_t mg_input_read(struct mg_input *in, void *to, size_t len,
		      struct mg_err *err)
{
	const int64_t got = in->read(in, to, len, err);

	if (got > 0)
		in->at += got;
	return got;
}
