// SPDX-License-Identifier: Apache-2.0
// What news and blogs put between and below their paragraphs, as they say it in their languages: in
// small letters, apart by '|'. Read by asides.c. One row per kind; the lists grow by words of sites
// that were read, never by guesses of what a sentence might mean.
#ifndef EXTRACT_ASIDES_TABLE_H
#define EXTRACT_ASIDES_TABLE_H

// clang-format off
// A block of nothing but this: labels of advertisements, buttons that share.
#define ASIDE_LABELS \
	"anzeige|werbung|advertisement|advertisements|advertisement · scroll to continue|skip advertisement|" \
	"story continues below advertisement|article continues below advertisement|" \
	"article continues after advertisement|article continues below|publicité|publicidad|pubblicità|" \
	"publicidade|advertentie|reklama|reklam|hirdetés|реклама|διαφήμιση|إعلان|إعلانات|פרסומת|広告|广告|廣告|" \
	"haberin devamı|la suite après cette publicité|la suite après la publicité|" \
	"continua después de la publicidad|continua dopo la pubblicità|continua após a publicidade|" \
	"artikel teilen|diesen artikel teilen|artikel drucken|drucken|teilen|partager|partager cet article|" \
	"imprimer|imprimir|compartir|condividi|compartilhar|compartilhe|udostępnij|drukuj|поделиться|paylaş|" \
	"yazdır|stampa|deel dit artikel|dela artikeln|dela|sdílet|sdílejte článek|megosztás|κοινοποίηση|" \
	"مشاركة|שתפו|印刷|シェア|分享|공유|인쇄"

// A block that begins with this and else is links, or a label of links.
#define ASIDE_POINTERS \
	"lesen sie auch|lesen sie dazu|lesen sie hier|lesen sie mehr|lesen sie weiter|lies auch|auch interessant|" \
	"auch lesenswert|mehr dazu|mehr zum thema|mehr zu diesem thema|siehe auch|passend zum thema|passend dazu|" \
	"das könnte sie auch interessieren|das könnte sie interessieren|das könnte dich auch interessieren|" \
	"das könnte dich interessieren|das könnte dir auch gefallen|zum weiterlesen|" \
	"lire aussi|à lire aussi|a lire aussi|lire également|à lire également|à lire sur|voir aussi|à voir aussi|" \
	"sur le même sujet|lisez aussi|" \
	"lee también|lea también|lee además|lea además|leer también|leé también|te puede interesar|" \
	"le puede interesar|también te puede interesar|te recomendamos|mirá también|mira también|" \
	"más información|ver también|vea también|noticia relacionada|noticias relacionadas|" \
	"leggi anche|leggi pure|potrebbe interessarti|ti potrebbe interessare|vedi anche|guarda anche|" \
	"leia também|leia mais|leia ainda|veja também|confira também|" \
	"lees ook|lees verder|bekijk ook|luister ook|lees meer over|" \
	"czytaj także|czytaj też|czytaj również|czytaj więcej|przeczytaj także|przeczytaj też|" \
	"przeczytaj również|zobacz także|zobacz też|zobacz również|sprawdź także|" \
	"čtěte také|čtěte též|přečtěte si také|přečtěte si|mohlo by vás zajímat|mohlo by vás také zajímat|" \
	"čítajte aj|prečítajte si aj|čítajte tiež|citește și|citeşte şi|citeste si|citeste și|vezi și|" \
	"olvassa el ezt is|olvasd el ezt is|ezt is ajánljuk|kapcsolódó|pročitajte još|pročitajte i|" \
	"procitajte i|preberite tudi|прочетете още|вижте още|четете още|" \
	"читайте также|читать также|смотрите также|материалы по теме|читайте ещё|читайте еще|читайте также на|" \
	"читайте також|читайте ще|дивіться також|чытайце таксама|" \
	"läs mer|läs också|läs även|les også|les mer|les også på|læs også|læs mere|lue myös|loe ka|" \
	"lasi arī|taip pat skaitykite|skaitykite taip pat|" \
	"διαβάστε επίσης|διαβάστε ακόμη|διαβάστε ακόμα|διαβάστε περισσότερα|διαβάστε και|διαβαστε επισης|" \
	"διαβαστε ακομη|διαβαστε ακομα|δείτε επίσης|δείτε ακόμα|δειτε επισης|" \
	"bu haber de ilginizi çekebilir|bunlar da ilginizi çekebilir|ilgili haber|ilginizi çekebilir|ayrıca bakınız|" \
	"baca juga|simak juga|lihat juga|xem thêm|đọc thêm|" \
	"اقرأ أيضا|اقرأ أيضًا|اقرأ ايضا|إقرأ أيضا|إقرأ أيضًا|اقرأ المزيد|شاهد أيضا|شاهد أيضًا|مواضيع ذات صلة|" \
	"بیشتر بخوانید|همچنین بخوانید|" \
	"קראו גם|קראו עוד|ראו גם|כתבות נוספות|יעניין אתכם גם|" \
	"関連記事|あわせて読みたい|合わせて読みたい|こちらもおすすめ|【関連記事】|" \
	"相关阅读|相關閱讀|延伸閱讀|延伸阅读|相关报道|相关新闻|相關新聞|관련 기사|관련기사|related:|see also:|must read:|" \
	"inhaltsverzeichnis|inhalt des artikels|table des matières|sommaire|indice dei contenuti|" \
	"tabla de contenidos|índice de contenidos|spis treści|inhoudsopgave|оглавление|содержание статьи|" \
	"περιεχόμενα|目次|المصدر" \
	"|lesen sie außerdem|lesen sie ebenfalls|lies dazu|lies mehr|mehr:|mehr lesen|hier weiterlesen" \
	"|auch spannend|empfohlene artikel|lire plus|à lire|à voir|à écouter|à découvrir|lire notre" \
	"|relire notre|lee más|leer más|lea más|ver más|le recomendamos|te sugerimos|además lee" \
	"|sigue leyendo|siga leyendo|leggi di più|leggi qui|potrebbe anche interessarti" \
	"|per saperne di più|ler também|leia a seguir|veja mais|saiba mais|lees hier|zie ook" \
	"|ook interessant|meer over dit onderwerp|dowiedz się więcej|sprawdź też|zobacz więcej" \
	"|warto przeczytać|więcej na ten temat|см. также|подробнее по теме|ещё по теме|еще по теме" \
	"|читайте на эту тему|рекомендуем|ayrıca okuyun|bunu da oku|اقرأ أكثر|موضوعات متعلقة" \
	"|أخبار ذات صلة|もっと読む|続きを読む|次ページ|次のページ|推荐阅读|推薦閱讀|更多新闻|citește mai mult|viac o téme|více k tématu"

