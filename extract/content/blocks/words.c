// SPDX-License-Identifier: Apache-2.0
// Lists of words by what they mean, and the two hash tables that are filled from them when the
// program starts. Runs in the extractor's worker.
#include "extract/content/blocks/words.h"
#include "extract/content/blocks/features.h"
#include "extract/html/ascii_block.h"

#include <assert.h>
#include <endian.h>

struct list {
	unsigned bit;
	const char *words; // a space between two
};

// Small enough for a language to be told by them, and neutral in languages that are not here.
static const struct list text_lists[] = {
    {TG_FUNCTION,
	"the of and to in is that for with as was are be this by from or an at it on not "
	"have has had which but were their they you your we our his her its can will would "
	"there been if when who what so than then these those some into about after because "
	"could should also such only other do does did i he she my me us them"},
    {TG_FUNCTION, "der die das und ist von zu den mit nicht ein eine auf des dem sich im auch wird "
		  "sind bei als an aus werden oder wie wenn nach man nur dass noch haben hat einen "
		  "einer um am sie ich wir war durch kann"},
    {TG_FUNCTION,
	"le la les des du et est en que qui dans une un pour par sur pas plus ne se ce il "
	"au aux sont avec ont nous vous mais ou cette leur elle ses"},
    {TG_FUNCTION, "el los las del y es una con para por se su lo como al pero sus ha este esta si "
		  "ya todo fue son muy"},
    {TG_FUNCTION, "il di che e per non sono della nel con del alla gli dei ma anche questo si dal"},
    {TG_FUNCTION, "o os as um uma do da dos das em no na ao mais foi ele seu sua ser mas como"},
    {TG_FUNCTION, "het een van dat niet zijn op aan voor er maar om dan zou wat nog wel ook bij"},
    {TG_FUNCTION, "och att det som en av den till inte har jag om ett var han og til ikke jeg er"},
    {TG_FUNCTION, "w na z do nie jest to sie przez oraz jak dla od po "
		  "\xd0\xb8 \xd0\xb2 \xd0\xbd\xd0\xb0 \xd0\xbd\xd0\xb5 \xd1\x87\xd1\x82\xd0\xbe "
		  "\xd1\x81 \xd0\xba\xd0\xb0\xd0\xba \xd1\x8d\xd1\x82\xd0\xbe \xd0\xbf\xd0\xbe"},
    {TG_LEGAL,
	"copyright rights reserved privacy terms policy cookie cookies disclaimer gdpr consent "
	"legal trademark trademarks imprint impressum datenschutz agb mentions confidentialite "
	"accessibility license licensed conditions"},
    {TG_SOCIAL, "share tweet facebook twitter instagram linkedin pinterest whatsapp youtube follow "
		"followers likes email print telegram reddit tiktok teilen partager compartir rss"},
    {TG_AUTH, "login log signin sign signup register account password username logout anmelden "
	      "registrieren connexion compte forgot"},
    {TG_SHOP,
	"cart checkout buy add basket bag wishlist shipping price sale stock order quantity qty "
	"delivery returns warranty sku usd free warenkorb versand panier livraison kaufen "
	"discount save off item pickup afterpay klarna"},
    {TG_MORE,
	"read more view see show learn continue explore discover browse all next previous prev "
	"load less expand click here mehr weiter lesen suite plus"},
    {TG_RELATED,
	"related popular recommended recommendations trending latest recent recently similar "
	"featured top picks viewed bought customers stories articles like interested"},
    {TG_META,
	"posted published updated author written min mins ago edited modified by january february "
	"march april may june july august september october november december jan feb mar apr "
	"jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday "
	"sunday am pm date minutes hours days comments views"},
    {TG_TALK, "reply replies replied comment comments quote thread threads post posts joined topic "
	      "topics forum forums upvote downvote answer answers question questions votes vote "
	      "member members moderator reputation message messages discussion likes asked "
	      "answered commented said wrote"},
    {TG_NEWS, "subscribe newsletter newsletters inbox unsubscribe updates subscription abonnieren "
	      "mailing"},
    {TG_SEARCH, "search filter filters sort results showing clear apply reset page items suche "
		"refine category categories"},
    {TG_AD,
	"advertisement advertising advertise ad ads sponsored promoted anzeige werbung affiliate "
	"commission"},
    {TG_NAV,
	"menu home skip navigation back contact about faq help support toggle close open sitemap "
	"careers press jobs blog team kontakt accueil"},
    {TG_SPEC, "specifications specification specs dimensions weight material materials features "
	      "description details ingredients size color colour model brand includes width height "
	      "length capacity compatible overview"},
    {TG_REVIEW, "review reviews rating ratings stars star verified helpful rated testimonials"},
};

