// SPDX-License-Identifier: Apache-2.0
// The day a page was published, on invented pages as old and small systems make them: little or no
// metadata, and several dates of which only one is the text's own.
#include "page_fixture.h"

#include "extract/meta/metadata.h"
#include "extract/meta/structured/structured.h"

struct dated_page {
	const char *name, *expected, *html, *url;
};

#define P_TEXT                                                                                     \
	"<p>This is a paragraph of running text which is long enough to look like one that a "     \
	"person has written about something, with a second half of the sentence.</p>"
#define BLANKS "                                                                  "
#define P_TEXT_DE                                                                                  \
	"<p>Das ist ein Absatz mit laufendem Text, der lang genug ist, um nach etwas auszusehen, " \
	"das ein Mensch geschrieben hat, und der noch einen Nebensatz hat.</p>"

static const struct dated_page blogs[] = {
    {"WordPress Twenty Ten", "2010-11-14",
	"<html lang=en-US><title>Winter tyres | My little blog</title><body class='single postid-4'>"
	"<div id=header><h1 id=site-title><a href=/>My little blog</a></h1></div><div id=content>"
	"<div id=nav-above class=navigation><a href=/a rel=prev>Summer 2010</a></div>"
	"<div id=post-4 class=post><h1 class=entry-title>Winter tyres</h1>"
	"<div class=entry-meta><span class='meta-prep meta-prep-author'>Posted on</span> "
	"<a href=/winter title='8:15 am' rel=bookmark><span class=entry-date>November 14, 2010</span></a>"
	" <span class=meta-sep>by</span> <span class='author vcard'><a href=/author/jo/>jo</a></span></div>"
	"<div class=entry-content>" P_TEXT P_TEXT "</div></div>"
	"<div id=comments><h3 id=comments-title>2 Responses to Winter tyres</h3><ol class=commentlist>"
	"<li class=comment><div class='comment-meta commentmetadata'><a href=#c1>November 12, 2010 at 9:01 am</a></div><p>Hi</p></li>"
	"<li class=comment><div class='comment-meta commentmetadata'><a href=#c2>December 2, 2011 at 9:01 am</a></div><p>Ho</p></li>"
	"</ol></div></div><div id=primary class=widget-area><ul><li class=widget_archive><h3>Archives</h3>"
	"<ul><li><a href=/2010/11/>November 2010</a></li><li><a href=/2010/10/>October 2010</a></li></ul></li></ul></div>"
	"<div id=footer><div id=site-info>&copy; 2009-2015 My little blog</div></div>",
	NULL},
    {"a date amid indents", "2011-02-19",
	"<html lang=en><title>Frost</title><h1>Frost</h1><div>\n" BLANKS BLANKS
	"on Saturday,\n" BLANKS "19\n" BLANKS "February 2011\n" BLANKS BLANKS "</div>" P_TEXT
	"<ul><li>May 3, 2014</li></ul>",
	NULL},
    {"a date amid other words and indents", "2011-02-19",
	"<html lang=en><title>Frost</title><h1>Frost</h1><div>Ed\n" BLANKS BLANKS BLANKS
	"19 February 2011\n" BLANKS BLANKS BLANKS "Filed under: winter</div>" P_TEXT
	"<ul><li>May 3, 2014</li></ul>",
	NULL},
    {"WordPress Twenty Eleven", "2012-03-05",
	"<html lang=de-DE><title>Der Umzug | Tagebuch</title><header id=branding><h1 id=site-title><span>"
	"<a href=/>Tagebuch</a></span></h1><h2>seit 2004</h2></header><article class='post hentry'><header class=entry-header>"
	"<h1 class=entry-title>Der Umzug</h1><div class=entry-meta><span class=sep>Veröffentlicht am </span>"
	"<a href=/umzug title='21:40' rel=bookmark><time class=entry-date datetime='2012-03-05T21:40:11+00:00' pubdate>5. März 2012</time></a>"
	"</div></header>" P_TEXT_DE
	"</article><div id=comments><ol><li><article class=comment><time pubdate datetime='2012-03-06T08:00:00+00:00'>"
	"6. März 2012 um 08:00</time></article></li></ol></div>",
	NULL},
    {"WordPress Kubrick", "2008-02-27",
	"<html><title>Under the bridge  &laquo; riverside</title><div id=page><div id=header><h1><a href=/>riverside</a></h1></div>"
	"<div id=content class=widecolumn><div class=post id=post-77><h2>Under the bridge</h2><div class=entry>" P_TEXT
	    P_TEXT
	"<p class='postmetadata alt'><small>This entry was posted on Wednesday, February 27th, 2008 at 11:12 pm and is filed under "
	"<a href=/c>walks</a>. You can follow any responses to this entry through the <a href=/feed>RSS 2.0</a> feed.</small></p></div></div>"
	"<ol class=commentlist><li><small class=commentmetadata><a href=#c>February 28th, 2008 at 7:12 am</a></small><p>x</p></li></ol></div>"
	"<div id=footer><p>riverside is proudly powered by WordPress 2.3</p></div></div>",
	NULL},
    {"WordPress Kubrick in German", "2009-06-03",
	"<html lang=de><title>Grillen im Park &laquo; Der Stadtgärtner</title><div id=header><h1><a href=/>Der Stadtgärtner</a></h1></div>"
	"<div class=post><h2>Grillen im Park</h2><div class=entry>" P_TEXT_DE
	"<p class='postmetadata alt'><small>Dieser Beitrag wurde am Mittwoch, 3. Juni 2009 um 14:22 Uhr veröffentlicht und wurde unter "
	"der Kategorie <a href=/k>Sommer</a> abgelegt. Du kannst einen Kommentar schreiben.</small></p></div></div>"
	"<div id=sidebar><h2>Letzte Kommentare</h2><ul><li>Anna am 17. Juli 2012</li></ul></div>",
	NULL},
    {"WordPress with a calendar in the sidebar", "2011-09-01",
	"<html lang=en><title>Plums</title><div id=sidebar><table id=wp-calendar><caption>May 2014</caption><tr><td>1</td><td>2</td></tr></table>"
	"<ul class=recent><li>Pears <span class=post-date>May 3, 2014</span></li><li>Apples <span class=post-date>April 2, 2014</span></li></ul></div>"
	"<div class=post><h1>Plums</h1><div class=meta>01 Sep 2011</div>" P_TEXT "</div>",
	NULL},
    {"Blogger", "2009-04-19",
	"<html><title>Notes from the shed: A new vice</title><div id=header><h1 class=title>Notes from the shed</h1></div>"
	"<div class='date-outer'><h2 class=date-header><span>Sunday, April 19, 2009</span></h2><div class=date-posts><div class=post-outer>"
	"<div class='post hentry'><h3 class='post-title entry-title'>A new vice</h3><div class='post-body entry-content'>" P_TEXT
	"</div><div class=post-footer>Posted by <span class=fn>Ed</span> at <a class=timestamp-link href=/2009/04/vice.html>"
	"<abbr class=published title='2009-04-19T10:22:00+02:00'>10:22 AM</abbr></a></div></div>"
	"<div class=comments id=comments><h4>1 comment:</h4><dl><dt>Sue</dt><dd class=comment-footer><a href=#c>April 20, 2009 8:01 PM</a></dd></dl></div>"
	"</div></div></div><div class=sidebar><h2>Blog Archive</h2><ul><li>2014 (3)</li><li>2009 (20)</li></ul></div>",
	NULL},
    {"Blogger in Portuguese, time of day only beside the text", "2013-02-07",
	"<html lang=pt-BR><title>Cozinha da Rita: Bolo de fubá</title><h1 class=title>Cozinha da Rita</h1>"
	"<h2 class='date-header'><span>quinta-feira, 7 de fevereiro de 2013</span></h2><h3 class='post-title'>Bolo de fubá</h3>" P_TEXT
	"<div class='post-footer'>Postado por Rita às <a href=x>09:10</a></div><h4>Um comentário:</h4><p>Ana<span>8 de fevereiro de 2013 às 11:00</span></p>",
	NULL},
    {"Blogger's dynamic month address", "2014-08-21",
	"<html lang=fr><title>Carnet: La plage</title><h3 class=post-title>La plage</h3>" P_TEXT
	"<p>Publié par Luc le jeudi 21 août 2014</p><div id=Profile1><h2>Archives du blog</h2><a>août 2014</a> <a>3 septembre 2015</a></div>",
	"http://carnet.blogspot.fr/2014/08/la-plage.html"},
    {"Movable Type", "2007-05-30",
	"<html><title>Cables (Workbench)</title><h1 id=banner-header><a href=/>Workbench</a></h1>"
	"<div class=entry-asset><h1 class=asset-name>Cables</h1><div class=asset-meta><span class=byline>By <a href=/k>Kim</a> on "
	"<abbr class=published title='2007-05-30T21:03:11-05:00'>May 30, 2007 9:03 PM</abbr></span></div>" P_TEXT
	"</div>"
	"<div class=module>Recent Entries <ul><li>Ropes (June 3, 2008)</li></ul></div>",
	NULL},
    {"Typepad", "2006-12-24",
	"<html><title>The long shelf: Ginger</title><h1 id=banner-header>The long shelf</h1><h2 class=date-header>December 24, 2006</h2>"
	"<h3 class=entry-header>Ginger</h3><div class=entry-body>" P_TEXT
	"</div><p class=posted>Posted by May on December 24, 2006 at 10:02 AM | Permalink</p>"
	"<h2>TrackBack</h2><h2>Comments</h2><p class=comment-footer>Posted by: Al | December 27, 2006 at 11:11 PM</p>",
	NULL},
    {"Serendipity in German", "2010-01-11",
	"<html lang=de><title>Schneeschieben - Netzblog</title><h1><a href=/>Netzblog</a></h1><h3 class=serendipity_date>Montag, 11. Januar 2010</h3>"
	"<h4 class=serendipity_title>Schneeschieben</h4><div class=serendipity_entry_body>" P_TEXT_DE
	"</div><div class=serendipity_entryFooter>Geschrieben von Kai um 17:02</div><div class=serendipity_comments>#1 Olaf am 12.01.2010 08:40</div>",
	NULL},
    {"Ghost-like: date in a time element without an attribute", "2014-06-17",
	"<html><title>Testing in the dark</title><header><a href=/>Home</a></header><article><header class=post-header><h1>Testing in the dark</h1>"
	"<section class=post-meta><time>17 June 2014</time> on <a>work</a></section></header>" P_TEXT
	"</article><footer>&copy; 2016</footer>",
	NULL},
    {"Tumblr", "2013-10-28",
	"<html><title>Sketches — Lamp post at night</title><h1><a href=/>Sketches</a></h1><div class=post><h2><a href=/post/1>Lamp post at night</a></h2>" P_TEXT
	"<div class=footer><a href=/post/1>Oct 28th, 2013</a> | 12 notes</div></div>",
	NULL},
    {"day, month and year in boxes of their own", "2012-07-09",
	"<html lang=de><title>Am See</title><h1>Mein Blog</h1><div class=post><div class=calendar><span class=month>Jul</span><span class=day>09</span>"
	"<span class=year>2012</span></div><h2>Am See</h2>" P_TEXT_DE "</div><p>Copyright 2019</p>",
	NULL},
    {"day and month on a leaf, the year in the address", "2011-05-23",
	"<html><title>Bread, at last</title><div class=post><div class=date><span class=m>May</span> <span class=d>23</span></div>"
	"<h2>Bread, at last</h2>" P_TEXT "</div>",
	"http://example.org/2011/05/bread-at-last/"},
};

