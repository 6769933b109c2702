//! How ranks fail.

use super::c10d::C10dError;

/// Ranks that could not work together.
#[derive(Debug, thiserror::Error)]
pub enum RanksError {
    /// They did not find each other.
    #[error(
        "rank {rank} of {count} did not find the others at {address}:{port} within {seconds} s; are all \
         of them running?"
    )]
    Apart {
        /// This rank.
        rank: usize,
        /// How many there are.
        count: usize,
        /// Where they meet.
        address: String,
        /// The port there.
        port: u16,
        /// How long it waited.
        seconds: u64,
        /// What c10d said.
        source: C10dError,
    },
    /// One of them is gone.
    #[error("rank {lost} is gone; rank {rank} cannot go on without it")]
    Lost {
        /// This rank.
        rank: usize,
        /// The other.
        lost: usize,
        /// What c10d said.
        source: C10dError,
    },
    /// Some did not come to an exchange in time.
    #[error(
        "rank {late} did not come to exchange {exchange}, and rank {rank} waited {seconds} s for it"
    )]
    Late {
        /// This rank.
        rank: usize,
        /// The other.
        late: usize,
        /// The number of the exchange.
        exchange: u64,
        /// How long it waited.
        seconds: u64,
        /// What c10d said.
        source: C10dError,
    },
    /// An exchange failed although all are there.
    #[error("rank {rank} failed in exchange {exchange}")]
    Exchange {
        /// This rank.
        rank: usize,
        /// The number of the exchange.
        exchange: u64,
        /// What c10d said.
        source: C10dError,
    },
    /// They do not do the same.
    #[error("rank {other} does not do what rank {rank} does: {what}")]
    Different {
        /// This rank.
        rank: usize,
        /// The other.
        other: usize,
        /// In which respect.
        what: String,
    },
}
