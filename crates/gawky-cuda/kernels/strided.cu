/* The elements of a strided view, one after the other. */

/* `axes` has the length of each of `rank` axes, then the strides, in units; `from` is where the first element lies.
 * The axes that the host sees as one are one, and what is contiguous within them is moved in wider units. */
KERNEL gather_strided(const Unit *__restrict__ from, const i64 *__restrict__ axes, u64 rank, Unit *__restrict__ out,
                      u64 units) {
#pragma unroll 4
    for (u64 i = own_place(); i < units; i += all_threads()) {
        u64 left = i;
        i64 at = 0;
        for (u64 axis = rank - 1; axis > 0; axis--) {
            u64 length = (u64)axes[axis], outer = left / length;
            at += (i64)(left - outer * length) * axes[rank + axis];
            left = outer;
        }
        out[i] = from[at + (i64)left * axes[rank]];
    }
}