static const struct dated_page news[] = {
    {"TYPO3: date in the subheading", "2014-03-12",
	"<html lang=de><meta name=generator content='TYPO3 4.5 CMS'><title>Gemeinde Musterdorf: Neues Feuerwehrhaus</title>"
	"<div id=nav><ul><li>Termine 2015</li></ul></div><div class=news-single-item><div class=news-single-rightbox>12.03.2014 09:30</div>"
	"<h1>Neues Feuerwehrhaus</h1>" P_TEXT_DE
	"<p>Alter: 3 Jahre</p></div><div id=footer>Letzte Änderung: 04.02.2016</div>",
	NULL},
    {"Stand: of a German page", "2014-03-12",
	"<html lang=de><title>Merkblatt Heizung</title><h1>Merkblatt Heizung</h1>" P_TEXT_DE
	    P_TEXT_DE "<p>Stand: 12.03.2014</p><p>&copy; 2017 Amt</p>",
	NULL},
    {"Stand in words", "2013-08-01",
	"<html lang=de><title>Hinweise</title><h1>Hinweise</h1>" P_TEXT_DE
	"<div id=foot>Stand 1. August 2013</div>",
	NULL},
    {"Veröffentlicht am, after the text", "2015-10-07",
	"<html lang=de><title>Radweg fertig</title><h1>Radweg fertig</h1>" P_TEXT_DE
	"<p>Die Arbeiten begannen am 3. März 2013.</p>"
	"<p><small>Veröffentlicht am 7.10.2015</small></p>",
	NULL},
    {"Erstellt am and Zuletzt aktualisiert (Joomla)", "2012-11-20",
	"<html lang=de-de><meta name=generator content='Joomla! 2.5'><title>Vereinsfest</title><div class=item-page><h2>Vereinsfest</h2>"
	"<dl class=article-info><dt class=article-info-term>Details</dt><dd class=category-name>Kategorie: Verein</dd>"
	"<dd class=modified>Zuletzt aktualisiert: Montag, 04. Februar 2013 10:11</dd><dd class=create>Erstellt: Dienstag, 20. November 2012 18:00</dd>"
	"<dd class=hits>Zugriffe: 2011</dd></dl>" P_TEXT_DE "</div>",
	NULL},
    {"Joomla 1.5", "2009-09-15",
	"<html><title>Harbour works</title><table class=contentpaneopen><tr><td class=contentheading>Harbour works</td></tr></table>"
	"<table class=contentpaneopen><tr><td class=createdate>Tuesday, 15 September 2009 13:37</td></tr><tr><td>" P_TEXT
	"</td></tr>"
	"<tr><td class=modifydate>Last Updated on Friday, 02 April 2010 08:00</td></tr></table>",
	NULL},
    {"Drupal 6", "2011-03-29",
	"<html lang=en><title>Library hours | Town of Elm</title><h1 class=title>Library hours</h1><div class=node><span class=submitted>"
	"Submitted by admin on Tue, 03/29/2011 - 14:05</span><div class=content>" P_TEXT
	"</div></div>"
	"<div class=comment><div class=submitted>Anonymous (not verified) — Wed, 03/30/2011 - 09:00</div></div>",
	NULL},
    {"Drupal 7 in French", "2013-06-04",
	"<html lang=fr><title>La fête | Ville de Bourg</title><h1 id=page-title>La fête</h1><div class=submitted>Soumis par mairie le mar, 04/06/2013 - 16:20</div>" P_TEXT,
	NULL},
    {"Publié le, Mis à jour le", "2013-05-28",
	"<html lang=fr><title>Le pont rouvre</title><h1>Le pont rouvre</h1><p class=infos>Publié le 28/05/2013 à 18:34, Mis à jour le 02/06/2013 à 09:00</p>" P_TEXT
	"<div class=comments><p>le 29/05/2013 à 10:00</p></div>",
	NULL},
    {"Le, par, à in a French byline", "2010-10-01",
	"<html lang=fr><title>Grève : la suite</title><h1>Grève : la suite</h1><p class=signature>Par Léa Petit, le 1er octobre 2010 à 07h30</p>" P_TEXT
	"<p>Lire aussi : notre dossier du 12 septembre 2010</p>",
	NULL},
    {"Posté il y a", "2014-02-03",
	"<html lang=fr><title>Recette</title><h1>Recette</h1><p>il y a 2 ans</p><p>Mise en ligne : lundi 3 février 2014</p>" P_TEXT,
	NULL},
    {"agency line in the first paragraph", "2008-08-14",
	"<html lang=de><title>Ölpreis fällt</title><div class=top>Freitag, 16. Oktober 2015</div><h1>Ölpreis fällt</h1>"
	"<p>14. August 2008, 12:01 Uhr</p><p><b>Wien (dpa)</b> - Der Preis ist gefallen, sagte ein Sprecher der Börse am Donnerstag, und werde weiter fallen.</p>" P_TEXT_DE,
	NULL},
    {"today's date above the page's head", "2012-01-19",
	"<html lang=en><title>Quiet roads</title><div id=masthead><span class=today>Thursday, June 5, 2014</span></div>"
	"<div id=main><h1>Quiet roads</h1><p class=pubtime>Published: January 19, 2012</p>" P_TEXT
	"</div>",
	NULL},
    {"Pressemitteilung", "2011-12-06",
	"<html lang=de><title>Pressemitteilung Nr. 123/2011</title><h1>Mehr Geld für Schulen</h1><p>Pressemitteilung vom 06.12.2011</p>" P_TEXT_DE
	"<h3>Weitere Meldungen</h3><ul><li><a href=/1>05.01.2012: Neue Stellen im Amt ausgeschrieben</a></li><li><a href=/2>02.01.2012: Frohes neues Jahr</a></li></ul>",
	NULL},
    {"list of other articles above", "2013-04-11",
	"<html lang=de><title>Sturm über dem Land</title><div class=news-list><div>15.06.2014 <a href=/1>Sommer kommt früh</a></div>"
	"<div>14.06.2014 <a href=/2>Ferien beginnen</a></div></div><div id=content><h1>Sturm über dem Land</h1><span class=datum>11.04.2013</span>" P_TEXT_DE
	"</div>",
	NULL},
    {"Italian", "2012-10-30",
	"<html lang=it><title>Il mercato</title><h1>Il mercato</h1><div>Scritto da Gino il 30 ottobre 2012</div>" P_TEXT
	"<p>Commenti: Pia, 1 novembre 2012</p>",
	NULL},
    {"Spanish", "2009-07-22",
	"<html lang=es><title>El huerto</title><h1>El huerto</h1><div class=fecha>Miércoles 22 de julio de 2009</div>" P_TEXT,
	NULL},
    {"Dutch", "2013-11-08",
	"<html lang=nl><title>Nieuwe brug</title><h1>Nieuwe brug</h1><p>Geplaatst op vrijdag 8 november 2013</p>" P_TEXT
	"<p>Laatst gewijzigd: 10-12-2013</p>",
	NULL},
    {"Polish", "2010-05-17",
	"<html lang=pl><title>Powódź</title><h1>Powódź</h1><p>Dodano: 17 maja 2010, 10:00</p>" P_TEXT
	"<p>Aktualizacja: 20 maja 2010</p>",
	NULL},
    {"Turkish", "2014-09-02",
	"<html lang=tr><title>Yeni okul</title><h1>Yeni okul</h1><p>Yayınlanma: 02.09.2014 10:30 - Güncelleme: 03.09.2014 11:00</p>" P_TEXT,
	NULL},
    {"Russian", "2012-02-14",
	"<html lang=ru><title>Зима</title><h1>Зима</h1><p>Опубликовано: 14 февраля 2012 г.</p>" P_TEXT
	"<p>Обновлено 1 марта 2013</p>",
	NULL},
    {"Swedish", "2011-08-05",
	"<html lang=sv><title>Ny väg</title><h1>Ny väg</h1><p>Publicerad: 5 augusti 2011 kl 10.15</p><p>Uppdaterad: 6 augusti 2011 kl 09.00</p>" P_TEXT,
	NULL},
};

