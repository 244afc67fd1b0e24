// SPDX-License-Identifier: Apache-2.0
// Pages that declare no encoding: sentences in many languages, encoded here, must be read back. And
// what a <meta> or an XML declaration says, read as the standard has it.
#include "extract/html/charset_priv.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct detect_case {
	const char *encoding, *iconv_name, *text;
} cases[] = {
    {"windows-1251", "CP1251",
	"Смотритель маяка каждое утро поднимался по лестнице и записывал, сколько судов прошло мимо скалы."},
    {"koi8-r", "KOI8-R",
	"Смотритель маяка каждое утро поднимался по лестнице и записывал, сколько судов прошло мимо скалы."},
    {"iso-8859-5", "ISO-8859-5",
	"Смотритель маяка каждое утро поднимался по лестнице и записывал, сколько судов прошло мимо скалы."},
    {"ibm866", "CP866",
	"Смотритель маяка каждое утро поднимался по лестнице и записывал, сколько судов прошло мимо скалы."},
    {"windows-1251", "CP1251",
	"Наглядач маяка щоранку піднімався сходами й записував, скільки кораблів пройшло повз її скелю."},
    {"windows-1251", "CP1251",
	"Пазачът на фара всяка сутрин се изкачваше по стълбата и записваше колко кораба са минали покрай скалата."},
    {"windows-1253", "CP1253",
	"Ο φύλακας του φάρου ανέβαινε κάθε πρωί τη σκάλα και έγραφε πόσα πλοία πέρασαν από τον βράχο."},
    {"windows-1255", "CP1255", "שומר המגדלור עלה בכל בוקר במדרגות ורשם כמה אוניות עברו ליד הסלע."},
    {"windows-1256", "CP1256",
	"كان حارس المنارة يصعد الدرج كل صباح ويكتب عدد السفن التي مرت بجانب الصخرة."},
    {"windows-874", "CP874", "ผู้ดูแลประภาคารขึ้นบันไดทุกเช้าและจดว่ามีเรือกี่ลำผ่านโขดหินไป"},
    {"windows-1254", "CP1254",
	"Fener bekçisi her sabah merdivenleri çıkar ve kayanın yanından kaç geminin geçtiğini yazardı; ışık hiç sönmedi."},
    {"windows-1250", "CP1250",
	"Latarnik każdego ranka wchodził po schodach i zapisywał, ile statków minęło skałę; światło nigdy nie gasło, a północ była cicha."},
    {"iso-8859-2", "ISO-8859-2",
	"Latarnik każdego ranka wchodził po schodach i zapisywał, ile statków minęło skałę; światło nigdy nie gasło, a północ była cicha."},
    {"windows-1250", "CP1250",
	"Strážce majáku vystoupal každé ráno po schodech a zapsal, kolik lodí proplulo kolem skály; příští léto už tam nežil."},
    {"windows-1250", "CP1250",
	"A világítótorony őre minden reggel fölment a lépcsőn, és fölírta, hány hajó ment el a szikla mellett; az időjárás gyönyörű volt, a fű zöld."},
    {"windows-1257", "CP1257",
	"Švyturio prižiūrėtojas kiekvieną rytą lipdavo laiptais ir užrašydavo, kiek laivų praplaukė pro uolą; šviesa niekada neužgeso."},
    {"windows-1252", "CP1252",
	"Le gardien du phare montait chaque matin l’escalier et notait combien de navires étaient passés près du rocher où il vivait ; l’été, ça le réjouissait."},
    {"windows-1252", "CP1252",
	"Der Wärter des Leuchtturms stieg jeden Morgen über die Treppe und schrieb auf, wie viele Schiffe vorübergefahren waren; im Frühling blühte es überall, groß und schön."},
    {"windows-1252", "CP1252",
	"El guardián subía cada mañana y escribía cuántos barcos habían pasado junto a la roca; ¿quién lo leería después?"},
    {"windows-1252", "CP1252",
	"Fyrvaktaren gick varje morgon uppför trappan och skrev upp hur många skepp som hade gått förbi klippan på natten."},
    {"windows-1252", "CP1252",
	"The keeper didn’t say “good night” – he never did. It’s said he’d rather count ships than sheep."},
    {"windows-1252", "CP1252",
	"Vitavörðurinn gekk á hverjum morgni upp stigann og skráði hve mörg skip höfðu farið fram hjá klettinum; það þótti öllum gott."},
    {"shift_jis", "CP932",
	"灯台守は毎朝階段をのぼり、岩のそばを通った船の数を書きとめた。光は一度も消えなかった。"},
    {"euc-jp", "EUC-JP",
	"灯台守は毎朝階段をのぼり、岩のそばを通った船の数を書きとめた。光は一度も消えなかった。"},
    {"iso-2022-jp", "ISO-2022-JP", "灯台守は毎朝階段をのぼり、船の数を書きとめた。"},
    {"gbk", "GBK",
	"灯塔的看守人每天早上爬上楼梯，记下有多少船从岩石旁边经过。那盏灯从来没有熄灭过。"},
    {"big5", "BIG5",
	"燈塔的看守人每天早上爬上樓梯，記下有多少船從岩石旁邊經過。那盞燈從來沒有熄滅過。"},
    {"euc-kr", "CP949",
	"등대지기는 매일 아침 계단을 올라가서 바위 옆을 지나간 배가 몇 척인지 적었다. 불빛은 한 번도 꺼지지 않았다."},
    {"utf-8", NULL,
	"Most of it is fine – “quite” fine, naïve café, Ærø, ÿ, and more – “again” – but this byte is not: \xff ."},
};

