//! The header of a `.pyc` file: sixteen bytes before the marshalled code object.
//!
//! Magic number, flags, then either time and size of the source or its hash (PEP 552). `importlib._bootstrap_external`
//! holds the same in CPython.

use crate::MAGIC_NUMBER;

pub const HEADER_SIZE: usize = 16;

/// The first four bytes: the magic number and `\r\n`, which text-mode copying would destroy.
pub const MAGIC: [u8; 4] = [MAGIC_NUMBER as u8, (MAGIC_NUMBER >> 8) as u8, b'\r', b'\n'];

/// How the file tells whether it is up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// Modification time and size of the source, modulo 2**32.
    Timestamp { mtime: u32, size: u32 },
    /// Hash of the source; looked at only if `check`.
    Hash { hash: [u8; 8], check: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    BadMagic([u8; 4]),
    TooShort,
    BadFlags(u32),
}

impl Validation {
    pub fn to_header(self) -> [u8; HEADER_SIZE] {
        let (flags, first, second) = match self {
            Validation::Timestamp { mtime, size } => (0, mtime.to_le_bytes(), size.to_le_bytes()),
            Validation::Hash { hash: [a, b, c, d, e, f, g, h], check } => {
                (1 | u32::from(check) << 1, [a, b, c, d], [e, f, g, h])
            }
        };
        let mut header = [0; HEADER_SIZE];
        let fields = [MAGIC, u32::to_le_bytes(flags), first, second];
        header.chunks_mut(4).zip(fields).for_each(|(place, field)| place.copy_from_slice(&field));
        header
    }

    pub fn from_header(file: &[u8]) -> Result<Validation, HeaderError> {
        let field = |n: usize| file.get(n * 4..n * 4 + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        let magic = field(0).unwrap_or_else(|| {
            let mut part = [0; 4];
            part[..file.len().min(4)].copy_from_slice(&file[..file.len().min(4)]);
            part
        });
        if magic != MAGIC {
            return Err(HeaderError::BadMagic(magic));
        }
        let (Some(flags), Some(first), Some(second)) = (field(1), field(2), field(3)) else {
            return Err(HeaderError::TooShort);
        };
        let flags = u32::from_le_bytes(flags);
        match flags {
            0 => Ok(Validation::Timestamp {
                mtime: u32::from_le_bytes(first),
                size: u32::from_le_bytes(second),
            }),
            1 | 3 => {
                let mut hash = [0; 8];
                hash[..4].copy_from_slice(&first);
                hash[4..].copy_from_slice(&second);
                Ok(Validation::Hash { hash, check: flags == 3 })
            }
            _ => Err(HeaderError::BadFlags(flags)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for validation in [
            Validation::Timestamp { mtime: 0x0102_0304, size: 77 },
            Validation::Hash { hash: *b"abcdefgh", check: true },
            Validation::Hash { hash: [0; 8], check: false },
        ] {
            assert_eq!(Validation::from_header(&validation.to_header()), Ok(validation));
        }
        assert_eq!(MAGIC, [0x2b, 0x0e, 0x0d, 0x0a]);
        assert_eq!(Validation::from_header(&MAGIC), Err(HeaderError::TooShort));
        assert_eq!(Validation::from_header(b"ab"), Err(HeaderError::BadMagic(*b"ab\0\0")));
    }
}