static const struct dated_page others[] = {
    {"forum thread: the first post", "2009-01-03",
	"<html lang=en><title>Squeaky hinge - DIY forum</title><div class=navbar>Welcome. Today is Jun 7, 2015</div><h1>Squeaky hinge</h1>"
	"<div class=post><div class=author>bob<br>Join Date: Mar 2007<br>Joined: 05-03-2007</div><div class=postdate>01-03-2009, 08:15 PM</div><p>It squeaks.</p></div>"
	"<div class=post><div class=author>al<br>Joined: 06-04-2008</div><div class=postdate>01-05-2009, 10:00 AM</div><p>Oil.</p></div>",
	NULL},
    {"German forum", "2010-06-12",
	"<html lang=de><title>Thema: Bremse quietscht</title><h1>Bremse quietscht</h1><div class=beitrag><p class=kopf>Verfasst am: Sa 12 Jun 2010, 14:02</p>"
	"<p>Wer weiß Rat?</p><p class=profil>Anmeldungsdatum: 04.02.2008</p></div><div class=beitrag><p>Verfasst am: So 13 Jun 2010, 09:00</p><p>Fett.</p></div>",
	NULL},
    {"phpBB", "2012-09-09",
	"<html><title>My forum &bull; View topic - Lost key</title><h2><a href=./t>Lost key</a></h2><div class=post><p class=author>by <strong><a href=u>zed</a></strong>"
	" &raquo; Sun Sep 09, 2012 3:14 pm</p><div class=content>Where is it?</div><dl class=postprofile><dd>Joined: Tue Jan 04, 2011 9:00 am</dd></dl></div>"
	"<p>It is currently Mon May 05, 2014 7:07 am</p>",
	NULL},
    {"plain HTML with an address line", "2003-11-02",
	"<html><head><title>My trip</title></head><body bgcolor=white><center><h1>My trip</h1></center><font size=2>2 November 2003</font>" P_TEXT
	"<hr><address>Last modified: 5 May 2007 by me</address></body></html>",
	NULL},
    {"plain HTML, changed only", "2005-05-07",
	"<html><title>Knots</title><h1>Knots</h1>" P_TEXT "<hr><i>Letzte Änderung: 07.05.2005</i>",
	NULL},
    {"http-equiv date", "2004-07-01",
	"<html><head><meta http-equiv=date content='Thu, 01 Jul 2004 10:00:00 GMT'><meta http-equiv=last-modified content='2006-02-02'><title>x</title></head><p>x</p>",
	NULL},
    {"last-modified is the last to be asked", "2006-02-02",
	"<html><head><meta http-equiv=last-modified content='Thu, 02 Feb 2006 10:00:00 GMT'><title>x</title></head><p>x</p>",
	NULL},
    {"French meta date of creation", "2002-10-31",
	"<html lang=fr><meta name='date-creation-yyyymmdd' content=20021031><meta name='date-revision-yyyymmdd' content=20040101><title>x</title><p>x</p>",
	NULL},
    {"meta pubdate attribute", "2013-02-01",
	"<html><meta pubdate=pubdate content='2013-02-01T10:00'><title>x</title><p>x</p>", NULL},
    {"meta itemprop with datetime", "2013-02-01",
	"<html><meta itemprop=datePublished datetime='2013-02-01'><title>x</title><p>x</p>", NULL},
    {"German meta datum", "2013-02-01",
	"<html lang=de><meta name=datum content='01.02.2013'><title>x</title><p>x</p>", NULL},
    {"the address is of a month, nothing else is known", "2014-08",
	"<html><title>A post</title><h1>A post</h1>" P_TEXT,
	"http://example.org/2014/08/a-post.html"},
    {"event: the day of the post, not of the event", "2014-01-20",
	"<html lang=de><title>Einladung zum Sommerfest</title><h1>Einladung zum Sommerfest</h1><p class=date>20.01.2014</p>"
	"<p>Das Sommerfest findet am 5. Juli 2014 statt, bei jedem Wetter, und alle sind herzlich eingeladen.</p>",
	NULL},
    {"Wayback banner", "2009-02-17",
	"<html><title>Pipes</title><div id=wm-ipp-base><div id=wm-ipp>12 Mar 2015 <span class=date>2015-03-12</span></div></div><h1>Pipes</h1>"
	"<p>February 17, 2009</p>" P_TEXT,
	NULL},
    {"only in the title", "2011-04-05",
	"<html lang=de><title>Sitzung vom 05.04.2011</title><div>" P_TEXT_DE "</div>", NULL},
};

