/* SPDX-License-Identifier: MIT */
/*
 * html_priv - the style sheet of pages.
 */
#ifndef MG_HTML_PRIV_H
#define MG_HTML_PRIV_H

/*
 * SHA-256 of mg_html_style, as the policy of a page names it (CSP 3, section
 * 2.3.1). tests/bats/html.bats compares it with a page and says the new one
 * after a change of the style.
 */
#define MG_HTML_STYLE_HASH "sha256-XvxfOIgOz4CmgjzFuNuLaPRg+2NKQuLaMfpGGH4tv8I="

extern const char mg_html_style[];

#endif