// Heads what follows to the end of its element, when that is teasers.
#define ASIDE_MORE \
	"weitere artikel|weitere meldungen|weitere nachrichten|weitere themen|weitere beiträge|weitere storys|" \
	"mehr aus|mehr zum thema|mehr von|das könnte sie auch interessieren|das könnte dich auch interessieren|" \
	"das könnte dir auch gefallen|meistgelesen|meistgelesene|am meisten gelesen|neueste artikel|" \
	"ähnliche beiträge|ähnliche artikel|verwandte artikel|auch interessant|" \
	"à lire aussi|à lire également|les plus lus|sur le même sujet|articles similaires|articles liés|" \
	"dans la même rubrique|vous aimerez aussi|" \
	"noticias relacionadas|artículos relacionados|lo más visto|lo más leído|las más leídas|últimas noticias|" \
	"te puede interesar|también te puede interesar|entradas relacionadas|" \
	"articoli correlati|i più letti|notizie correlate|potrebbe interessarti|ti potrebbe interessare|" \
	"leia também|notícias relacionadas|mais lidas|veja também|artigos relacionados|" \
	"meest gelezen|gerelateerde artikelen|lees ook|najczęściej czytane|podobne wpisy|podobne artykuły|" \
	"wybrane dla ciebie|zobacz także|czytaj także|související články|nejčtenější|další články|" \
	"читайте также|похожие статьи|похожие записи|последние новости|популярное|самое читаемое|" \
	"новости по теме|ilgili haberler|benzer haberler|çok okunanlar|kapcsolódó cikkek|legolvasottabb|" \
	"σχετικά άρθρα|ροή ειδήσεων|διαβάστε επίσης|läs också|mest läst|mest lest|mest læste|luetuimmat|" \
	"related articles|related posts|related stories|related news|you may also like|you might also like|" \
	"most read|most popular|read next|top stories|latest stories|" \
	"الأكثر قراءة|مواضيع ذات صلة|حول هذه القصة|اقرأ أيضا|כתבות נוספות|" \
	"関連記事|関連ニュース|アクセスランキング|相关新闻|相关阅读|相关文章|热门文章|阅读排行榜|相關新聞|" \
	"관련 기사|관련기사|많이 본 뉴스|인기 기사|주요 뉴스"
