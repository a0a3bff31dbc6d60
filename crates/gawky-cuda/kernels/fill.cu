/* One element again and again. */

/* A period of 32 bytes, in four words, over `length` bytes. `out` is aligned for 16. */
KERNEL fill(Wide *__restrict__ out, u64 length, u64 word0, u64 word1, u64 word2, u64 word3) {
    u64 wides = length / 16, rest = length % 16;
    Wide even = wide(word0, word1), odd = wide(word2, word3);
#pragma unroll 4
    for (u64 i = own_place(); i < wides; i += all_threads()) out[i] = i % 2 == 0 ? even : odd;
    if (own_place() < rest) {
        u64 at = own_place();
        /* Only elements of less than 16 bytes leave a rest, and of those both halves are the same. */
        ((u8 *)(out + wides))[at] = (u8)((at < 8 ? word0 : word1) >> at % 8 * 8);
    }
}
