/* The rows whose flag is true, and their numbers. `before` has, for each tile, how many are true in the tiles before. */

#define EACH 16
#define TILE (BLOCK * EACH)

/* The sixteen flags of a thread, 0 or 1 in each byte; 0 beyond the end. */
INLINE Wide own_flags(const u8 *flags, u64 count, u64 first) {
    if (first + EACH <= count && ((u64)flags & 15) == 0) {
        Wide both = *(const Wide *)(flags + first);
        return wide(true_bytes(both.low), true_bytes(both.high));
    }
    u64 low = 0, high = 0;
    for (u64 k = 0; k < 8; k++) {
        if (first + k < count && flags[first + k] != 0) low |= 1ull << k * 8;
        if (first + 8 + k < count && flags[first + 8 + k] != 0) high |= 1ull << k * 8;
    }
    return wide(low, high);
}

/* How many are true: the sum of the bytes, which a multiplication brings to the highest one. */
INLINE u64 how_many(Wide flags) {
    return (flags.low + flags.high) * 0x0101010101010101ull >> 56;
}

INLINE u64 flag(Wide flags, u32 k) {
    return (k < 8 ? flags.low >> k * 8 : flags.high >> (k - 8) * 8) & 1;
}

KERNEL flag_sums(const u8 *__restrict__ flags, u64 count, u64 *__restrict__ sums, u64 tiles) {
    __shared__ u64 shared[BLOCK];
    for (u64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        Wide own = own_flags(flags, count, tile * TILE + threadIdx.x * EACH);
        u64 all = sum_of_all(shared, how_many(own));
        if (threadIdx.x == 0) sums[tile] = all;
    }
}

/* `room` is how many rows `rows` holds. */
KERNEL rows_where(const u8 *__restrict__ flags, u64 count, const u64 *__restrict__ before, u64 *__restrict__ rows,
                  u64 tiles, u64 room) {
    __shared__ u64 shared[BLOCK];
    __shared__ u16 staged[TILE];
    for (u64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        Wide own = own_flags(flags, count, tile * TILE + threadIdx.x * EACH);
        u64 all, at = sum_before(shared, how_many(own), &all);
        for (u32 k = 0; k < EACH; k++) {
            if (flag(own, k)) staged[at++] = (u16)(threadIdx.x * EACH + k);
        }
        __syncthreads();
        for (u64 i = threadIdx.x; i < all; i += BLOCK) {
            if (before[tile] + i < room) rows[before[tile] + i] = tile * TILE + staged[i];
        }
        __syncthreads();
    }
}

KERNEL numbers_where(const u8 *__restrict__ flags, u64 count, const u64 *__restrict__ before,
                     i64 *__restrict__ numbers, u64 tiles) {
    __shared__ u64 shared[BLOCK];
    __shared__ i16 staged[TILE];
    for (u64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        Wide own = own_flags(flags, count, tile * TILE + threadIdx.x * EACH);
        u64 all, number = sum_before(shared, how_many(own), &all);
        for (u32 k = 0; k < EACH; k++) {
            staged[threadIdx.x * EACH + k] = flag(own, k) ? (i16)number++ : -1;
        }
        __syncthreads();
        for (u32 k = 0; k < EACH; k++) {
            u64 i = tile * TILE + k * BLOCK + threadIdx.x;
            i64 within = staged[k * BLOCK + threadIdx.x];
            if (i < count) numbers[i] = within < 0 ? -1 : (i64)before[tile] + within;
        }
        __syncthreads();
    }
}
