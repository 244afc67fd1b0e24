// SPDX-License-Identifier: Apache-2.0
// Which doctypes put a page into quirks mode (HTML standard, 13.2.6.4.1), where a <table> does not
// end a <p>.
#include "extract/html/parse_priv.h"

static const char *const quirky_prefixes[] = {"+//silmaril//dtd html pro v0r11 19970101//",
    "-//as//dtd html 3.0 aswedit + extensions//",
    "-//advasoft ltd//dtd html 3.0 aswedit + extensions//", "-//ietf//dtd html 2.0 level 1//",
    "-//ietf//dtd html 2.0 level 2//", "-//ietf//dtd html 2.0 strict level 1//",
    "-//ietf//dtd html 2.0 strict level 2//", "-//ietf//dtd html 2.0 strict//",
    "-//ietf//dtd html 2.0//", "-//ietf//dtd html 2.1e//", "-//ietf//dtd html 3.0//",
    "-//ietf//dtd html 3.2 final//", "-//ietf//dtd html 3.2//", "-//ietf//dtd html 3//",
    "-//ietf//dtd html level 0//", "-//ietf//dtd html level 1//", "-//ietf//dtd html level 2//",
    "-//ietf//dtd html level 3//", "-//ietf//dtd html strict level 0//",
    "-//ietf//dtd html strict level 1//", "-//ietf//dtd html strict level 2//",
    "-//ietf//dtd html strict level 3//", "-//ietf//dtd html strict//", "-//ietf//dtd html//",
    "-//metrius//dtd metrius presentational//",
    "-//microsoft//dtd internet explorer 2.0 html strict//",
    "-//microsoft//dtd internet explorer 2.0 html//",
    "-//microsoft//dtd internet explorer 2.0 tables//",
    "-//microsoft//dtd internet explorer 3.0 html strict//",
    "-//microsoft//dtd internet explorer 3.0 html//",
    "-//microsoft//dtd internet explorer 3.0 tables//", "-//netscape comm. corp.//dtd html//",
    "-//netscape comm. corp.//dtd strict html//", "-//o'reilly and associates//dtd html 2.0//",
    "-//o'reilly and associates//dtd html extended 1.0//",
    "-//o'reilly and associates//dtd html extended relaxed 1.0//",
    "-//sq//dtd html 2.0 hotmetal + extensions//",
    "-//softquad software//dtd hotmetal pro 6.0::19990601::extensions to html 4.0//",
    "-//softquad//dtd hotmetal pro 4.0::19971010::extensions to html 4.0//",
    "-//spyglass//dtd html 2.0 extended//", "-//sun microsystems corp.//dtd hotjava html//",
    "-//sun microsystems corp.//dtd hotjava strict html//", "-//w3c//dtd html 3 1995-03-24//",
    "-//w3c//dtd html 3.2 draft//", "-//w3c//dtd html 3.2 final//", "-//w3c//dtd html 3.2//",
    "-//w3c//dtd html 3.2s draft//", "-//w3c//dtd html 4.0 frameset//",
    "-//w3c//dtd html 4.0 transitional//", "-//w3c//dtd html experimental 19960712//",
    "-//w3c//dtd html experimental 970421//", "-//w3c//dtd w3 html//", "-//w3o//dtd w3 html 3.0//",
    "-//webtechs//dtd mozilla html 2.0//", "-//webtechs//dtd mozilla html//"};
static const char *const quirky_names[] = {
    "-//w3o//dtd w3 html strict 3.0//en//", "-/w3c/dtd html 4.0 transitional/en", "html"};
static const char *const quirky_without_system[] = {
    "-//w3c//dtd html 4.01 frameset//", "-//w3c//dtd html 4.01 transitional//"};

static bool
starts_with_one(struct sv v, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_istarts(v, prefixes[i]))
			return true;
	return false;
}

bool
is_quirky(const struct parser *p)
{
	const struct doctype *d = &p->s.doctype;
	struct sv name = d->has_name ? tree_view(p->t, d->name) : SV("");
	struct sv public_id = d->has_public ? tree_view(p->t, d->public_id) : SV("");
	struct sv system_id = d->has_system ? tree_view(p->t, d->system_id) : SV("");

	if (d->force_quirks || !sv_eq_str(name, "html"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(quirky_names); i++)
		if (sv_ieq_str(public_id, quirky_names[i]))
			return true;
	if (sv_ieq_str(system_id, "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd"))
		return true;
	if (!d->has_system &&
	    starts_with_one(public_id, quirky_without_system, ARRAY_LEN(quirky_without_system)))
		return true;
	return starts_with_one(public_id, quirky_prefixes, ARRAY_LEN(quirky_prefixes));
}
