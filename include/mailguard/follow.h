/* SPDX-License-Identifier: MIT */
/*
 * follow - which log a file is, and how far it has been read.
 *
 * A name is no identity: logs are renamed, copied and truncated, and inode
 * numbers are used again at once. A log is known by what it says: a keyed hash
 * of its first bytes and one of the bytes before the place where reading
 * stopped. Both must fit, so a log that was truncated and grew past that place
 * is not taken for the old one.
 */
#ifndef MAILGUARD_FOLLOW_H
#define MAILGUARD_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/hash.h"
#include "mailguard/store.h"

#define MG_FOLLOW_HEAD 1024  /* bytes at the start, at most */
#define MG_FOLLOW_ANCHOR 256 /* bytes before the offset, at most */

/* What a file is to a cursor. */
enum mg_match {
	MG_MATCH_NONE,
	MG_MATCH_SAME,    /* reading goes on at the offset */
	MG_MATCH_SHORTER, /* starts alike and ends before the offset */
};

/*
 * mg_follow_match - what an open file is to a cursor.
 *
 * fd      in   the file
 * info    in   of the same file, just now
 *
 * Returns an enum mg_match, or -MG_EIO. Cost: 1280 bytes read.
 */
MG_NODISCARD int mg_follow_match(int fd, const struct mg_file_info *info,
				 const struct mg_hash_key *key,
				 const struct mg_cursor *cursor,
				 struct mg_err *err);

/*
 * mg_follow_find - the log that an open file is, among all of a source.
 *
 * out    out  its cursor as it is in the store; only where one was found
 *
 * Returns an enum mg_match, or a negative code.
 */
MG_NODISCARD int mg_follow_find(int fd, const struct mg_file_info *info,
				struct mg_store *store, int64_t source,
				struct mg_cursor *out, struct mg_err *err);

/*
 * From here on a log is what its device and inode say, as in lesser programs.
 * For the tests alone, which prove that they notice what that loses.
 */
void mg_follow_trust_inodes(void);

/*
 * mg_follow_packed_hash - what a compressed file is known by: a keyed hash of
 * its first and last bytes. The last hold the checksum of all of it.
 *
 * Returns 0, or -MG_EIO.
 */
MG_NODISCARD int mg_follow_packed_hash(int fd, int64_t size,
				       const struct mg_hash_key *key,
				       uint64_t *out, struct mg_err *err);

/*
 * mg_follow_advance - move a cursor to an offset and take the hashes there.
 *
 * Returns 0; -MG_EPARSE when the byte before the offset is no newline; -MG_EIO.
 */
MG_NODISCARD int mg_follow_advance(struct mg_cursor *cursor, int fd,
				   const struct mg_hash_key *key, int64_t to,
				   struct mg_err *err);

#endif