// Short blocks that say this anywhere ask the reader for something or tell the law: consent to what
// others embed, newsletters, subscriptions, channels to follow, rights, faults to report.
#define ASIDE_PLEAS \
	"wir benötigen ihre zustimmung|wir brauchen ihre zustimmung|empfohlener externer inhalt|" \
	"empfohlener redaktioneller inhalt|dass mir externe inhalte angezeigt werden|" \
	"mit ihrer zustimmung wird hier|an dieser stelle finden sie einen externen inhalt|" \
	"personenbezogene daten an drittplattformen|abmelden jederzeit möglich|" \
	"abmeldung jederzeit möglich|newsletter abonnieren|newsletter bestellen|" \
	"für den newsletter anmelden|zum newsletter anmelden|es gelten unsere datenschutzhinweise|" \
	"direkt in ihr postfach|in ihre mailbox|hier können sie ihn abonnieren|" \
	"hier können sie den newsletter|newsletter mit den wichtigsten nachrichten|" \
	"auf whatsapp abonnieren|folgen sie uns|folge uns auf|folgt uns auf|sie sind bereits abonnent|" \
	"sie haben bereits ein abo|jetzt alle artikel|gegenüber dem monatsabo|alle rechte vorbehalten|" \
	"rechte an diesem artikel|rechte am artikel|haben sie einen fehler|fehler im text entdeckt|" \
	"artikel versenden|leserbrief schreiben|sie sind hier:|sie befinden sich hier:|" \
	"original-content von|inscrivez-vous à la newsletter|inscrivez-vous à notre newsletter|" \
	"s’inscrire à la newsletter|abonnez-vous à notre newsletter|dans votre boîte mail|" \
	"suivez-nous sur|abonnez-vous pour lire|déjà abonné|réservée aux abonnés|réservé aux abonnés|" \
	"réservé à nos abonnés|tous droits réservés|las noticias más importantes en tu correo|" \
	"en tu bandeja de entrada|suscríbete a nuestra newsletter|suscríbete a la newsletter|" \
	"apúntate a la newsletter|recíbela en tu correo|sigue toda la información|sigue leyendo en|" \
	"síguenos en|síganos en|seguinos en|únete a nuestro canal|suscríbete para seguir leyendo|" \
	"ya eres suscriptor|todos los derechos reservados|iscriviti alla newsletter|" \
	"iscriviti alla nostra newsletter|nella tua casella|seguici su|unisciti al canale|" \
	"abbonati per continuare|sei già abbonato|riproduzione riservata|tutti i diritti riservati|" \
	"diritti sono riservati|scarica la app|assine a newsletter|assine nossa newsletter|" \
	"receba as notícias|siga-nos no|participe do canal|clique aqui para seguir|já é assinante|" \
	"todos os direitos reservados|compartilhe no whatsapp|compartilhe no telegram|" \
	"compartilhe esta notícia|schrijf je in voor|meld je aan voor de nieuwsbrief|volg ons op|" \
	"alle rechten voorbehouden|zapisz się na newsletter|zapisz się do newslettera|" \
	"zapisz się na nasz|w twojej skrzynce|obserwuj nas|dołącz do nas na|wszelkie prawa zastrzeżone|" \
	"chroniony prawem autorskim|masz już prenumeratę|czekamy na wasze|zauważyłeś błąd|" \
	"přihlaste se k odběru|odběr newsletteru|do vaší schránky|sledujte nás|všechna práva vyhrazena|" \
	"подпишитесь на|подписывайтесь на|подписывайся на|подпишись на|в нашем telegram|" \
	"в наших соцсетях|наш telegram-канал|наш телеграм-канал|все права защищены|" \
	"если вы заметили ошибку|нашли ошибку|підписуйтесь на|підпишіться на|якщо ви помітили помилку|" \
	"iratkozzon fel|iratkozz fel|kövessen minket|kövess minket|minden jog fenntartva|borítókép:|" \
	"ακολουθήστε το|ακολουθήστε μας|εγγραφείτε στο newsletter|στο google news|google news'te|" \
	"google news’te|bizi takip edin|abone olmak için|abone ol google news|tüm hakları saklıdır|" \
	"prenumerera på vårt nyhetsbrev|vårt nyhetsbrev|i din inkorg|følg oss på|följ oss på|" \
	"تابعوا قناتنا|تابعونا على|تابعنا على|اشترك في النشرة|جميع الحقوق محفوظة|הירשמו לניוזלטר|" \
	"הצטרפו לערוץ|כל הזכויות שמורות|מצאתם טעות|無断転載|転載を禁じ|有料会員になると|会員限定の有料記事|ログインして続き|版权所有|责任编辑|" \
	"責任編輯|您现在的位置|下载客户端|扫描二维码|关注微信公众号|무단전재|무단 전재|재배포 금지|재배포금지|구독하기|뉴스레터를 받아|mit * markierte links|" \
	"als amazon-partner|link di affiliazione|enlaces de afiliados|liens affiliés|linki afiliacyjne|" \
	"een versie van dit artikel verscheen|contains affiliate links|contain affiliate links|" \
	"includes affiliate links|we may earn a|may earn us a commission|our standards: the thomson|" \
	"follow us on|sign up here.|die kommentare zu diesem eintrag|" \
	"you can follow any responses to this entry|puedes seguir las respuestas a esta entrada|" \
	"nehmen sie die datenschutzerklärung zur kenntnis|all rights reserved|unseren newsletter|" \
	"unseren kostenlosen newsletter|unserem newsletter|newsletter anmelden|" \
	"unterstützen sie unabhängigen journalismus|diesen artikel weiterempfehlen|" \
	"um diesen artikel zu lesen|um den artikel weiterzulesen|nous suivre sur|notre newsletter|" \
	"nos newsletters|je m'inscris|je m’inscris|je m'abonne|je m’abonne|cet article est réservé|" \
	"faites un don|reproduction interdite|suivez toute l'actualité|suivez toute l’actualité|" \
	"nuestra newsletter|nuestro boletín|suscríbete al boletín|inicia sesión para|" \
	"exclusivo para suscriptores|prohibida su reproducción|prohibida la reproducción|" \
	"nostra newsletter|resta aggiornato|riservato agli abbonati|nossa newsletter|" \
	"exclusivo para assinantes|proibida a reprodução|onze nieuwsbrief|blijf op de hoogte van|" \
	"alleen voor abonnees|klopt er iets niet|fout gezien|nasz newsletter|naszego newslettera|" \
	"śledź nas|polub nas na|bądź na bieżąco|dalszy ciąg materiału pod wideo|" \
	"dalsza część artykułu pod|dalsza część tekstu pod|ciąg dalszy pod|artykuł dostępny tylko|" \
	"newsletteru|článek pokračuje|pokračování článku|pouze pro předplatitele|" \
	"при использовании материалов|при копировании материалов|продолжение после рекламы|" \
	"kaynak gösterilmeden|انضم إلى قناتنا|عضو کانال|友だち追加|公式line|記事・写真の転載|네이버에서 구독|免责声明|转载请注明|" \
	"轉載請註明|不得转载|κάντε εγγραφή|hírlevelünkre|hírlevelünk|nyhetsbrevet|tilaa uutiskirje|" \
	"abonează-te la|aboneaza-te la|urmărește-ne|pratite nas na|de cet article à lire|" \
	"выделите фрагмент текста|нажмите ctrl|и нажмите ctrl|подписывайтесь на наш"

// Heads what readers said, with nothing but numbers beside it.
#define ASIDE_TALKS \
	"kommentare|leserkommentare|nutzerkommentare|alle kommentare|postings|diskutieren sie mit|" \
	"comments|reader comments|commentaires|vos commentaires|comentarios|opiniones de los lectores|" \
	"commenti|comentários|reacties|komentarze|opinie czytelników|komentáře|komentáre|hozzászólások|" \
	"kommentek|комментарии|комментариев|комментария|коментарі|коментари|коментара|yorumlar|σχόλια|" \
	"kommentarer|kommentit|comentarii|komentari|التعليقات|تعليقات|نظرات|תגובות|コメント|" \
	"網友評論|网友评论|댓글|100자평"

// The same only with a number: these head parts of articles, too.
#define ASIDE_TALKS_COUNTED \
	"kommentar|forum|diskussion|antworten|comment|commentaire|réactions|comentario|commento|comentário|" \
	"reactie|komentarz|komentář|diskuse|diskuze|diskusia|hozzászólás|комментарий|yorum|σχόλιο|" \
	"评论|留言"
// clang-format on

#endif
