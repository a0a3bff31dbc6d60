/* `Unit`: an integer of BYTES bytes (1, 2, 4, 8 or 16), for what is moved and not looked at. */

#if BYTES == 1
typedef u8 Unit;
#elif BYTES == 2
typedef u16 Unit;
#elif BYTES == 4
typedef u32 Unit;
#elif BYTES == 8
typedef u64 Unit;
#else
typedef Wide Unit;
#endif

/* All bits set. */
INLINE Unit all_ones(void) {
#if BYTES == 16
    return wide(~0ull, ~0ull);
#else
    return (Unit)~(Unit)0;
#endif
}
