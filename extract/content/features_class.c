// SPDX-License-Identifier: Apache-2.0
// Words that site builders use in class, id and role, and what they mean. A value is split at
// punctuation and at camelCase; each word is looked up in a sorted table, once per word.
#include "extract/content/features.h"

struct word {
	const char *text;
	uint32_t means;
};

// Sorted.
static const struct word words[] = {
    // clang-format off
    {"accessories", KW(RELATED)},
    {"actions", KW(TOOL)},
    {"addthis", KW(SOCIAL)},
    {"addtoany", KW(SOCIAL)},
    {"ads", KW(AD)},
    {"adsbygoogle", KW(AD)},
    {"adslot", KW(AD)},
    {"advert", KW(AD)},
    {"advertisement", KW(AD)},
    {"advertising", KW(AD)},
    {"alertdialog", KW(OVERLAY)},
    {"announcement", KW(AD)},
    {"announcements", KW(AD)},
    {"aside", KW(SIDEBAR)},
    {"attribution", KW(META)},
    {"author", KW(AUTHOR)},
    {"authorbox", KW(AUTHOR)},
    {"badges", KW(SIDEBAR)},
    {"banner", KW(AD)},
    {"bio", KW(SIDEBAR)},
    {"bottombar", KW(FOOTER)},
    {"breadcrumb", KW(NAV)},
    {"breadcrumblist", KW(NAV)},
    {"breadcrumbs", KW(NAV)},
    {"burger", KW(NAV)},
    {"button", KW(TOOL)},
    {"buttons", KW(TOOL)},
    {"byline", KW(META)},
    {"captcha", KW(TOOL)},
    {"cart", KW(TOOL)},
    {"colophon", KW(FOOTER)},
    {"comment", KW(COMMENT)},
    {"commentform", KW(TOOL)},
    {"commentlist", KW(COMMENT)},
    {"comments", KW(COMMENT)},
    {"compare", KW(TOOL)},
    {"complementary", KW(SIDEBAR)},
    {"consent", KW(OVERLAY)},
    {"contentinfo", KW(FOOTER)},
    {"cookie", KW(OVERLAY)},
    {"cookiebar", KW(OVERLAY)},
    {"cookies", KW(OVERLAY)},
    {"copyright", KW(FOOTER)},
    {"credit", KW(META)},
    {"credits", KW(META)},
    {"crosssell", KW(RELATED)},
    {"crumb", KW(NAV)},
    {"crumbs", KW(NAV)},
    {"ctas", KW(TOOL)},
    {"date", KW(META)},
    {"datetime", KW(META)},
    {"dialog", KW(OVERLAY)},
    {"disqus", KW(COMMENT)},
    {"drawer", KW(OVERLAY)},
    {"dropdown", KW(NAV)},
    {"emailsignup", KW(SUBSCRIBE)},
    {"facebook", KW(SOCIAL)},
    {"facets", KW(TOOL)},
    {"feedback", KW(TOOL)},
    {"filter", KW(TOOL)},
    {"filters", KW(TOOL)},
    {"flyout", KW(NAV)},
    {"foot", KW(FOOTER)},
    {"footer", KW(FOOTER)},
    {"footernav", KW(FOOTER)},
    {"footnav", KW(NAV)},
    {"gdpr", KW(OVERLAY)},
    {"gfield", KW(TOOL)},
    {"gform", KW(TOOL)},
    {"gnav", KW(NAV)},
    {"hamburger", KW(NAV)},
    {"header", KW(HEADER)},
    {"instagram", KW(SOCIAL)},
    {"interstitial", KW(OVERLAY)},
    {"latest", KW(RELATED)},
    {"legal", KW(FOOTER)},
    {"lightbox", KW(OVERLAY)},
    {"linkedin", KW(SOCIAL)},
    {"login", KW(TOOL)},
    {"mainmenu", KW(NAV)},
    {"masthead", KW(HEADER)},
    {"mega", KW(NAV)},
    {"megamenu", KW(NAV)},
    {"menu", KW(NAV)},
    {"menubar", KW(NAV)},
    {"menuitem", KW(NAV)},
    {"menulink", KW(NAV)},
    {"menus", KW(NAV)},
    {"meta", KW(META)},
    {"metadata", KW(META)},
    {"minicart", KW(TOOL)},
    {"modal", KW(OVERLAY)},
    {"mostread", KW(RELATED)},
    {"nav", KW(NAV)},
    {"navbar", KW(NAV)},
    {"navi", KW(NAV)},
    {"navigation", KW(NAV)},
    {"navlinks", KW(NAV)},
    {"navs", KW(NAV)},
    {"newsletter", KW(SUBSCRIBE)},
    {"newsletters", KW(SUBSCRIBE)},
    {"offcanvas", KW(OVERLAY)},
    {"onetrust", KW(OVERLAY)},
    {"outbrain", KW(RELATED)},
    {"overlay", KW(OVERLAY)},
    {"pager", KW(NAV)},
    {"pagination", KW(NAV)},
    {"popin", KW(OVERLAY)},
    {"popover", KW(OVERLAY)},
    {"popular", KW(RELATED)},
    {"popup", KW(OVERLAY)},
    {"posted", KW(META)},
    {"postmeta", KW(META)},
    {"privacy", KW(FOOTER)},
    {"promotion", KW(AD)},
    {"readmore", KW(RELATED)},
    {"readtime", KW(META)},
    {"recaptcha", KW(TOOL)},
    {"recent", KW(RELATED)},
    {"recirc", KW(RELATED)},
    {"recirculation", KW(RELATED)},
    {"recommend", KW(RELATED)},
    {"recommendation", KW(RELATED)},
    {"recommendations", KW(RELATED)},
    {"recommended", KW(RELATED)},
    {"related", KW(RELATED)},
    {"respond", KW(COMMENT)},
    {"reviews", KW(COMMENT)},
    {"search", KW(TOOL)},
    {"searchbox", KW(TOOL)},
    {"searchform", KW(TOOL)},
    {"share", KW(SOCIAL)},
    {"sharebar", KW(SOCIAL)},
    {"sharedaddy", KW(SOCIAL)},
    {"sharing", KW(SOCIAL)},
    {"sidebar", KW(SIDEBAR)},
    {"sidenav", KW(NAV)},
    {"signature", KW(SIDEBAR)},
    {"signin", KW(TOOL)},
    {"signup", KW(SUBSCRIBE)},
    {"sitefooter", KW(FOOTER)},
    {"siteinfo", KW(FOOTER)},
    {"sitenav", KW(NAV)},
    {"skip", KW(NAV)},
    {"skiplink", KW(NAV)},
    {"skiptocontent", KW(NAV)},
    {"snackbar", KW(OVERLAY)},
    {"social", KW(SOCIAL)},
    {"socials", KW(SOCIAL)},
    {"sort", KW(TOOL)},
    {"sponsor", KW(AD)},
    {"sponsored", KW(AD)},
    {"submenu", KW(NAV)},
    {"subnav", KW(NAV)},
    {"subscribe", KW(SUBSCRIBE)},
    {"subscribeform", KW(SUBSCRIBE)},
    {"subscription", KW(SUBSCRIBE)},
    {"switch", KW(TOOL)},
    {"switcher", KW(OVERLAY)},
    {"tablist", KW(NAV)},
    {"taboola", KW(RELATED)},
    {"tags", KW(META)},
    {"time", KW(META)},
    {"timestamp", KW(META)},
    {"toast", KW(OVERLAY)},
    {"toolbar", KW(TOOL)},
    {"tooltip", KW(OVERLAY)},
    {"topbar", KW(HEADER)},
    {"topnav", KW(NAV)},
    {"trending", KW(RELATED)},
    {"twitter", KW(SOCIAL)},
    {"upsell", KW(RELATED)},
    {"validation", KW(TOOL)},
    {"widgets", KW(SIDEBAR)},
    // clang-format on
};

#define WORD_MAX 32

static uint32_t
look_up(const char *word)
{
	size_t lo = 0, hi = ARRAY_LEN(words);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(word, words[mid].text);

		if (c == 0)
			return words[mid].means;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return 0;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

uint32_t
class_keywords(struct sv v)
{
	uint32_t found = 0;

	for (size_t i = 0; i < v.n;) {
		char word[WORD_MAX];
		size_t n = 0, from = i;

		if (!is_letter(v.p[i])) {
			i++;
			continue;
		}
		while (i < v.n && is_letter(v.p[i]) &&
		       (i == from || !is_upper(v.p[i]) || is_upper(v.p[i - 1]))) {
			if (n + 1 < WORD_MAX)
				word[n++] = (char)(v.p[i] | 32);
			i++;
		}
		word[n] = '\0';
		if (n > 1)
			found |= look_up(word);
	}
	return found;
}