#define P_LONG P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT

// A place or a spelling that is read only there.
static const struct dated_page places[] = {
    {"agency dateline that opens a long text", "2013-10-02",
	"<html lang=de><title>Mehr Züge</title><h1>Mehr Züge</h1><p>Hannover, 2. Oktober 2013 - Die Bahn fährt ab Dezember öfter, teilte sie mit, und zwar jede halbe Stunde, "
	"und am 15. Dezember 2013 beginnt der neue Fahrplan, der dann für ein ganzes Jahr gelten soll, wie eine Sprecherin sagte.</p>" P_TEXT_DE
	"<p>Bis zum 3. Januar 2014 ist frei.</p>",
	NULL},
    {"initials and day close a long text", "2013-10-02",
	"<html lang=de><title>Mehr Züge</title><h1>Mehr Züge</h1><p>Die Bahn fährt ab Dezember öfter, teilte sie mit, und zwar jede halbe Stunde, "
	"und am 15. Dezember 2013 beginnt der neue Fahrplan, der dann für ein ganzes Jahr gelten soll, wie eine Sprecherin sagte. (ab, 2.10.2013)</p>"
	"<p>Bis zum 3. Januar 2014 ist frei.</p>",
	NULL},
    {"an address in a long text is no date", NULL,
	"<html><title>Calls</title><h1>Calls</h1><pre>curl -X POST https://api.example.org/2010-04-01/Accounts/1234 -d a=b -d c=d -d e=f -d g=h -d i=j -d k=l -d m=n -d o=p -d q=r "
	"-d s=t -d u=v -d w=x -d y=z -d aa=bb -d cc=dd</pre>",
	NULL},
    {"three numbers in boxes", "2012-03-14",
	"<html lang=de><title>Rad</title><div class=datum><span>14</span><span>03</span><span>2012</span></div><h1>Rad</h1>" P_TEXT_DE,
	NULL},
    {"year of two digits behind a month's name", "2012-03-14",
	"<html lang=en><title>Sea</title><h1>Sea</h1><p>Posted 14 Mar 12</p>" P_TEXT, NULL},
    {"a day and the hour are no year", NULL,
	"<html lang=en><title>Sea</title><h1>Sea</h1><p>Posted 14 Mar 12:10</p>" P_TEXT, NULL},
    {"a day and a month are no month and year", NULL,
	"<html lang=en><title>Sea</title><h1>Sea</h1><time>Mar 12</time>" P_TEXT, NULL},
    {"month and day in one part of the address", "2012-03-14", "<html><title>Sea</title>" P_TEXT,
	"http://example.org/World/2012/0314/sea"},
    {"single quotes in a script", "2012-03-14",
	"<html><title>Sea</title><h1>Sea</h1><script>dataLayer=[{'pageType': 'article', 'publicationDate': '2012-03-14'}]</script>" P_TEXT,
	NULL},
    {"a variable in a script", "2012-03-14",
	"<html><title>Sea</title><h1>Sea</h1><script>function setpubDate(d){} var pubDate = \"2012-03-14 10:00\"; var noPubDate2='2015-01-01';</script>" P_TEXT,
	NULL},
    {"an attribute of the article", "2012-03-14",
	"<html><title>Sea</title><article data-published='2012-03-14T08:00:00Z'><h1>Sea</h1>" P_TEXT
	"</article><p>May 5, 2015</p>",
	NULL},
    {"an element of the page's own making", "2012-03-14",
	"<html><title>Sea</title><h1>Sea</h1><relative-time datetime='2012-03-14T08:00:00Z'>3 years ago</relative-time>" P_TEXT,
	NULL},
    {"title of a span without a class", "2012-03-14",
	"<html lang=de><title>Sea</title><h1>Sea</h1><p>von Kim <span title='14.03.2012 um 08:00'>vor 3 Jahren</span></p>" P_TEXT,
	NULL},
    {"RDFa of Drupal 7", "2013-06-04",
	"<html lang=fr><title>La fête</title><h1>La fête</h1><span property='dc:date dc:created' content='2013-06-04T16:20:00+02:00'>il y a peu</span>" P_TEXT,
	NULL},
};

