/* SPDX-License-Identifier: MIT */
/* Names that are hidden or kept, and words that were part of an address. */
#include "redact_priv.h"

#include "mailguard/hash.h"
#include "mailguard/mem.h"
#include "mailguard/sha256.h"
#include "mailguard/vec.h"

#define SHOWN_BYTES 8 /* of a digest */

/* Shorter words, and short numbers, stand everywhere: hiding them says nothing
   and takes the stamps away. */
#define WORD_MIN 3
#define NUMBER_MIN 6

void mg_redact_init(struct mg_redact *r,
		    const unsigned char key[MG_REDACT_KEY_LEN])
{
	*r = (struct mg_redact){ .n_domains = 0 };
	memcpy(r->key, key, MG_REDACT_KEY_LEN);
}

void mg_redact_release(struct mg_redact *r)
{
	mg_mem_free(r->domains);
	mg_mem_free(r->hidden);
	mg_map_release(&r->by_text);
	mg_arena_release(&r->arena);
	*r = (struct mg_redact){ .n_domains = 0 };
}

static struct mg_slice copy_lower(struct mg_redact *r, struct mg_slice text)
{
	char *copy = mg_arena_copy_text(&r->arena, text);

	for (size_t i = 0; i < text.len; i++)
		copy[i] = mg_redact_lower(copy[i]);
	return mg_slice_of(copy, text.len);
}

void mg_redact_own(struct mg_redact *r, struct mg_slice domain)
{
	if (domain.len == 0)
		return;
	r->domains = mg_vec_room(r->domains, r->n_domains, &r->cap_domains,
				 sizeof(*r->domains));
	r->domains[r->n_domains++] = copy_lower(r, domain);
}

void mg_redact_keep(struct mg_redact *r, struct mg_slice name)
{
	if (name.len && r->n_kept < sizeof(r->kept) / sizeof(*r->kept))
		r->kept[r->n_kept++] = copy_lower(r, name);
}

bool mg_redact_is_kept(const struct mg_redact *r, struct mg_slice name)
{
	for (size_t i = 0; i < r->n_kept; i++)
		if (mg_slice_is_nocase(r->kept[i], name))
			return true;
	return false;
}

bool mg_redact_is_own(const struct mg_redact *r, struct mg_slice domain)
{
	for (size_t i = 0; i < r->n_domains; i++)
		if (mg_slice_is_nocase(r->domains[i], domain))
			return true;
	return false;
}

static void hash_lower(struct mg_sha256 *h, struct mg_slice text)
{
	char some[64];
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		some[n++] = mg_redact_lower(text.ptr[i]);
		if (n == sizeof(some) || i + 1 == text.len) {
			mg_sha256_add(h, mg_slice_of(some, n));
			n = 0;
		}
	}
}

/* Half of a digest is shown, so that nobody can go on from it. */
void mg_redact_add_name(const struct mg_redact *r, struct mg_slice local,
			struct mg_slice domain, struct mg_buf *out)
{
	unsigned char digest[MG_SHA256_LEN];
	char text[2 * SHOWN_BYTES + 1];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, mg_slice_of((const char *)r->key, sizeof(r->key)));
	mg_sha256_add_number(&h, (int64_t)local.len);
	hash_lower(&h, local);
	hash_lower(&h, domain);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, SHOWN_BYTES, text);
	mg_buf_add_str(out, MG_REDACT_PREFIX);
	mg_buf_add_str(out, text);
}

/* --- words --- */

static bool is_word(char c)
{
	return mg_redact_is_domain(c) || c == '+';
}

static uint64_t hash_of(const struct mg_redact *r, struct mg_slice text)
{
	struct mg_hash_key key;

	memcpy(&key, r->key, sizeof(key));
	return mg_hash_quick(&key, text);
}

static bool is_known(const struct mg_redact *r, struct mg_slice text)
{
	const uint64_t hash = hash_of(r, text);
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&r->by_text, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&r->by_text, hash, &at))
		if (mg_slice_is(r->hidden[i], text))
			return true;
	return false;
}

static bool is_telling(struct mg_slice word)
{
	size_t n_digits = 0;

	for (size_t i = 0; i < word.len; i++)
		n_digits += word.ptr[i] >= '0' && word.ptr[i] <= '9';
	return word.len >= (n_digits == word.len ? NUMBER_MIN : WORD_MIN);
}

void mg_redact_learn(struct mg_redact *r, struct mg_slice local)
{
	struct mg_slice text;

	if (!is_telling(local) || mg_redact_is_kept(r, local))
		return;
	text = copy_lower(r, local);
	if (is_known(r, text))
		return;
	r->hidden = mg_vec_room(r->hidden, r->n_hidden, &r->cap_hidden,
				sizeof(*r->hidden));
	mg_map_add(&r->by_text, hash_of(r, text), (uint32_t)r->n_hidden);
	r->hidden[r->n_hidden++] = text;
}

static bool is_hidden(const struct mg_redact *r, struct mg_slice word)
{
	char text[256]; /* of a local part there are at most 64 */

	if (word.len > sizeof(text) || !is_telling(word))
		return false;
	for (size_t i = 0; i < word.len; i++)
		text[i] = mg_redact_lower(word.ptr[i]);
	return is_known(r, mg_slice_of(text, word.len));
}

/* A sentence may end behind it. */
static struct mg_slice without_marks(struct mg_slice word)
{
	while (word.len && strchr(".-_+", word.ptr[word.len - 1]))
		word.len--;
	return word;
}

static void add_word(const struct mg_redact *r, struct mg_slice word,
		     struct mg_buf *out)
{
	const struct mg_slice bare = without_marks(word);
	struct mg_slice rest = word;

	if (!r->is_key && is_hidden(r, word)) {
		mg_redact_add_name(r, word, MG_LIT(""), out);
		return;
	}
	if (!r->is_key && bare.len < word.len && is_hidden(r, bare)) {
		mg_redact_add_name(r, bare, MG_LIT(""), out);
		rest = mg_slice_from(word, bare.len);
	}
	mg_buf_add(out, rest);
}

void mg_redact_add_words(const struct mg_redact *r, struct mg_slice text,
			 struct mg_buf *out)
{
	size_t i = 0, n;

	while (i < text.len) {
		for (n = i; n < text.len && !is_word(text.ptr[n]); n++)
			;
		if (n > i)
			mg_buf_add(out, mg_slice_of(text.ptr + i, n - i));
		for (i = n; n < text.len && is_word(text.ptr[n]); n++)
			;
		if (n > i)
			add_word(r, mg_slice_of(text.ptr + i, n - i), out);
		i = n;
	}
}