#define F(name) KW_COUNT + MARK_##name
enum mark {
#define X(name) MARK_##name,
	MARK_TABLE(X)
#undef X
	    MARK_COUNT
};
_Static_assert(KW_COUNT + MARK_COUNT <= 64, "families are bits");
_Static_assert(KW_COUNT + MARK_COUNT == FAMILY_COUNT, "features.h says how many");

static const struct list class_lists[] = {
    {KW_NAV,
	"breadcrumb breadcrumblist breadcrumbs burger crumb crumbs dropdown flyout footnav gnav "
	"hamburger mainmenu mega megamenu menu menubar menuitem menulink menus nav navbar navi "
	"navigation navlinks navs pager pagination sidenav sitenav skip skiplink skiptocontent "
	"submenu subnav tablist topnav brotkrumen hauptnavigation kruimelpad navegacion "
	"navigatie navigazione nawigacja paginacion paginazione paging pagenavi topmenu"},
    {KW_FOOTER, "bottombar colophon contentinfo copyright foot footer footernav legal privacy "
		"sitefooter siteinfo fussbereich fusszeile rodape stopka"},
    {KW_HEADER, "header masthead topbar kopfzeile"},
    {KW_SIDEBAR,
	"aside badges bio complementary sidebar signature widgets marginalspalte randspalte "
	"rightbar rightcol rightcolumn rightrail rightside seitenleiste sidebars sidebox "
	"sidecol sidecolumn siderail zijbalk"},
    {KW_SOCIAL,
	"addthis addtoany facebook instagram linkedin share sharebar sharedaddy sharing social "
	"socials twitter compartilhar compartir condividi delen partager pinterest sharebuttons "
	"socialbar sociallinks socialmedia teilen udostepnij whatsapp"},
    {KW_RELATED,
	"accessories crosssell latest mostread outbrain popular readmore recent recirc "
	"recirculation recommend recommendation recommendations recommended related taboola "
	"trending upsell aehnliche alsolike correlati kapcsolodo masleidas masleido "
	"meistgelesen mostcommented mostpopular mostviewed morefrom morestories powiazane "
	"readalso relacionadas relacionado relacionados relatedarticles relatedlinks "
	"relatednews relatedposts seealso similaires topstories verwandte weiterlesen"},
    {KW_AD, "ads adsbygoogle adslot advert advertisement advertising announcement announcements "
	    "banner promotion sponsor sponsored adbox adcontainer adsense adunit anzeige anzeigen "
	    "publicidad publicidade publicite pubblicita reclame reklama reklame werbung"},
    {KW_SUBSCRIBE,
	"emailsignup newsletter newsletters signup subscribe subscribeform subscription"},
    {KW_OVERLAY,
	"alertdialog consent cookie cookiebar cookies dialog drawer gdpr interstitial lightbox "
	"modal offcanvas onetrust overlay popin popover popup snackbar switcher toast tooltip"},
    {KW_COMMENT,
	"comment commentlist comments disqus respond reviews comentario comentarios commentaire "
	"commentaires commentarea commentbox commenti commentsection commentthread "
	"intensedebate komentare komentarz komentarze kommentaar kommentar kommentare "
	"kommentarer leserbriefe leserkommentare livefyre reactie reacties"},
    {KW_META,
	"attribution byline credit credits date datetime meta metadata posted postmeta readtime "
	"tags time timestamp datum fecha veroeffentlicht"},
    {KW_TOOL,
	"actions button buttons captcha cart commentform compare ctas facets feedback filter "
	"filters gfield gform login minicart recaptcha search searchbox searchform signin sort "
	"switch toolbar validation anmelden buscador recherche ricerca suche suchfeld szukaj "
	"warenkorb zoeken"},
    {KW_AUTHOR, "author authorbox auteur autor autore autorin"},
    {F(CONTENT),
	"content contents contentarea innercontent contenido contentmain contenu contenuto "
	"conteudo inhalt inhoud innehall maincontent pagecontent tresc"},
    {F(ARTICLE), "article articles articlebody articlecontent articletext articolo articulo artigo "
		 "artikel artikeltext artikkel artykul"},
    {F(POST), "post posts blog blogpost beitrag beitraege billet entrada inlagg wpis"},
    {F(ENTRY), "entry entries hentry entrycontent"},
    {F(BODY), "body bodytext bodycopy artbody entrybody postbody storybody"},
    {F(MAIN), "main primary"},
    {F(TEXT),
	"text txt richtext prose copy wysiwyg rte paragraph markup fliesstext tekst testo texte "
	"texto"},
    {F(STORY),
	"story storytext news feature features actualite meldung nachricht nachrichten nieuws "
	"nota noticia noticias notizia"},
    {F(TITLE), "title headline heading headings titles subheading titel titolo titre titulo "
	       "ueberschrift"},
    {F(DESCRIPTION),
	"description desc summary excerpt intro lead teaser subtitle dek deck blurb synopsis "
	"abstract bajada beschreibung chapeau chapo copete entradilla opis sommario standfirst "
	"sumario vorspann"},
    {F(PRODUCT), "product products pdp sku shop woocommerce merchandise prodotto produit producto "
		 "produkt produkte"},
    {F(SPEC), "spec specs specification specifications attributes attribute detail details "
	      "properties dimensions"},
    {F(PRICE),
	"price prices pricing amount offer offers sale discount precio preco preis prezzo prix"},
    {F(ITEM), "item items list listing listings row rows"},
    {F(CARD), "card cards tile tiles box boxes grid"},
    {F(RESULT), "result results hit hits"},
    {F(MESSAGE), "message messages msg reply replies thread threads topic topics forum discussion "
		 "conversation cooked"},
    {F(USER), "user username avatar profile member members userinfo people person"},
    {F(REVIEW), "review rating ratings stars testimonial testimonials"},
    {F(HERO), "hero jumbotron cover splash lede"},
    {F(FAQ), "faq faqs accordion collapse collapsible toggle question questions answer answers qa"},
    {F(TAB), "tab tabs tabpanel pane panel"},
    {F(GALLERY), "gallery carousel slider slide slides slideshow swiper slick flickity thumbs"},
    {F(CTA), "cta btn promo callout signup join"},
    {F(MEDIA),
	"image images img media figure caption video photo thumbnail thumb picture icon icons "
	"logo bild bilder foto fotos imagen immagine photos videos"},
    {F(CODE), "code highlight snippet pre syntax codehilite hljs gutter"},
    {F(TOC), "toc outline contentstable"},
    {F(DOC), "doc docs documentation markdown md mdx wiki manual reference rst"},
    {F(LAYOUT),
	"container wrapper wrap row col column columns section layout inner outer flex colonna "
	"colonne coluna columna spalte"},
    {F(PAGE), "page site app root pages"},
    {F(WIDGET), "widget module block component elementor wp"},
    {F(LABEL), "label badge tag category categories chip eyebrow kicker"},
    {F(COLLECTION), "collection collections catalog catalogue archive facet"},
    {F(QUOTE), "quote blockquote pullquote bbcode cita zitat"},
    {F(UNSEEN), "hidden hide invisible sr screenreader visually offscreen clip only"},
    {F(MOBILE), "mobile desktop tablet xs sm"},
    {F(NOTE), "note tip warning alert notice info notification message"},
    {F(LINKS), "links link linklist permalink readmore"},
    {F(FORM), "form input field fields select control"},
    {F(LOCALE), "lang language languages locale currency country region"},
    {F(REFERENCES), "references footnotes footnote citation cite source sources bibliography"},
    {F(EDIT), "edit editsection copy print report"},
    {F(FEATURE), "benefits benefit services service solution solutions step steps team stats"},
    {F(MORE), "more next prev previous all load mehr siguiente suivant weiter"},
    {F(SIDE),
	"derecha destra droite gauche izquierda left linke rail rechte rechts right secondary sinistra tertiary"},
};
#undef F

