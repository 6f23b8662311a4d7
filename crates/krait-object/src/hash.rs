//! Hashes of text, bytes, pointers and numbers. CPython: `Python/pyhash.c`.
//!
//! Text and bytes use SipHash-1-3 with a secret from `PYTHONHASHSEED` or the system. Numbers hash modulo the Mersenne
//! prime 2^61 - 1, so that equal numbers of different types hash alike.

use std::sync::OnceLock;

/// Modulus of number hashes.
pub const MODULUS: u64 = (1 << 61) - 1;
/// Hash of infinity.
pub const INF: isize = 314_159;
/// Multiplier of the imaginary part.
pub const IMAG: usize = 1_000_003;

static SECRET: OnceLock<[u64; 2]> = OnceLock::new();

/// Sets the hash secret, once, before any hash is taken. `None`: random.
pub fn set_secret(seed: Option<u32>) {
    let _ = SECRET.set(match seed {
        Some(0) => [0, 0],
        Some(seed) => lcg_secret(seed),
        None => random_secret(),
    });
}

fn random_secret() -> [u64; 2] {
    let mut bytes = [0u8; 16];
    // SAFETY: the buffer is 16 bytes long.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), 16, 0) };
    if got != 16 {
        return lcg_secret(std::process::id());
    }
    let word = |at: usize| u64::from_le_bytes(core::array::from_fn(|i| bytes[at + i]));
    [word(0), word(8)]
}

/// The generator that CPython uses to spread `PYTHONHASHSEED` over the secret.
fn lcg_secret(seed: u32) -> [u64; 2] {
    let mut x = seed;
    let mut bytes = [0u8; 16];
    for byte in &mut bytes {
        x = x.wrapping_mul(214_013).wrapping_add(2_531_011);
        *byte = (x >> 16) as u8;
    }
    let word = |at: usize| u64::from_le_bytes(core::array::from_fn(|i| bytes[at + i]));
    [word(0), word(8)]
}

/// Hash of text or bytes; never -1.
pub fn hash_bytes(bytes: &[u8]) -> isize {
    if bytes.is_empty() {
        return 0;
    }
    let key = SECRET.get_or_init(random_secret);
    match siphash13(key[0], key[1], bytes) as isize {
        -1 => -2,
        hash => hash,
    }
}

/// SipHash-1-3 with a 64-bit key (`_Py_KeyedHash`), for hash-based `.pyc` files.
pub fn keyed_hash(key: u64, bytes: &[u8]) -> u64 {
    siphash13(key, 0, bytes)
}

fn siphash13(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(core::array::from_fn(|i| chunk[i]));
        v[3] ^= word;
        round(&mut v);
        v[0] ^= word;
    }
    let mut last = (bytes.len() as u64) << 56;
    for (i, &byte) in chunks.remainder().iter().enumerate() {
        last |= u64::from(byte) << (8 * i);
    }
    v[3] ^= last;
    round(&mut v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

#[inline(always)]
fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[2] = v[2].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[1]);
    v[0] = v[0].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].rotate_left(32);
}

/// Hash of an address (`_Py_HashPointer`).
#[inline(always)]
pub fn hash_pointer(address: usize) -> isize {
    match address.rotate_right(4) as isize {
        -1 => -2,
        hash => hash,
    }
}
