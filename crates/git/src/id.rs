//! Names of objects, as plain data that can be kept, sent and compared.
//!
//! They exist so that no other crate needs libgit2's types. Ids are SHA-1's 20 bytes; libgit2
//! opens no SHA-256 repository here.

use std::fmt;
use std::str::FromStr;

use git2::{ObjectType, Oid};

/// A commit's id. Prints and parses as 40 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId([u8; 20]);

/// A file's content's id. Prints and parses as 40 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId([u8; 20]);

/// A text that is not 40 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an object's id: 40 hexadecimal digits")]
pub struct ParseIdError(String);

macro_rules! id {
    ($name:ident) => {
        impl $name {
            /// From the id's bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 20]) -> $name {
                $name(bytes)
            }

            /// The id's bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 20] {
                &self.0
            }

            pub(crate) fn of(oid: Oid) -> $name {
                let mut bytes = [0; 20];
                bytes.copy_from_slice(oid.as_bytes());
                $name(bytes)
            }

            pub(crate) fn oid(&self) -> Oid {
                Oid::from_bytes(&self.0).unwrap_or(Oid::ZERO_SHA1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<$name, ParseIdError> {
                let digits = text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
                match Oid::from_str(text) {
                    Ok(oid) if digits => Ok($name::of(oid)),
                    _ => Err(ParseIdError(text.to_owned())),
                }
            }
        }
    };
}

id!(CommitId);
id!(BlobId);

impl BlobId {
    /// Of a content, in a repository or not; nothing for one that was made to have the id of another.
    #[must_use]
    pub fn of_content(content: &[u8]) -> Option<BlobId> {
        Oid::hash_object(ObjectType::Blob, content)
            .ok()
            .map(BlobId::of)
    }
}

impl CommitId {
    /// Its first seven digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        let mut digits = self.to_string();
        digits.truncate(7);
        digits
    }
}