// --- the tables ---

struct text_word text_words_known[TEXT_WORD_SLOTS];

#define CLASS_SLOTS    2048
#define CLASS_WORD_MAX ASCII_MORE // letters
// Apart, so that words that mean nothing, which most are, are told by little memory.
static uint32_t class_hashes[CLASS_SLOTS]; // the lower half, never 0; 0: free
static uint8_t class_numbers[CLASS_SLOTS]; // of class_families_known; 0: free
static uint64_t class_families_known[256]; // 0, then what words mean

static size_t
class_word_slot(uint64_t hash)
{
	uint32_t lower = (uint32_t)hash | 1;
	size_t i = hash >> 53;

	while ((class_hashes[i] != 0) & (class_hashes[i] != lower))
		i = (i + 1) % CLASS_SLOTS;
	return i;
}

static uint64_t
class_word_families(uint64_t hash)
{
	return class_families_known[class_numbers[class_word_slot(hash)]];
}

static uint8_t
number_of_families(uint64_t families)
{
	size_t n = 0;

	while (class_families_known[n] != families && (n == 0 || class_families_known[n] != 0))
		n++;
	assert(n < ARRAY_LEN(class_families_known) - 1);
	class_families_known[n] = families;
	return (uint8_t)n;
}

// Of n letters, their case ignored; CLASS_WORD_MAX bytes can be read.
static uint64_t
class_word_hash(const char *p, size_t n)
{
	const uint64_t small = UINT64_C(0x2020202020202020), factor = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t first, last, hash;

	memcpy(&first, p, sizeof(first));
	first = le64toh(first) << (n < sizeof(first) ? 64 - 8 * n : 0);
	memcpy(&last, p + MAX(n, sizeof(last)) - sizeof(last), sizeof(last));
	last = n > sizeof(last) ? le64toh(last) : 0;
	hash = (first | small) * factor;
	return ((hash ^ hash >> 32) + (last | small)) * factor;
}