// Words of other languages beside a date, and what tells the text's own day from others.
static const struct dated_page abroad[] = {
    {"replies in German", "2011-01-07",
	"<html lang=de><title>Schlaflos</title><h1>Schlaflos</h1>" P_TEXT_DE
	"<p>7. Januar 2011 | Jule | 1 Antwort</p>"
	"<ul class=antworten><li><b>Eva</b> <span class=datum>8. Januar 2011, 09:12</span><p>Ja!</p></li></ul>",
	NULL},
    {"replies in French", "2012-10-11",
	"<html lang=fr><title>Petit matin</title><h1>Petit matin</h1>" P_TEXT
	"<p>Luce, jeudi 11 octobre 2012</p>"
	"<div id=reactions><div><span class=date>12 octobre 2012</span><p>Joli.</p></div></div>",
	NULL},
    {"replies in Spanish", "2010-03-08",
	"<html lang=es><title>Amanecer</title><h1>Amanecer</h1>" P_TEXT
	"<div>Escrito por Ana, 8 de marzo de 2010</div>"
	"<div class=respuesta><span class=fecha>9 de marzo de 2010</span></div>",
	NULL},
    {"an exhibition from a day to another", "2015-02-02",
	"<html lang=de><title>Licht</title><h1>Licht</h1><p>vom 13. März 2015 bis 28. Juni 2015</p>" P_TEXT_DE
	"<p>Pressemeldung, 2. Februar 2015</p>",
	NULL},
    {"a play from a day to another", "2014-08-26",
	"<html lang=fr><title>Ombres</title><h1>Ombres</h1><p>Du 10/10/2014 au 12/10/2014</p>" P_TEXT
	"<p>26 août 2014</p>",
	NULL},
    {"a sentence names another day", "2015-10-27",
	"<html lang=de><title>Fledermäuse</title><div>Teilen</div><div>27.10.2015 10:30</div><h1>Fledermäuse</h1><div>" P_TEXT_DE
	"</div><div>Die Studie wird am 14.11.2015 vorgestellt.</div>",
	NULL},
    {"the lasting address is the heading's link", "2009-05-16",
	"<html lang=de><title>Nachts</title><h1><a href=/>Blog</a></h1><h2><a href=/2009/05/16/nachts/>Nachts</a></h2>" P_TEXT_DE
	"<p>3. Juli 2014</p>",
	"http://example.org/?p=811"},
    {"what a date is of stands behind it in Japanese", "2011-06-29",
	"<html lang=ja><title>橋</title><h1>橋</h1><p>2011年06月30日（木）14時05分更新 / 2011年06月29日公開</p>" P_TEXT,
	NULL},
    {"today's date in Korean above the heading, both without a class", "2013-09-24",
	"<html lang=ko><title>다리</title><div>2015.11.20 금 10:00</div><h1>다리</h1><div>[0호] 2013년 09월 24일 (화) 14:05:33</div>" P_TEXT,
	NULL},
    {"a line that ends with a date is no sentence", "2012-05-14",
	"<html lang=hu><title>Pajta</title><h1>Pajta</h1><p>Anna | 2012. május 14., hétfő | Frissítve: 2012. május 15.</p>" P_TEXT,
	NULL},
    {"notes of a wiki", "2010-02-26",
	"<html lang=en><title>Hinges</title><h1>Hinges</h1>" P_TEXT
	"<ol><li id=cite_note-1>Smith (12 May 2004). On hinges.</li></ol>"
	"<div>This page was last modified on 26 February 2010, at 14:05.</div>",
	NULL},
    {"Letzte Aktualisierung", "2010-07-22",
	"<html lang=de><title>Wasser</title><h1>Wasser</h1>" P_TEXT_DE
	"<div>Letzte Aktualisierung: 13.05.2013</div><div>Online: 22.07.2010</div>",
	NULL},
    {"changed and made, in Finnish", "2012-11-08",
	"<html lang=fi><title>Polku</title><h1>Polku</h1><p>Muokattu 9.11.2012</p><p>Luotu 8.11.2012</p>" P_TEXT,
	NULL},
    {"changed and made, in Thai", "2014-07-03",
	"<html lang=th><title>สะพาน</title><h1>สะพาน</h1><p>แก้ไข 5 กรกฎาคม 2557</p><p>เผยแพร่ 3 กรกฎาคม 2557</p>" P_TEXT,
	NULL},
    {"changed and made, in Persian", "2014-02-26",
	"<html lang=fa><title>مسیر</title><h1>مسیر</h1><p>به‌روزرسانی: ۹ اسفند ۱۳۹۲</p><p>انتشار: ۷ اسفند ۱۳۹۲</p>" P_TEXT,
	NULL},
    {"changed and made, in Croatian", "2013-08-06",
	"<html lang=hr><title>Staza</title><h1>Staza</h1><p>Ažurirano: 9. kolovoza 2013.</p><p>Objavljeno: 6. kolovoza 2013.</p>" P_TEXT,
	NULL},
    {"today in Polish", "2014-03-05",
	"<html lang=pl><title>Drogi</title><h1>Drogi</h1><p>Dziś jest 20.11.2015</p><p>5.03.2014</p>" P_TEXT,
	NULL},
};

#define ITEM(day)                                                                                  \
	"<div class=item><span class=date>" day "</span><a href=/a>Something else</a></div>"
#define CARD(day)                                                                                  \
	"<div class=card><a href=/b>Something else</a><time datetime='" day "'>x</time></div>"
#define BOX(day) "<div class=box><h3><a href=/c>Something else</a></h3><p>" day "</p></div>"
#define ITEMS    ITEM("18 November 2017") ITEM("17 November 2017") ITEM("9 October 2017")
#define CARDS    CARD("2017-11-18") CARD("2017-11-17") CARD("2017-10-09")
#define BOXES    BOX("18 November 2017") BOX("17 November 2017") BOX("9 October 2017")

// Lists of other pages and of comments, whose dates are clearer than the text's own.
static const struct dated_page lists[] = {
    {"items behind the text", "2012-09-11",
	"<html lang=en><title>Sea</title><h1>Sea</h1><p>11 September 2012</p>" P_TEXT ITEMS, NULL},
    {"time elements behind the text", "2012-09-11",
	"<html lang=en><title>Sea</title><h1>Sea</h1><p>Jo, 11 September 2012</p>" P_TEXT CARDS,
	NULL},
    {"boxes above the heading", "2012-09-11",
	"<html lang=en><title>Sea</title>" BOXES
	"<h1>Sea</h1><p>updated 11 September 2012</p>" P_TEXT,
	NULL},
    {"items behind a changed text", "2012-09-11",
	"<html lang=ja><title>海</title><h1>海</h1><p>更新日：2012年9月11日</p>" P_TEXT ITEMS,
	NULL},
    {"items behind an agency's text", "2012-09-11",
	"<html lang=en><title>Sea</title><h1>Sea</h1><p>OSLO, Norway, Sept. 11, 2012 /Wire/ -- The sea is said to have come "
	"closer to the town, as it does twice a day, said a person who lives there and has seen it.</p>" ITEMS,
	NULL},
    {"items behind a line of many bytes", "2013-07-22",
	"<html lang=hi><title>रास्ता</title><h1>रास्ता</h1><p>सोमवार, 22 जुलाई, 2013 को 14:05 IST तक के समाचार</p>" P_TEXT
	    ITEMS,
	NULL},
    {"items behind a text changed on its first day", "2012-09-11",
	"<html lang=nl><title>Zee</title><h1>Zee</h1><div id=article-info>Toegevoegd: 11 september 2012, 14:05<br>"
	"Update: 11 september 2012, 18:21</div>" P_TEXT ITEMS,
	NULL},
    {"posts of a thread are a list that begins with its own", "2012-09-11",
	"<html lang=en><title>Sea</title><h1>Sea</h1>" ITEM("11 September 2012")
	    ITEM("12 September 2012") ITEM("13 September 2012"),
	NULL},
    {"a line above the heading, and comments", "2012-09-11",
	"<html lang=en><title>Sea</title><div>11 September 2012</div><h1>Sea</h1>" P_TEXT P_TEXT
	    P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT P_TEXT
		P_TEXT P_TEXT ITEMS,
	NULL},
    {"copyright with a day", "2012-09-11",
	"<html lang=en><title>Sea</title><div>11 September 2012</div><h1>Sea</h1>" P_TEXT
	"<p>© 2003-2018 · 4 January 2018</p>",
	NULL},
    {"a heading of one word below the banner", "2012-09-11",
	"<html lang=en><title>Sea - Notes</title><h1><a href=/>Notes</a></h1><p>4 January 2018</p><ul><li><a href=/1>1</a><li><a href=/2>2</a>"
	"<li><a href=/3>3</a><li><a href=/4>4</a><li><a href=/5>5</a></ul><h2>Sea</h2>" P_TEXT
	"<p>11 September 2012</p>",
	NULL},
    {"a title that is no heading", "2012-09-11",
	"<html lang=en><title>A stormy sea - Notes</title><table><tr><td><b>A stormy sea</b></td></tr><tr><td>11 September 2012</td></tr></table>" P_TEXT
	    ITEMS,
	NULL},
    {"a sentence that ends with another day", "2018-03-29",
	"<html lang=en><title>Owls</title><p>March 29, 2018</p><h1>Owls</h1>" P_TEXT
	"<p>The paper appeared in a journal on Jan. 12, 2018.</p>",
	NULL},
    {"today and the text's day above the heading", "2012-06-26",
	"<html lang=pt-br><title>Rio</title><div id=date>22 de novembro de 2015</div><div id=articleDate>26/06/2012 - 05h45</div><h1>Rio</h1>" P_TEXT,
	NULL},
    {"a description that begins with its day", "2016-08-03",
	"<html lang=de><title>Elbe</title><meta name=description content='03.08.2016 - Ein Besuch an der Elbe.'><h1>Elbe</h1>" P_TEXT_DE,
	NULL},
    {"a description with a day", NULL,
	"<html lang=de><title>Elbe</title><meta name=description content='Seit 03.08.2016 an der Elbe.'><h1>Elbe</h1>" P_TEXT_DE,
	NULL},
    {"the foot of the article itself", "2016-04-12",
	"<html lang=sv><title>Bron</title><header><time datetime='2016-11-20'>20 november</time></header><article><h1>Bron</h1>"
	"<footer><time datetime='2016-04-12'>12 april</time></footer>" P_TEXT "</article>",
	NULL},
    {"today far above the heading", "2012-09-11",
	"<html lang=en><title>Sea</title><div>20 November 2017</div><ul><li><a href=/1>1</a><li><a href=/2>2</a><li><a href=/3>3</a>"
	"<li><a href=/4>4</a><li><a href=/5>5</a><li><a href=/6>6</a></ul><h1>Sea</h1>" P_TEXT
	"<p>Jo, 11 September 2012</p>",
	NULL},
};

