/* Whether two buffers have equal elements of one dtype: KIND, in PARTS parts (2 for complex numbers). */

#define KIND_BYTES 0
#define KIND_BOOL 1
#define KIND_TICKS 2
#define KIND_F16 3
#define KIND_F32 4
#define KIND_F64 5
#define KIND_F128 6

#if KIND == KIND_BYTES

typedef u8 Part;
INLINE u32 is_nan(Part a) { return 0; }
INLINE u32 same(Part a, Part b) { return a == b; }

#elif KIND == KIND_BOOL

typedef u8 Part;
INLINE u32 is_nan(Part a) { return 0; }
INLINE u32 same(Part a, Part b) { return (a != 0) == (b != 0); }

#elif KIND == KIND_TICKS

typedef u64 Part;
INLINE u32 is_nan(Part a) { return a == 1ull << 63; }
INLINE u32 same(Part a, Part b) { return a == b && !is_nan(a); }

#elif KIND == KIND_F128

/* x86's extended floats: the mantissa with its integer bit, then the exponent and the sign; the rest is padding. */
typedef Wide Part;

INLINE u32 exponent_of(Part a) { return (u32)a.high & 0x7fff; }

/* What has an exponent but no integer bit, or the greatest exponent and more than that bit, is NaN. */
INLINE u32 is_nan(Part a) {
    u32 exponent = exponent_of(a);
    return exponent != 0 && (a.low >> 63 == 0 || (exponent == 0x7fff && a.low << 1 != 0));
}

/* Numbers without an exponent have that of the least ones with it; so unless both are zero, equal ones are so in all. */
INLINE u32 same(Part a, Part b) {
    u32 ours = exponent_of(a), theirs = exponent_of(b);
    if (is_nan(a) || is_nan(b) || a.low != b.low) return 0;
    if (a.low == 0) return 1;
    return (ours == 0 ? 1 : ours) == (theirs == 0 ? 1 : theirs) && ((a.high ^ b.high) >> 15 & 1) == 0;
}

#else

/* Zero of either sign is zero; anything else is equal where its bits are. SIGN is the sign bit, TOP infinity. */
#if KIND == KIND_F16
typedef u16 Part;
#define SIGN 0x8000u
#define TOP 0x7c00u
#elif KIND == KIND_F32
typedef u32 Part;
#define SIGN 0x80000000u
#define TOP 0x7f800000u
#else
typedef u64 Part;
#define SIGN (1ull << 63)
#define TOP 0x7ff0000000000000ull
#endif

INLINE u32 is_nan(Part a) { return (a & ~SIGN & (SIGN | (SIGN - 1))) > TOP; }
INLINE u32 same(Part a, Part b) { return (a == b && !is_nan(a)) || ((a | b) & (SIGN - 1)) == 0; }

#endif

#if PARTS == 2
typedef struct { Part re, im; } Element;
INLINE u32 equal(Element a, Element b, u64 equal_nan) {
    if (same(a.re, b.re) && same(a.im, b.im)) return 1;
    return equal_nan && (is_nan(a.re) || is_nan(a.im)) && (is_nan(b.re) || is_nan(b.im));
}
#else
typedef Part Element;
INLINE u32 equal(Element a, Element b, u64 equal_nan) {
    return same(a, b) || (equal_nan && is_nan(a) && is_nan(b));
}
#endif

typedef struct __attribute__((aligned(PACK * sizeof(Element)))) { Element each[PACK]; } Pack;

/* `answer` becomes 0 where two elements differ. The first `packs` times PACK are aligned in both. */
KERNEL compare(const Element *__restrict__ a, const Element *__restrict__ b, u64 elements, u64 packs, u64 equal_nan,
               u64 *answer) {
    const Pack *a_pack = (const Pack *)a, *b_pack = (const Pack *)b;
    u32 differ = 0;
#pragma unroll 4
    for (u64 i = own_place(); i < packs; i += all_threads()) {
        Pack ours = a_pack[i], theirs = b_pack[i];
#pragma unroll
        for (u32 k = 0; k < PACK; k++) differ |= !equal(ours.each[k], theirs.each[k], equal_nan);
    }
    for (u64 i = packs * PACK + own_place(); i < elements; i += all_threads()) differ |= !equal(a[i], b[i], equal_nan);
    if (differ) atomicMin(answer, 0ull);
}