// ASCII letters are lowered.
static uint32_t
word_hash(struct sv word)
{
	uint32_t h = WORD_HASH_START;

	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];

		h = word_hash_add(h, c >= 'A' && c <= 'Z' ? (unsigned char)(c | 32) : c);
	}
	return h;
}

static void
add_text_word(struct sv word, unsigned bit)
{
	uint32_t hash = word_hash(word);
	struct text_word *slot = text_word_slot(hash);

	slot->hash = hash;
	slot->groups |= 1u << bit;
}

static void
add_class_word(struct sv word, unsigned bit)
{
	char letters[CLASS_WORD_MAX] = {0};
	uint64_t hash;
	size_t slot;

	assert(word.n <= sizeof(letters));
	memcpy(letters, word.p, word.n);
	hash = class_word_hash(letters, word.n);
	slot = class_word_slot(hash);
	class_hashes[slot] = (uint32_t)hash | 1;
	class_numbers[slot] = number_of_families(class_word_families(hash) | UINT64_C(1) << bit);
}

static void
fill(const struct list *lists, size_t n, void (*add)(struct sv word, unsigned bit))
{
	for (size_t k = 0; k < n; k++)
		for (const char *p = lists[k].words; *p;) {
			size_t length = strcspn(p, " ");

			add((struct sv){p, length}, lists[k].bit);
			p += length + (p[length] == ' ');
		}
}

// Before main, so that no thread reads tables that another fills.
__attribute__((constructor)) static void
fill_tables(void)
{
	fill(text_lists, ARRAY_LEN(text_lists), add_text_word);
	fill(class_lists, ARRAY_LEN(class_lists), add_class_word);
}

// --- class, id and role ---

// Adds the families of the words of a block, or of what is left of the value; behind the block are
// ASCII_MORE bytes more. How much was read: if the value goes on, the last word is left.
static size_t
families_of_block(const char *block, size_t left, uint64_t *found)
{
	struct ascii_block l = ascii_block_of(block, left);
	// A word begins behind what is no letter, and with a capital behind a small one.
	uint64_t starts = l.letters & (~(l.letters << 1) | (~l.small & l.small << 1));
	uint64_t stops = starts | ~l.letters;

	for (; starts != 0; starts &= starts - 1) {
		unsigned from = (unsigned)__builtin_ctzll(starts);
		uint64_t behind = stops >> from >> 1;
		unsigned n = behind ? (unsigned)__builtin_ctzll(behind) + 1 : ASCII_BLOCK - from;

		if (left > ASCII_BLOCK &&
		    from + n == ASCII_BLOCK) // the end of a long one is too long, too
			return from > 0 ? from : ASCII_BLOCK - CLASS_WORD_MAX;
		if (n > 1 && n <= CLASS_WORD_MAX)
			*found |= class_word_families(class_word_hash(block + from, n));
	}
	return MIN(left, (size_t)ASCII_BLOCK);
}

// A value is split at punctuation and at camelCase.
uint64_t
class_families_before(struct sv v, const char *end)
{
	char copy[ASCII_BLOCK + ASCII_MORE];
	uint64_t found = 0;

	for (size_t n; v.n > 0; v = (struct sv){v.p + n, v.n - n})
		n = families_of_block(ascii_block_at(v, end, copy), v.n, &found);
	return found;
}
