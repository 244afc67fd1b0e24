// SPDX-License-Identifier: Apache-2.0
// Encodings by their names and labels (Encoding standard, 4.2). No encoding is read here.
#include "extract/charset_labels.h"

// clang-format off
static const char *const names[] = {
	"utf-8", "utf-16le", "utf-16be", "ibm866", "iso-8859-2", "iso-8859-3", "iso-8859-4",
	"iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-8-i", "iso-8859-10",
	"iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "koi8-r", "koi8-u",
	"macintosh", "windows-874", "windows-1250", "windows-1251", "windows-1252",
	"windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257",
	"windows-1258", "x-mac-cyrillic", "gbk", "gb18030", "big5", "euc-jp", "shift_jis",
	"iso-2022-jp", "euc-kr", "x-user-defined", "replacement",
};

// Those that differ from the encoding's own name.
static const struct {
	const char *label, *name;
} labels[] = {
#define L(label, name) {label, name},
L("big5-hkscs", "big5") L("cn-big5", "big5") L("csbig5", "big5") L("x-x-big5", "big5")
L("cseucpkdfmtjapanese", "euc-jp") L("x-euc-jp", "euc-jp") L("cseuckr", "euc-kr") L("csksc56011987", "euc-kr")
L("iso-ir-149", "euc-kr") L("korean", "euc-kr") L("ks_c_5601-1987", "euc-kr") L("ks_c_5601-1989", "euc-kr")
L("ksc5601", "euc-kr") L("ksc_5601", "euc-kr") L("windows-949", "euc-kr") L("chinese", "gbk")
L("csgb2312", "gbk") L("csiso58gb231280", "gbk") L("gb2312", "gbk") L("gb_2312", "gbk") L("gb_2312-80", "gbk")
L("iso-ir-58", "gbk") L("x-gbk", "gbk") L("866", "ibm866") L("cp866", "ibm866") L("csibm866", "ibm866")
L("csiso2022jp", "iso-2022-jp") L("csisolatin6", "iso-8859-10") L("iso-ir-157", "iso-8859-10")
L("iso8859-10", "iso-8859-10") L("iso885910", "iso-8859-10") L("l6", "iso-8859-10") L("latin6", "iso-8859-10")
L("iso8859-13", "iso-8859-13") L("iso885913", "iso-8859-13") L("iso8859-14", "iso-8859-14")
L("iso885914", "iso-8859-14") L("csisolatin9", "iso-8859-15") L("iso8859-15", "iso-8859-15")
L("iso885915", "iso-8859-15") L("iso_8859-15", "iso-8859-15") L("l9", "iso-8859-15")
L("csisolatin2", "iso-8859-2") L("iso-ir-101", "iso-8859-2") L("iso8859-2", "iso-8859-2")
L("iso88592", "iso-8859-2") L("iso_8859-2", "iso-8859-2") L("iso_8859-2:1987", "iso-8859-2")
L("l2", "iso-8859-2") L("latin2", "iso-8859-2") L("csisolatin3", "iso-8859-3") L("iso-ir-109", "iso-8859-3")
L("iso8859-3", "iso-8859-3") L("iso88593", "iso-8859-3") L("iso_8859-3", "iso-8859-3")
L("iso_8859-3:1988", "iso-8859-3") L("l3", "iso-8859-3") L("latin3", "iso-8859-3")
L("csisolatin4", "iso-8859-4") L("iso-ir-110", "iso-8859-4") L("iso8859-4", "iso-8859-4")
L("iso88594", "iso-8859-4") L("iso_8859-4", "iso-8859-4") L("iso_8859-4:1988", "iso-8859-4")
L("l4", "iso-8859-4") L("latin4", "iso-8859-4") L("csisolatincyrillic", "iso-8859-5")
L("cyrillic", "iso-8859-5") L("iso-ir-144", "iso-8859-5") L("iso8859-5", "iso-8859-5")
L("iso88595", "iso-8859-5") L("iso_8859-5", "iso-8859-5") L("iso_8859-5:1988", "iso-8859-5")
L("arabic", "iso-8859-6") L("asmo-708", "iso-8859-6") L("csiso88596e", "iso-8859-6")
L("csiso88596i", "iso-8859-6") L("csisolatinarabic", "iso-8859-6") L("ecma-114", "iso-8859-6")
L("iso-8859-6-e", "iso-8859-6") L("iso-8859-6-i", "iso-8859-6") L("iso-ir-127", "iso-8859-6")
L("iso8859-6", "iso-8859-6") L("iso88596", "iso-8859-6") L("iso_8859-6", "iso-8859-6")
L("iso_8859-6:1987", "iso-8859-6") L("csisolatingreek", "iso-8859-7") L("ecma-118", "iso-8859-7")
L("elot_928", "iso-8859-7") L("greek", "iso-8859-7") L("greek8", "iso-8859-7") L("iso-ir-126", "iso-8859-7")
L("iso8859-7", "iso-8859-7") L("iso88597", "iso-8859-7") L("iso_8859-7", "iso-8859-7")
L("iso_8859-7:1987", "iso-8859-7") L("sun_eu_greek", "iso-8859-7") L("csiso88598e", "iso-8859-8")
L("csisolatinhebrew", "iso-8859-8") L("hebrew", "iso-8859-8") L("iso-8859-8-e", "iso-8859-8")
L("iso-ir-138", "iso-8859-8") L("iso8859-8", "iso-8859-8") L("iso88598", "iso-8859-8")
L("iso_8859-8", "iso-8859-8") L("iso_8859-8:1988", "iso-8859-8") L("visual", "iso-8859-8")
L("csiso88598i", "iso-8859-8-i") L("logical", "iso-8859-8-i") L("cskoi8r", "koi8-r") L("koi", "koi8-r")
L("koi8", "koi8-r") L("koi8_r", "koi8-r") L("koi8-ru", "koi8-u") L("csmacintosh", "macintosh")
L("mac", "macintosh") L("x-mac-roman", "macintosh") L("csiso2022kr", "replacement")
L("hz-gb-2312", "replacement") L("iso-2022-cn", "replacement") L("iso-2022-cn-ext", "replacement")
L("iso-2022-kr", "replacement") L("csshiftjis", "shift_jis") L("ms932", "shift_jis") L("ms_kanji", "shift_jis")
L("shift-jis", "shift_jis") L("sjis", "shift_jis") L("windows-31j", "shift_jis") L("x-sjis", "shift_jis")
L("unicodefffe", "utf-16be") L("csunicode", "utf-16le") L("iso-10646-ucs-2", "utf-16le") L("ucs-2", "utf-16le")
L("unicode", "utf-16le") L("unicodefeff", "utf-16le") L("utf-16", "utf-16le") L("unicode-1-1-utf-8", "utf-8")
L("unicode11utf8", "utf-8") L("unicode20utf8", "utf-8") L("utf8", "utf-8") L("x-unicode20utf8", "utf-8")
L("cp1250", "windows-1250") L("x-cp1250", "windows-1250") L("cp1251", "windows-1251")
L("x-cp1251", "windows-1251") L("ansi_x3.4-1968", "windows-1252") L("ascii", "windows-1252")
L("cp1252", "windows-1252") L("cp819", "windows-1252") L("csisolatin1", "windows-1252")
L("ibm819", "windows-1252") L("iso-8859-1", "windows-1252") L("iso-ir-100", "windows-1252")
L("iso8859-1", "windows-1252") L("iso88591", "windows-1252") L("iso_8859-1", "windows-1252")
L("iso_8859-1:1987", "windows-1252") L("l1", "windows-1252") L("latin1", "windows-1252")
L("us-ascii", "windows-1252") L("x-cp1252", "windows-1252") L("cp1253", "windows-1253")
L("x-cp1253", "windows-1253") L("cp1254", "windows-1254") L("csisolatin5", "windows-1254")
L("iso-8859-9", "windows-1254") L("iso-ir-148", "windows-1254") L("iso8859-9", "windows-1254")
L("iso88599", "windows-1254") L("iso_8859-9", "windows-1254") L("iso_8859-9:1989", "windows-1254")
L("l5", "windows-1254") L("latin5", "windows-1254") L("x-cp1254", "windows-1254") L("cp1255", "windows-1255")
L("x-cp1255", "windows-1255") L("cp1256", "windows-1256") L("x-cp1256", "windows-1256")
L("cp1257", "windows-1257") L("x-cp1257", "windows-1257") L("cp1258", "windows-1258")
L("x-cp1258", "windows-1258") L("dos-874", "windows-874") L("iso-8859-11", "windows-874")
L("iso8859-11", "windows-874") L("iso885911", "windows-874") L("tis-620", "windows-874")
L("x-mac-ukrainian", "x-mac-cyrillic")
#undef L
};
// clang-format on

const char *
charset_of_label(struct sv label)
{
	label = sv_trim(label);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (sv_ieq_str(label, labels[i].label))
			return labels[i].name;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sv_ieq_str(label, names[i]))
			return names[i];
	return NULL;
}