// Where something else on the page is dated as clearly as the text, or more so.
static const struct dated_page hard[] = {
    {"_s theme, not changed: published updated", "2015-02-11",
	"<html lang=en><title>Stove</title><h1>Stove</h1><div class=entry-meta><span class=posted-on>Posted on <a rel=bookmark href=/s>"
	"<time class='entry-date published updated' datetime='2015-02-11T10:00:00+00:00'>February 11, 2015</time></a></span></div>" P_TEXT
	"<h2>You may like</h2><p><a href=/o>Oven</a> <time datetime='2016-01-01'>January 1, 2016</time></p>",
	NULL},
    {"_s theme, changed", "2015-02-11",
	"<html lang=en><title>Stove</title><h1>Stove</h1><div class=entry-meta><time class='entry-date published' datetime='2015-02-11T10:00:00+00:00'>"
	"February 11, 2015</time><time class=updated datetime='2016-03-01T10:00:00+00:00'>March 1, 2016</time></div>" P_TEXT,
	NULL},
    {"hAtom: date updated", "2013-05-02",
	"<html lang=en><title>Kettle</title><h1 class=entry-title>Kettle</h1><span class='date updated'>May 2, 2013</span>" P_TEXT
	"<div class=sidebar><h3>New</h3><ul><li>Pans <span class=post-date>June 7, 2015</span></li></ul></div>"
	"<div class=box><a href=/p>Pots</a> <time datetime=2014-09-09>x</time></div>",
	NULL},
    {"footer of the entry after a long text, today in the masthead", "2009-03-18",
	"<html lang=de><title>Der Igel | Gartenfreunde</title><div id=top><div>Gartenfreunde</div><div>Sonntag, 7. Juni 2015</div><ul><li><a href=/>Start</a>"
	"<li><a href=/b>Beete</a><li><a href=/w>Wiesen</a><li><a href=/k>Kontakt</a></ul></div><h1>Der Igel</h1>" P_TEXT_DE
	    P_LONG "<p class=fuss>Geschrieben von Uta am 18.03.2009 um 20:11 Uhr</p>",
	NULL},
    {"site banner whose words are in the title", "2011-07-07",
	"<html lang=en><title>Elder wine | Three small gardens</title><div id=header><h1><a href=/>Three small gardens</a></h1></div>"
	"<div id=left><ul><li><a href=/1>Moss</a> 3 May 2013</li><li><a href=/2>Fern</a> 2 May 2013</li></ul></div>"
	"<div class=post><h2><a href=/elder>Elder wine</a></h2><p>7 July 2011</p>" P_TEXT "</div>",
	NULL},
    {"date within the heading", "2012-09-29",
	"<html lang=de><title>Vereinschronik</title><h1>29.09.2012: Herbstfest im Dorf</h1>" P_TEXT_DE
	"<div id=foot>&copy; 2016</div>",
	NULL},
    {"two-digit year after the author", "2014-03-12",
	"<html lang=de><title>Neue Orgel</title><h1>Neue Orgel</h1><p class=autor>Max Muster | 12.03.14</p>" P_TEXT_DE,
	NULL},
    {"shorthand behind the last paragraph", "2014-03-12",
	"<html lang=de><title>Neue Glocke</title><h1>Neue Glocke</h1>" P_TEXT_DE
	"<p>Das ist der letzte Absatz mit laufendem Text, der so lang ist, dass er nicht als "
	"Zeile gilt, und der am Ende ein Kürzel und den Tag nennt, an dem er geschrieben wurde. (mm, 12.3.2014)</p>",
	NULL},
    {"links to the days before and after", "2013-01-16",
	"<html lang=en><title>Log</title><div class=navigation><a href=/a>15 January 2013</a> | <a href=/b>17 January 2013</a></div><h1>Log</h1>"
	"<div class=entry><h3>Wednesday, 16 January 2013</h3>" P_TEXT "</div>",
	NULL},
    {"time elements of readers' replies without class", "2010-02-20",
	"<html lang=en><title>Gate</title><h1>Gate</h1>" P_TEXT
	"<p>Posted by Ann, 20 February 2010</p><section id=replies><p><b>Bo</b> <time datetime=2010-02-21T10:00>"
	"a day later</time></p><p>Nice gate.</p></section>",
	NULL},
    {"table of facts", "2010-08-30",
	"<html lang=de><title>Bekanntmachung 17</title><h1>Bekanntmachung 17</h1><table><tr><td>Datum:</td><td>30.08.2010</td></tr><tr><td>Gültig bis:</td><td>31.12.2013</td></tr></table>" P_TEXT_DE,
	NULL},
    {"Ausgabe vom", "2007-11-05",
	"<html lang=de><title>Interview</title><h1>Interview</h1><p>Aus der Ausgabe 45/2007 vom 5. November 2007, Seite 12</p>" P_TEXT_DE,
	NULL},
    {"timeago", "2014-10-10",
	"<html lang=en><title>Fix</title><h1>Fix</h1><abbr class=timeago title='2014-10-10T08:00:00Z'>2 years ago</abbr>" P_TEXT,
	NULL},
    {"author box with another date", "2012-12-12",
	"<html lang=en><title>Hat</title><h1>Hat</h1><div class=author-box>Jo has written here since May 1, 2008.</div><div class=dateline>12/12/2012</div>" P_TEXT,
	NULL},
    {"archive list after the post", "2008-10-04",
	"<html lang=en><title>Kite | wind</title><h2>Kite</h2><p>Saturday 4 October 2008</p>" P_TEXT
	"<h3>Archives</h3><ul><li><a href=/1>1 September 2008</a></li>"
	"<li><a href=/2>1 August 2008</a></li></ul><p>Copyright 2008-2014 by me, all rights reserved since 1 May 2005</p>",
	NULL},
    {"abbreviated German month", "2013-03-03",
	"<html lang=de><title>Quark</title><h1>Quark</h1><div class=meta>3. Mrz. 2013 von <a href=/a>Ina</a></div>" P_TEXT_DE,
	NULL},
    {"numbers with blanks", "2014-05-06",
	"<html lang=cs><title>Most</title><h1>Most</h1><div>6. 5. 2014</div>" P_TEXT, NULL},
    {"dots between the parts", "2012-05-21",
	"<html lang=en><title>Dots</title><h1>Dots</h1><div>05.21.2012</div>" P_TEXT, NULL},
    {"upper case", "2012-05-21",
	"<html lang=en><title>Caps</title><h1>Caps</h1><div>MONDAY, MAY 21ST, 2012 BY JO</div>" P_TEXT,
	NULL},
    {"slash and time before", "2011-02-25",
	"<html lang=fr><title>Loup</title><h1>Loup</h1><div>Actualité | 14:12 | 25/02/2011</div>" P_TEXT,
	NULL},
    {"French month in brackets", "2009-12-08",
	"<html lang=fr><title>Neige</title><h1>Neige</h1>" P_TEXT "<p>[8 déc. 2009]</p>", NULL},
    {"Joomla K2", "2012-04-30",
	"<html lang=en><title>Mill</title><div class=itemView><div class=itemHeader><span class=itemDateCreated>Monday, 30 April 2012 10:11</span><h2 class=itemTitle>Mill</h2>"
	"<span class=itemAuthor>Written by Al</span></div>" P_TEXT
	"<span class=itemDateModified>Last modified on Friday, 04 May 2012 12:00</span></div>",
	NULL},
    {"SPIP", "2008-05-14",
	"<html lang=fr><title>Le moulin - Mon village</title><h1 class=titre>Le moulin</h1><p class=info-publi>mercredi 14 mai 2008<span class=auteurs>, par <a>Zoé</a></span></p>" P_TEXT
	"<div class=forum><p>16 mai 2008 - Pol</p></div>",
	NULL},
    {"Plone", "2010-09-21",
	"<html lang=en><title>Roof</title><h1 class=documentFirstHeading>Roof</h1><div class=documentByLine>by <a>admin</a> — last modified <span>Sep 23, 2010 09:00 AM</span>"
	" — published <span>Sep 21, 2010 08:00 AM</span></div>" P_TEXT,
	NULL},
    {"MediaWiki: last change only", "2011-11-11",
	"<html lang=de><title>Kessel – Heimatwiki</title><h1>Kessel</h1>" P_TEXT_DE P_TEXT_DE
	"<ul id=f-list><li id=lastmod>Diese Seite wurde zuletzt am 11. November 2011 um 11:11 Uhr geändert.</li></ul>",
	NULL},
    {"DokuWiki", "2013-08-09",
	"<html lang=de><title>pumpe</title><h1>Pumpe</h1>" P_TEXT_DE
	"<div class=meta><div class=doc>pumpe.txt &middot; Zuletzt geändert: 2013/08/09 10:11 von ina</div></div>",
	NULL},
    {"press release with place", "2013-10-02",
	"<html lang=de><title>Mehr Züge</title><h1>Mehr Züge</h1><p><strong>Hannover, 2. Oktober 2013.</strong> Die Bahn fährt ab Dezember öfter, teilte sie mit, und zwar jede halbe Stunde.</p>" P_TEXT_DE
	"<p>Weitere Informationen finden Sie ab dem 15.12.2013 im Netz.</p>",
	NULL},
};

