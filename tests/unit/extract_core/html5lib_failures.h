// SPDX-License-Identifier: Apache-2.0
// What of html5lib's tree-construction tests fails, and why: {file, data, reason}.
// clang-format off
#define SELECTEDCONTENT "<selectedcontent> mirrors the chosen option: a copy a live <select> makes, which would count the text twice"
{"webkit02.dat", "<select><button><selectedcontent></button><option>X", SELECTEDCONTENT},
{"webkit02.dat", "<select><button><selectedcontent></button><option>x<i>i<b>ib</i>b", SELECTEDCONTENT},
{"webkit02.dat", "<select><button><selectedcontent></button><option>X<option>Y", SELECTEDCONTENT},
{"webkit02.dat", "<select><button><selectedcontent></button><option>X<option selected>Y", SELECTEDCONTENT},