static void
encode(const char *text, const char *name, struct buf *out)
{
	iconv_t cd = name ? iconv_open(name, "UTF-8") : (iconv_t)-1;
	char *in = (char *)text, *to = buf_reserve(out, 4096), *start = to;
	size_t left = strlen(text), room = 4000;

	if (!name) {
		buf_str(out, text);
		return;
	}
	assert_true(cd != (iconv_t)-1);
	assert_int_equal((int)iconv(cd, &in, &left, &to, &room), 0);
	assert_int_equal((int)iconv(cd, NULL, NULL, &to, &room), 0);
	out->n += (size_t)(to - start);
	iconv_close(cd);
}

static void
is_read_back(void **state)
{
	const struct detect_case *c = *state;
	cleanup_buf body = BUF_INIT, page = BUF_INIT, out = BUF_INIT, want = BUF_INIT;
	const char *name = "";
	struct err err = ERR_INIT;

	charset_init();
	encode(c->text, c->iconv_name, &body);
	buf_str(&page, "<!doctype html><title>x</title><body class=\"a b\"><p>");
	buf_sv(&page, buf_view(&body));
	buf_str(&want, "<!doctype html><title>x</title><body class=\"a b\"><p>");
	buf_str(&want, c->text);
	assert_int_equal(charset_to_utf8(buf_view(&page), NULL, &out, &name, &err), 0);
	assert_string_equal(name, c->encoding);
	if (c->iconv_name)
		assert_string_equal(out.p, want.p);
}

static const struct {
	const char *page, *encoding;
} declared[] = {
    {"<meta charset=koi8-r>", "koi8-r"},
    {"<META CHARSET = 'KOI8-R' >", "koi8-r"},
    {"<meta content='text/html; charset=koi8-r' http-equiv=Content-Type>", "koi8-r"},
    {"<meta http-equiv=content-type content='text/html; charset=\"koi8-r\"'>", "koi8-r"},
    {"<meta http-equiv=refresh content='1; charset=koi8-r'>", NULL},
    {"<meta content='text/html; charset=koi8-r'>", NULL},
    {"<meta charset=no-such><meta charset=koi8-r>", "koi8-r"},
    {"<!-- <meta charset=big5> --><meta charset=koi8-r>", "koi8-r"},
    {"<div title='<meta charset=big5>'><meta charset=koi8-r>", "koi8-r"},
    {"</p <meta charset=big5>><meta charset=koi8-r>", "koi8-r"},
    {"<!x charset=big5><?y charset=big5><metadata charset=big5><meta charset=koi8-r>", "koi8-r"},
    {"<meta charset=utf-16>", "utf-8"},
    {"<meta charset=x-user-defined>", "windows-1252"},
    {"<?xml version='1.0' encoding='koi8-r'?><html>", "koi8-r"},
    {"<?xml version='1.0' encoding='koi8-r'?><meta charset=big5>", "big5"},
    {"<?xml version='1.0'?><html>", NULL},
    {"<?xml encoding", NULL},
    {"<meta charset", NULL},
    {"<meta charset=", NULL},
    {"<meta charset='", NULL},
    {"<", NULL},
    {"", NULL},
};

static void
a_page_says_its_encoding(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(declared); i++) {
		const char *name = charset_prescan(sv_from(declared[i].page));

		if (declared[i].encoding && name)
			assert_string_equal(name, declared[i].encoding);
		else
			assert_ptr_equal(name, declared[i].encoding);
	}
	assert_string_equal(charset_prescan((struct sv){"<\0?\0x\0m\0", 8}), "utf-16le");
	assert_string_equal(charset_prescan((struct sv){"\0<\0?\0x\0m", 8}), "utf-16be");
}

static void
labels_are_those_of_the_standard(void **state)
{
	static const struct {
		const char *label, *name;
	} labels[] = {{" UTF8\n", "utf-8"}, {"unicode-1-1-utf-8", "utf-8"},
	    {"ascii", "windows-1252"}, {"l1", "windows-1252"}, {"iso-ir-101", "iso-8859-2"},
	    {"csisolatin4", "iso-8859-4"}, {"ecma-114", "iso-8859-6"},
	    {"sun_eu_greek", "iso-8859-7"}, {"logical", "iso-8859-8-i"}, {"visual", "iso-8859-8"},
	    {"csiso88598e", "iso-8859-8"}, {"dos-874", "windows-874"},
	    {"x-mac-ukrainian", "x-mac-cyrillic"}, {"iso-ir-58", "gbk"}, {"x-gbk", "gbk"},
	    {"windows-949", "euc-kr"}, {"ms932", "shift_jis"}, {"hz-gb-2312", "replacement"},
	    {"ucs-2", "utf-16le"}, {"unicodefffe", "utf-16be"},
	    {"x-user-defined", "x-user-defined"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		assert_string_equal(charset_of_label(sv_from(labels[i].label)), labels[i].name);
	assert_null(charset_of_label(SV("utf-7")));
	assert_null(charset_of_label(SV("")));
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases) + 2];
	size_t n = 0;

	for (; n < ARRAY_LEN(cases); n++)
		tests[n] = (struct CMUnitTest){.name = cases[n].text,
		    .test_func = is_read_back,
		    .initial_state = (void *)&cases[n]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_page_says_its_encoding);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(labels_are_those_of_the_standard);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
