// SPDX-License-Identifier: Apache-2.0
// <noscript> below the head where its content is read as elements (SCRIPTING_MIXED): it ends where
// a browser that runs scripts ends it, at the first end tag, whatever is open in it (a comment, a
// script, an attribute), and closes nothing that is open around it.
#include "extract/html/parse_priv.h"

bool
begin_noscript(struct parser *p, struct token *tok)
{
	size_t end;

	if (p->o.scripting != SCRIPTING_MIXED || p->noscript.index != 0 ||
	    !scan_find_end_tag(&p->s, SV("noscript"), &end))
		return false;
	insert_element(p, tok);
	if (p->failed)
		return true;
	p->noscript = (struct noscript){.index = p->n,
	    .active = p->n_active,
	    .templates = p->n_templates,
	    .form = p->form,
	    .mode = p->mode};
	stack_at(p, p->n)->flags |= OPEN_BARRIER;
	stack_unlink(p, p->n);
	stack_relink(p, p->n);
	active_marker(p);
	p->mode = MODE_IN_BODY;
	p->s.whole = p->s.html.n;
	p->s.html.n = end;
	return true;
}

// At the end of the input as begin_noscript bounded it: what is left open ends. The end tag is
// read, too.
bool
end_noscript(struct parser *p)
{
	const struct noscript *around = &p->noscript;
	struct token end;

	if (around->index == 0)
		return false;
	p->s.html.n = p->s.whole;
	p->s.plaintext = p->skip_newline = false;
	scan_next(&p->s, &end);
	stack_pop_to(p, around->index);
	p->n_active = MIN(p->n_active, around->active);
	p->n_templates = MIN(p->n_templates, around->templates);
	p->form = around->form;
	p->mode = around->mode;
	p->noscript = (struct noscript){0};
	return true;
}
