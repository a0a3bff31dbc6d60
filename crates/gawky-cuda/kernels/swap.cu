/* The bytes of each part in reverse; BYTES is how many a part has: 2, 4, 8 or 16. */

INLINE u64 swapped_word(u64 word) {
    word = (word & 0x00ff00ff00ff00ffull) << 8 | (word >> 8 & 0x00ff00ff00ff00ffull);
#if BYTES >= 4
    word = (word & 0x0000ffff0000ffffull) << 16 | (word >> 16 & 0x0000ffff0000ffffull);
#endif
#if BYTES >= 8
    word = word << 32 | word >> 32;
#endif
    return word;
}

INLINE Wide swapped_wide(Wide both) {
#if BYTES == 16
    return wide(swapped_word(both.high), swapped_word(both.low));
#else
    return wide(swapped_word(both.low), swapped_word(both.high));
#endif
}

INLINE Unit swapped(Unit part) {
#if BYTES == 16
    return swapped_wide(part);
#else
    return (Unit)swapped_word(part);
#endif
}

/* The first `wides` times 16 bytes are done in one go each: none where `from` is not aligned for it. */
KERNEL swap(const Unit *__restrict__ from, Unit *__restrict__ out, u64 parts, u64 wides) {
    const Wide *from_wide = (const Wide *)from;
    Wide *out_wide = (Wide *)out;
    for (ROUNDS(i, wides)) {
        Wide taken[AT_ONCE];
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < wides) taken[k] = from_wide[place(i, k)];
        }
        FOR_EACH_OF_ROUND(k) {
            if (place(i, k) < wides) out_wide[place(i, k)] = swapped_wide(taken[k]);
        }
    }
    for (u64 i = wides * 16 / BYTES + own_place(); i < parts; i += all_threads()) out[i] = swapped(from[i]);
}
