// SPDX-License-Identifier: Apache-2.0
// forest_add_rows() for machines with AVX2: a node strikes off leaves in thirty-two rows with one
// comparison, and a tree's values are looked up in registers. Runs in the extractor's worker.
#ifdef __x86_64__
#include "base/util.h"
#include "extract/content/model/forest_priv.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// --- rows to columns ---

#define GROUP 16 // bytes of a row that become columns together

static inline AVX2 __m256i
load_twice(const uint8_t *low, const uint8_t *high)
{
	return _mm256_inserti128_si256(
	    _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)),
	    _mm_loadu_si128((const __m128i *)high), 1);
}

// One of four times that the halves are interleaved.
static inline AVX2 void
interleave(const __m256i *in, __m256i *out)
{
	for (int i = 0; i < GROUP / 2; i++) {
		out[2 * i] = _mm256_unpacklo_epi8(in[i], in[i + GROUP / 2]);
		out[2 * i + 1] = _mm256_unpackhi_epi8(in[i], in[i + GROUP / 2]);
	}
}

// Bytes from `from` on of all rows become columns: rows 0 … 15 in the lower half, 16 … 31 in the
// upper.
static inline AVX2 void
columns_of(const uint8_t *const *rows, size_t from, __m256i *columns)
{
	__m256i other[GROUP];

	for (int k = 0; k < GROUP; k++)
		columns[k] = load_twice(rows[k] + from, rows[k + GROUP] + from);
	interleave(columns, other);
	interleave(other, columns);
	interleave(columns, other);
	interleave(other, columns);
}

// A group that no tree looks at is passed over.
static AVX2 void
fill_tile(struct forest_tile *t, const struct forest *f, const uint8_t *const *rows, size_t stride)
{
	for (size_t i = 0; i < f->n_used;) {
		size_t from = MIN((size_t)f->used[i], stride - GROUP);
		__m256i columns[GROUP];

		columns_of(rows, from, columns);
		for (; i < f->n_used && f->used[i] - from < GROUP; i++)
			_mm256_store_si256((__m256i *)t->columns[i], columns[f->used[i] - from]);
	}
}

// --- trees ---

// The lowest bit of 16, times this, has another number in its upper four bits for each place.
#define PLACES 0x09af

// Values of a tree's leaves: their low and their high bytes, where the number of the place points.
struct values {
	__m256i low, high;
};

static inline AVX2 struct values
values_of(const int16_t *leaves)
{
	// per number: its place, as PLACES << place >> 12 has it
	const __m128i places = _mm_setr_epi8(0, 1, 2, 5, 3, 9, 6, 11, 15, 4, 8, 10, 14, 7, 13, 12);
	__m128i a = _mm_loadu_si128((const __m128i *)leaves);
	__m128i b = _mm_loadu_si128((const __m128i *)leaves + 1);
	__m128i byte = _mm_set1_epi16(0xff);
	__m128i low = _mm_packus_epi16(_mm_and_si128(a, byte), _mm_and_si128(b, byte));
	__m128i high = _mm_packus_epi16(_mm_srli_epi16(a, 8), _mm_srli_epi16(b, 8));

	return (struct values){_mm256_broadcastsi128_si256(_mm_shuffle_epi8(low, places)),
	    _mm256_broadcastsi128_si256(_mm_shuffle_epi8(high, places))};
}

// The values of the first leaves that are left of sixteen rows.
static inline AVX2 __m256i
look_up(const struct values *v, __m256i alive)
{
	__m256i first = _mm256_and_si256(alive, _mm256_sub_epi16(_mm256_setzero_si256(), alive));
	__m256i number =
	    _mm256_srli_epi16(_mm256_mullo_epi16(first, _mm256_set1_epi16(PLACES)), 12);
	__m256i low = _mm256_or_si256(number, _mm256_set1_epi16((short)0x8000));
	__m256i high = _mm256_or_si256(_mm256_slli_epi16(number, 8), _mm256_set1_epi16(0x80));

	return _mm256_or_si256(
	    _mm256_shuffle_epi8(v->low, low), _mm256_shuffle_epi8(v->high, high));
}

static inline AVX2 void
add_wide(__m256i *sums, __m256i values)
{
	sums[0] = _mm256_add_epi32(sums[0], _mm256_cvtepi16_epi32(_mm256_castsi256_si128(values)));
	sums[1] =
	    _mm256_add_epi32(sums[1], _mm256_cvtepi16_epi32(_mm256_extracti128_si256(values, 1)));
}

// In `first` are rows 0 … 7 and 16 … 23, in `second` the others.
static AVX2 void
add_tile(const struct forest_part *part, const struct forest_tile *t, int32_t *sums)
{
	static const uint8_t order[4] = {0, 2, 1, 3}; // of eights of rows
	const struct forest_node *node = part->nodes;
	const int16_t *leaves = part->f->leaves + (size_t)part->from * FOREST_LEAVES;
	__m256i wide[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
	    _mm256_setzero_si256()};

	for (uint32_t k = part->from; k < part->to; k++, leaves += FOREST_LEAVES) {
		__m256i first = _mm256_set1_epi16(-1), second = first;
		struct values v = values_of(leaves);

		for (const struct forest_node *end = node + part->f->sizes[k]; node < end; node++) {
			__m256i column =
			    _mm256_load_si256((const __m256i *)t->columns[node->signal]);
			__m256i threshold = _mm256_set1_epi8((char)node->threshold);
			__m256i stay =
			    _mm256_cmpeq_epi8(_mm256_min_epu8(column, threshold), column);
			__m256i left = _mm256_set1_epi16((short)node->left);
			__m256i s1 = _mm256_unpacklo_epi8(stay, stay);
			__m256i s2 = _mm256_unpackhi_epi8(stay, stay);

			first = _mm256_andnot_si256(_mm256_andnot_si256(s1, left), first);
			second = _mm256_andnot_si256(_mm256_andnot_si256(s2, left), second);
		}
		add_wide(wide, look_up(&v, first));
		add_wide(wide + 2, look_up(&v, second));
	}
	for (unsigned i = 0; i < 4; i++) {
		__m256i *at = (__m256i *)(sums + 8 * order[i]);

		_mm256_storeu_si256(at, _mm256_add_epi32(_mm256_loadu_si256(at), wide[i]));
	}
}

AVX2 void
forest_add_rows_avx2(
    const struct forest_part *part, const uint8_t *const *rows, size_t stride, int32_t *sums)
{
	struct forest_tile t;

	if (stride < GROUP) {
		forest_add_rows(part, rows, stride, sums);
		return;
	}
	fill_tile(&t, part->f, rows, stride);
	add_tile(part, &t, sums);
}
#endif