// Pages as their authors put them together by hand or by a system of their own.
static const struct dated_page more[] = {
    {"sidebar of recent posts before the text, date at its end", "2010-05-19",
	"<html lang=de><title>Frisches Brot — Backstube</title><div id=links><h3>Neu</h3><ul><li><a href=/1>Torte</a><br>03.08.2012</li><li><a href=/2>Kekse</a><br>02.08.2012</li>"
	"<li><a href=/3>Stollen</a><br>01.08.2012</li></ul></div><div id=mitte><h2>Frisches Brot</h2>" P_TEXT_DE
	    P_LONG
	"<div class=unten>19.05.2010, 18:04 von Ute | Kategorie: Rezepte | 3 Kommentare</div></div>",
	NULL},
    {"comments by date with no class", "2009-11-02",
	"<html lang=en><title>Why I left</title><h1>Why I left</h1><div>Nov 2nd, 2009</div>" P_TEXT
	"<h3>3 Responses</h3><div><b>Ann</b> says:<br><small>November 3rd, 2009 at 9:00</small><p>Yes.</p></div>"
	"<div><b>Bob</b> says:<br><small>November 4th, 2009 at 9:00</small><p>No.</p></div>",
	NULL},
    {"comments first dated, post dated after them in the foot", "2009-11-02",
	"<html lang=en><title>Why I left</title><h1>Why I left</h1>" P_TEXT
	"<p>Filed under: life. Posted November 2, 2009 by Kim.</p><h3>Comments</h3><p>Ann, November 3, 2009</p><p>Yes.</p>",
	NULL},
    {"updates within a post", "2011-03-14",
	"<html lang=en><title>Quake</title><h1>Quake</h1><p class=byline>By Jo Roe, 14 March 2011</p><p><b>Update, 16 March 2011:</b> more is known.</p>" P_TEXT
	"<p><b>Update, 15 March 2011:</b> some is known.</p>",
	NULL},
    {"Wetter, Datum, Login in the head", "2012-08-22",
	"<html lang=de><title>Bürger stimmen ab | Anzeiger</title><table><tr><td>Anzeiger</td><td>Wetter: 21 Grad</td><td>Freitag, 24.10.2014</td></tr></table><h2>Lokales</h2>"
	"<h1>Bürger stimmen ab</h1><p>Vom 22.08.2012</p>" P_TEXT_DE,
	NULL},
    {"Artikel vom", "2013-02-13",
	"<html lang=de><title>Fasching</title><h1>Fasching</h1><div class=artikelinfo>Artikel vom 13.02.2013 / Autor: red</div>" P_TEXT_DE
	"<div class=artikelinfo>Artikel drucken</div>",
	NULL},
    {"date and place in a span before the text", "2014-07-30",
	"<html lang=de><title>Ernte</title><h1>Ernte</h1><p><span class=ort>Bad Aibling</span> - <span>30.07.14</span> - Die Ernte beginnt in diesem Jahr früher, und die Bauern freuen sich.</p>" P_TEXT_DE,
	NULL},
    {"heading above, date in a list of facts beside", "2008-01-25",
	"<html lang=de><title>Gutachten</title><h1>Gutachten</h1><ul><li>Autor: M. M.</li><li>Umfang: 120 Seiten</li><li>erschienen: 25.01.2008</li><li>ISBN 978-3-00-012345-6</li></ul>" P_TEXT_DE,
	NULL},
    {"abbr title of hAtom", "2008-09-11",
	"<html lang=fr><title>Marché</title><h2>Marché</h2><abbr class=published title='2008-09-11T09:12:00+0200'>jeudi 11</abbr>" P_TEXT,
	NULL},
    {"Mambo", "2006-05-02",
	"<html lang=en><title>Harbour</title><table><tr><td class=contentheading>Harbour</td></tr></table><table><tr><td><span class=small>Written by Al</span></td></tr>"
	"<tr><td class=createdate>Tuesday, 02 May 2006</td></tr></table>" P_TEXT
	"<div class=moduletable><h3>Latest News</h3><a href=/2>Ships (03 June 2007)</a></div>",
	NULL},
    {"Contao", "2011-10-12",
	"<html lang=de><title>Wandern</title><div class='mod_newsreader'><h1>Wandern</h1><p class=info>12.10.2011 07:44 <span>von Ina Ost</span></p>" P_TEXT_DE
	"</div>"
	"<div class=mod_newslist><h2>Mehr</h2><p class=info>14.10.2011 08:00</p></div>",
	NULL},
    {"Textpattern", "2007-07-19",
	"<html lang=en><title>house: Bolt</title><h3><a href=/bolt>Bolt</a> &#183; <span class=published>19 July 2007, 21:33</span></h3>" P_TEXT,
	NULL},
    {"Dotclear", "2009-02-26",
	"<html lang=fr><title>Le ruisseau - Chemins</title><h1><a href=/>Chemins</a></h1><h2 class=post-title>Le ruisseau</h2><p class=post-info>Par Zoé le jeudi, février 26 2009, 10:12 - <a>Nature</a></p>" P_TEXT,
	NULL},
    {"LiveJournal", "2005-12-31",
	"<html lang=en><title>kim: year's end</title><table class=entryheader><tr><td>kim</td><td>@ <a>2005</a>-<a>12</a>-<a>31</a> 14:02:00</td></tr></table><p><b>year's end</b></p>" P_TEXT
	"<div id=comments><table><tr><td>2006-01-01 09:00 am UTC</td></tr></table></div>",
	NULL},
    {"usenet", "2001-04-30",
	"<html><title>Re: knots</title><pre>From: kim@example.org\nSubject: Re: knots\nDate: Mon, 30 Apr 2001 10:00:00 +0200\n\nI wrote on 28 Apr 2001 that a knot is a knot.</pre>",
	NULL},
    {"mailing list archive", "2004-06-01",
	"<html><title>[list] Release</title><h1>[list] Release</h1><b>Kim</b> <a href=mailto:k>k at example.org</a><br><i>Tue Jun  1 10:11:12 CEST 2004</i><ul><li>Previous message: x</li></ul>"
	"<pre>Out now.</pre>",
	NULL},
    {"Wikinews", "2010-04-15",
	"<html lang=en><title>Ash cloud closes airports - News</title><h1>Ash cloud closes airports</h1><p><strong class=published><span id=publishDate class=value-title title=2010-04-15></span>Thursday, April 15, 2010</strong></p>" P_TEXT
	"<li id=lastmod>This page was last modified on 22 May 2011, at 11:11.</li>",
	NULL},
    {"another date of the page tells the order", "2012-06-01",
	"<html lang=en><title>Tea time</title><h1>Tea time</h1><div>01/06/2012 10:10</div>" P_TEXT
	"<p>31/05/2012</p>",
	NULL},
    {"day of a file", "2012-06-01",
	"<html lang=de><title>Antrag</title><h1>Antrag</h1><p>Antrag.pdf (120 KB, 2. Mai 2011)</p><p>Eingestellt von Kim am 1.6.2012</p>",
	NULL},
    {"days that the text tells of, and its last change", "2012-06-01",
	"<html lang=en><title>Mill</title><h1>Mill</h1><p>On 3 May 2001 it was founded, and on 5 May 2005 it was closed again by the owner who did not like it.</p>"
	"<div id=footer><ul><li id=footer-info-lastmod>This page was last modified on 1 June 2012 at 10:10.</li></ul></div>",
	NULL},
    {"born, written", "2012-06-01",
	"<html lang=de><title>Karl Maier</title><h1>Karl Maier</h1><p>geboren am 3. April 1996 in Ulm</p><p>Autor: Kim, 1. Juni 2012</p>" P_TEXT_DE,
	NULL},
    {"no date in the meta tags", "2013-02-04",
	"<html><title>A</title><meta name=date content='0000-00-00'><meta property='article:published_time' content='-0001-11-30T00:00:00+00:00'>"
	"<meta name=pubdate content='[% date %]'><h1>A</h1><p>4 February 2013</p>" P_TEXT,
	NULL},
    {"vBulletin", "2008-03-04",
	"<html lang=en><title>How to fix a tap</title><table class=tborder id=post1><tr><td class=thead><a name=post1></a> 03-04-2008, 05:11 PM</td></tr><tr><td>bob<br>Registered User<br>"
	"Join Date: Mar 2006<br>Posts: 2,010</td><td><strong>How to fix a tap</strong><div>text text</div></td></tr></table><table class=tborder id=post2><tr><td class=thead>03-05-2008, 05:11 PM</td></tr>"
	"<tr><td>al Join Date: Jan 2007</td><td>ok</td></tr></table>",
	NULL},
    {"Burning Board", "2010-04-06",
	"<html lang=de><title>Frage zum Motor - Forum</title><h1><a href=/>Forum</a></h1><h2>Frage zum Motor</h2><div class=message><div class=messageSidebar>Kai<ul><li>Registrierungsdatum: 3. Mai 2009</li></ul></div>"
	"<p class=light>Dienstag, 6. April 2010, 10:11</p><h3>Frage zum Motor</h3><div>Text</div></div><div class=message><ul><li>Registrierungsdatum: 4. Mai 2008</li></ul><p class=light>Mittwoch, 7. April 2010, 10:11</p></div>",
	NULL},
    {"Spanish with del", "2014-11-03",
	"<html lang=es><title>Feria</title><h1>Feria</h1><p>Lunes, 03 de Noviembre del 2014 08:00</p>" P_TEXT,
	NULL},
    {"Hungarian", "2012-06-08",
	"<html lang=hu><title>Híd</title><h1>Híd</h1><p>2012. június 8. péntek</p>" P_TEXT, NULL},
    {"Japanese", "2013-12-01",
	"<html lang=ja><title>雪</title><h1>雪</h1><p>投稿日: 2013年12月1日</p>" P_TEXT
	"<p>更新日: 2014年1月5日</p>",
	NULL},
    {"Danish", "2010-09-03",
	"<html lang=da><title>Bro</title><h1>Bro</h1><p>Fredag d. 3. september 2010 kl. 10:00</p>" P_TEXT,
	NULL},
    {"Finnish", "2011-01-07",
	"<html lang=fi><title>Jää</title><h1>Jää</h1><p>Julkaistu 7.1.2011 klo 10.15 - Päivitetty 8.1.2011</p>" P_TEXT,
	NULL},
    {"Greek", "2012-01-25",
	"<html lang=el><title>Νερό</title><h1>Νερό</h1><p>Τετάρτη, 25 Ιανουαρίου 2012</p>" P_TEXT,
	NULL},
    {"Indonesian", "2014-08-17",
	"<html lang=id><title>Kota</title><h1>Kota</h1><p>Minggu, 17 Agustus 2014 | 10:00 WIB</p>" P_TEXT,
	NULL},
};

