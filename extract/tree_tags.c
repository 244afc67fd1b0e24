// SPDX-License-Identifier: Apache-2.0
// One row per element name: what the HTML standard (parsing, "special", "formatting", "in scope") and the
// rendering section say about it. Names that are not here are inline and ordinary.
#include "extract/tree.h"

#define V TAGF_VOID
#define I TAGF_INLINE
#define S TAGF_SILENT
#define X TAGF_SPECIAL
#define B TAGF_SCOPE
#define P (TAGF_CLOSES_P | TAGF_SPECIAL)
#define F (TAGF_FORMAT | TAGF_INLINE)
#define R (TAGF_RAW | TAGF_SPECIAL)
#define C (TAGF_RCDATA | TAGF_SPECIAL)
#define H TAGF_HEAD
#define T TAGF_IMPLIED
#define HN (TAGF_HEADING | P)

static const uint16_t flags[TAG_KNOWN_COUNT] = {
    [TAG_a] = F, [TAG_abbr] = I, [TAG_acronym] = I, [TAG_address] = P, [TAG_annotation] = I,
    [TAG_applet] = X | B | I, [TAG_area] = V | X | I, [TAG_article] = P, [TAG_aside] = P,
    [TAG_audio] = I, [TAG_b] = F, [TAG_base] = V | H | X | S, [TAG_bdi] = I, [TAG_bdo] = I,
    [TAG_big] = F, [TAG_blockquote] = P, [TAG_body] = X, [TAG_br] = V | X,
    [TAG_button] = X | I, [TAG_canvas] = I, [TAG_caption] = X | B, [TAG_center] = P,
    [TAG_cite] = I, [TAG_code] = F, [TAG_col] = V | X, [TAG_colgroup] = X, [TAG_data] = I,
    [TAG_datalist] = S, [TAG_dd] = P | T, [TAG_del] = I, [TAG_details] = P, [TAG_dfn] = I,
    [TAG_dialog] = P, [TAG_dir] = P, [TAG_div] = P, [TAG_dl] = P, [TAG_dt] = P | T,
    [TAG_em] = F, [TAG_embed] = V | X | I, [TAG_fieldset] = P, [TAG_figcaption] = P,
    [TAG_figure] = P, [TAG_font] = F, [TAG_footer] = P, [TAG_form] = P, [TAG_frame] = V | X,
    [TAG_frameset] = X, [TAG_h1] = HN, [TAG_h2] = HN, [TAG_h3] = HN, [TAG_h4] = HN,
    [TAG_h5] = HN, [TAG_h6] = HN, [TAG_head] = X | S, [TAG_header] = P, [TAG_hgroup] = P,
    [TAG_hr] = V | P, [TAG_html] = X | B, [TAG_i] = F, [TAG_iframe] = R, [TAG_img] = V | X | I,
    [TAG_input] = V | X | I, [TAG_ins] = I, [TAG_kbd] = I, [TAG_label] = I, [TAG_legend] = 0,
    [TAG_li] = P | T, [TAG_link] = V | H | X | S, [TAG_main] = P, [TAG_map] = I, [TAG_mark] = I,
    [TAG_math] = I, [TAG_menu] = P, [TAG_meta] = V | H | X | S, [TAG_meter] = I, [TAG_nav] = P,
    [TAG_noscript] = X, [TAG_object] = X | B | I, [TAG_ol] = P, [TAG_optgroup] = T,
    [TAG_option] = T, [TAG_output] = I, [TAG_p] = P | T, [TAG_param] = V | X | I,
    [TAG_picture] = I, [TAG_pre] = P, [TAG_progress] = I, [TAG_q] = I, [TAG_rp] = T | I | S,
    [TAG_rt] = T | I, [TAG_ruby] = I, [TAG_s] = F, [TAG_samp] = I, [TAG_script] = R | H | S,
    [TAG_search] = P, [TAG_section] = P, [TAG_select] = X | I, [TAG_slot] = I, [TAG_small] = F,
    [TAG_source] = V | X | I, [TAG_span] = I, [TAG_strike] = F, [TAG_strong] = F,
    [TAG_style] = R | H | S, [TAG_sub] = I, [TAG_summary] = P, [TAG_sup] = I, [TAG_svg] = I | S,
    [TAG_table] = X | B, [TAG_tbody] = X, [TAG_td] = X | B, [TAG_template] = X | B | S,
    [TAG_textarea] = C | I, [TAG_tfoot] = X, [TAG_th] = X | B, [TAG_thead] = X, [TAG_time] = I,
    [TAG_title] = C | H | S, [TAG_tr] = X, [TAG_track] = V | X | I, [TAG_tt] = F, [TAG_u] = F,
    [TAG_ul] = P, [TAG_var] = I, [TAG_video] = I, [TAG_wbr] = V | X | I,
};

unsigned
tag_flags(uint32_t tag)
{
	return tag < TAG_KNOWN_COUNT ? flags[tag] : TAGF_INLINE;
}
