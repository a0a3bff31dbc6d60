/* Flags, one byte each, and bits. Sixteen flags are made or read in one go; what is left over is done one by one. */

/* Where each byte is `byte`. The first `wides` times 16 are aligned. */
KERNEL equals(const u8 *__restrict__ bytes, u64 byte, u8 *__restrict__ out, u64 length, u64 wides) {
    const Wide *from = (const Wide *)bytes;
    Wide *to = (Wide *)out;
    const u64 ones = 0x0101010101010101ull;
    u64 wanted = byte * ones;
    for (ROUNDS(i, wides)) {
        Wide taken[AT_ONCE];
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < wides) taken[k] = from[place(i, k)];
        }
        FOR_EACH_OF_ROUND(k) {
            u64 low = true_bytes(taken[k].low ^ wanted), high = true_bytes(taken[k].high ^ wanted);
            if (place(i, k) < wides) to[place(i, k)] = wide(low ^ ones, high ^ ones);
        }
    }
    for (u64 i = wides * 16 + own_place(); i < length; i += all_threads()) out[i] = bytes[i] == (u8)byte;
}

/* The bit at a place, where the lowest of each byte is first or the highest. */
INLINE u8 bit_at(const u8 *bits, u64 place, u64 lowest_first) {
    u64 shift = lowest_first ? place % 8 : 7 - place % 8;
    return bits[place / 8] >> shift & 1;
}

/* Eight bits to eight flags: each byte of a copy of them keeps a bit of its own. */
INLINE u64 spread(u64 byte, u64 lowest_first) {
    u64 own = lowest_first ? 0x8040201008040201ull : 0x0102040810204080ull;
    return true_bytes(byte * 0x0101010101010101ull & own);
}

/* The sixteen bits from bit `shift` of a byte on, the earlier eight in the low byte. If they do not begin with a byte
 * they end in a third one, which is not read otherwise: it may not be there. */
INLINE u64 sixteen(const u8 *at, u64 shift, u64 lowest_first) {
    u64 a = at[0], b = at[1], c = shift != 0 ? at[2] : 0;
    if (lowest_first) return (a | b << 8 | c << 16) >> shift;
    u64 all = (a << 16 | b << 8 | c) >> (8 - shift);
    return (all >> 8 & 0xff) | (all & 0xff) << 8;
}

/* `out` is aligned for 16. */
KERNEL bits_to_flags(const u8 *__restrict__ bits, u64 first, u64 length, u64 lowest_first, u8 *__restrict__ out) {
    Wide *to = (Wide *)out;
    u64 wides = length / 16;
    for (ROUNDS(i, wides)) {
        u64 taken[AT_ONCE];
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < wides) taken[k] = sixteen(bits + first / 8 + place(i, k) * 2, first % 8, lowest_first);
        }
        FOR_EACH_OF_ROUND(k) {
            u64 early = spread(taken[k] & 0xff, lowest_first), late = spread(taken[k] >> 8 & 0xff, lowest_first);
            if (place(i, k) < wides) to[place(i, k)] = wide(early, late);
        }
    }
    for (u64 i = wides * 16 + own_place(); i < length; i += all_threads()) {
        out[i] = bit_at(bits, first + i, lowest_first);
    }
}

/* Eight flags to eight bits: a multiplication brings each to its place in the highest byte. */
INLINE u8 gathered(u64 flags, u64 lowest_first) {
    u64 places = lowest_first ? 0x0102040810204080ull : 0x8040201008040201ull;
    return (u8)(true_bytes(flags) * places >> 56);
}

/* The first `wides` times 16 flags are aligned; `out` is. */
KERNEL flags_to_bits(const u8 *__restrict__ flags, u64 length, u64 lowest_first, u8 *__restrict__ out, u64 wides) {
    const Wide *from = (const Wide *)flags;
    u16 *to = (u16 *)out;
    for (ROUNDS(i, wides)) {
        Wide taken[AT_ONCE];
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < wides) taken[k] = from[place(i, k)];
        }
        FOR_EACH_OF_ROUND(k) {
            u32 low = gathered(taken[k].low, lowest_first), high = gathered(taken[k].high, lowest_first);
            if (place(i, k) < wides) to[place(i, k)] = (u16)(low | high << 8);
        }
    }
    u64 bytes = length / 8 + (length % 8 != 0);
    for (u64 i = wides * 2 + own_place(); i < bytes; i += all_threads()) {
        u64 eight = 0;
        for (u64 at = 0; at < 8 && i * 8 + at < length; at++) eight |= (u64)flags[i * 8 + at] << at * 8;
        out[i] = gathered(eight, lowest_first);
    }
}