static bool
reads_right(const struct dated_page *d)
{
	struct fixture f;
	struct metadata m;
	cJSON *schema;
	bool right;

	fixture_open(&f, d->html, d->url ? d->url : "https://www.example.org/x");
	f.p.schema = schema = schema_read(&f.p);
	metadata_read(&f.p, &m);
	right = d->expected ? sv_eq_str(sv_sub(m.published, 0, 10), d->expected) : !m.published.p;
	if (!right)
		print_error("%s: " SV_FMT ", expected %s\n", d->name, SV_ARG(m.published),
		    d->expected ? d->expected : "none");
	cJSON_Delete(schema);
	fixture_close(&f);
	return right;
}

static void
read_all(const struct dated_page *v, size_t n)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += !reads_right(&v[i]);
	assert_int_equal(wrong, 0);
}

static void
old_blogs(void **state)
{
	(void)state;
	read_all(blogs, ARRAY_LEN(blogs));
}

static void
news_in_many_languages(void **state)
{
	(void)state;
	read_all(news, ARRAY_LEN(news));
}

static void
forums_and_hand_made_pages(void **state)
{
	(void)state;
	read_all(others, ARRAY_LEN(others));
}

static void
rare_places_and_spellings(void **state)
{
	(void)state;
	read_all(places, ARRAY_LEN(places));
}

static void
pages_made_by_hand(void **state)
{
	(void)state;
	read_all(more, ARRAY_LEN(more));
}

static void
lists_beside_the_text(void **state)
{
	(void)state;
	read_all(lists, ARRAY_LEN(lists));
}

static void
words_of_other_languages(void **state)
{
	(void)state;
	read_all(abroad, ARRAY_LEN(abroad));
}

static void
other_dates_beside_the_texts_own(void **state)
{
	(void)state;
	read_all(hard, ARRAY_LEN(hard));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(old_blogs),
	    cmocka_unit_test(news_in_many_languages),
	    cmocka_unit_test(forums_and_hand_made_pages),
	    cmocka_unit_test(rare_places_and_spellings),
	    cmocka_unit_test(pages_made_by_hand),
	    cmocka_unit_test(words_of_other_languages),
	    cmocka_unit_test(lists_beside_the_text),
	    cmocka_unit_test(other_dates_beside_the_texts_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
