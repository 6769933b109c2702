//! How strongly a run is isolated.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The layers that stand around a program, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Limits on time and output only. Used when a person asks for it by name.
    None,
    /// A guest of a WebAssembly engine, see the `wasm` backend. No native program runs in it.
    W,
    /// Resource limits, seccomp, landlock and `no_new_privs`: needs no privilege at all.
    T0,
    /// T0 inside its own user, mount, pid, net, ipc and uts namespaces with a read-only root.
    T1,
    /// T1 inside control groups: the kernel keeps the limits on memory and processes of the whole tree,
    /// and counts its processor time.
    T2,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::W => "w",
            Self::T0 => "t0",
            Self::T1 => "t1",
            Self::T2 => "t2",
        })
    }
}

/// A name that is no tier.
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{name}` is no tier; there are none, t0, t1 and t2")]
pub struct UnknownTier {
    name: String,
}

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(name: &str) -> Result<Self, UnknownTier> {
        [Self::None, Self::T0, Self::T1, Self::T2]
            .into_iter()
            .find(|tier| tier.to_string().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownTier { name: name.to_owned() })
    }
}
