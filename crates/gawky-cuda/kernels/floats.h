/* Floats to one another, by their bits: a GPU's own instructions forget what a NaN carries, and C has no halves.
 *
 * All is rounded once, to the nearest, ties to even. A NaN becomes quiet and keeps its sign and its highest bits. */

INLINE float float_of(u32 bits) {
    union { u32 bits; float value; } both;
    both.bits = bits;
    return both.value;
}

INLINE u32 float_bits(float value) {
    union { u32 bits; float value; } both;
    both.value = value;
    return both.bits;
}

INLINE double double_of(u64 bits) {
    union { u64 bits; double value; } both;
    both.bits = bits;
    return both.value;
}

INLINE u64 double_bits(double value) {
    union { u64 bits; double value; } both;
    both.value = value;
    return both.bits;
}

INLINE u64 widened(u32 bits) {
    if ((bits & 0x7fffffff) <= 0x7f800000) return double_bits((double)float_of(bits));
    return (u64)(bits >> 31) << 63 | 0x7ff8000000000000ull | (u64)(bits & 0x7fffff) << 29;
}

INLINE u32 narrowed(u64 bits) {
    if ((bits & ~(1ull << 63)) <= 0x7ff0000000000000ull) return float_bits((float)double_of(bits));
    return (u32)(bits >> 63) << 31 | 0x7fc00000 | (u32)(bits >> 29 & 0x3fffff);
}

/* The exponent is brought to its place and then raised by 112, the difference of the two biases, by a multiplication,
 * which subnormal halves become normal by. */
INLINE u32 float_of_half(u16 half) {
    u32 sign = (u32)(half & 0x8000) << 16, rest = (u32)(half & 0x7fff) << 13;
    if (rest > 0x0f800000) return sign | 0x7fc00000 | rest;
    if (rest == 0x0f800000) return sign | 0x7f800000;
    return sign | float_bits(float_of(rest) * float_of(0x77800000));
}

INLINE u16 half_of_float(u32 bits) {
    u32 sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
    if (rest > 0x7f800000) return (u16)(sign | 0x7e00 | (rest >> 13 & 0x3ff));
    if (rest >= 0x47800000) return (u16)(sign | 0x7c00);
    /* The last bit of a half is that of a sum with 0.5 where the half is subnormal: adding rounds. */
    if (rest < 0x38800000) return (u16)(sign | (float_bits(float_of(rest) + 0.5f) - 0x3f000000));
    return (u16)(sign | ((rest + 0xc8000fff + (rest >> 13 & 1)) >> 13));
}

/* By way of a float that is rounded to odd, so that rounding again is right. */
INLINE u16 half_of_double(u64 bits) {
    u64 sign = 1ull << 63;
    u32 near = narrowed(bits);
    u64 back = widened(near);
    if (back == bits || (bits & ~sign) > 0x7ff0000000000000ull) return half_of_float(near);
    /* Of one sign, numbers are in the order of their bits. */
    if ((back & ~sign) > (bits & ~sign)) near--;
    return half_of_float(near | 1);
}
