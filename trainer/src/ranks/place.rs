//! Where a process stands among those that train together, as `torchrun` tells it.

/// A process among others.
///
/// ```
/// use trainer::ranks::Place;
///
/// let told = [("RANK", "1"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "node0"), ("MASTER_PORT", "29500")];
/// let told = |name: &str| told.iter().find(|(it, _)| *it == name).map(|(_, value)| value.to_string());
/// let place = Place::told_by(told)?.expect("two processes are told of");
/// assert_eq!((place.rank, place.count, place.local), (1, 2, 1));
/// assert!(Place::told_by(|_| None)?.is_none());
/// # Ok::<(), trainer::ranks::PlaceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number, from 0.
    pub rank: usize,
    /// How many there are.
    pub count: usize,
    /// Its number among those of this machine, by which it takes a GPU.
    pub local: usize,
    /// The machine of rank 0.
    pub address: String,
    /// The port there at which the ranks meet.
    pub port: u16,
}

/// The environment speaks of several processes, and not clearly.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlaceError {
    /// A variable is missing.
    #[error("WORLD_SIZE is {count}, and {name} is not set: `ra3 launch` or torchrun sets both")]
    Missing {
        /// The variable.
        name: &'static str,
        /// How many processes there are said to be.
        count: usize,
    },
    /// A variable holds something else.
    #[error("{name} is `{value}`, which is no number that it can be")]
    NoNumber {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
    },
    /// There is no such rank.
    #[error("RANK is {rank}, and WORLD_SIZE is {count}: ranks are counted from 0")]
    Outside {
        /// The rank.
        rank: usize,
        /// How many there are.
        count: usize,
    },
}

impl Place {
    /// What the environment of this process says; none if the process is alone.
    ///
    /// # Errors
    ///
    /// Variables are missing, or hold no numbers.
    pub fn in_environment() -> Result<Option<Self>, PlaceError> {
        Self::told_by(|name| std::env::var(name).ok())
    }

    /// What is said by RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT.
    ///
    /// # Errors
    ///
    /// Variables are missing, or hold no numbers.
    pub fn told_by(told: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, PlaceError> {
        let count = number(&told, "WORLD_SIZE")?.unwrap_or(1);
        if count <= 1 {
            return Ok(None);
        }
        let needed = |name| number(&told, name)?.ok_or(PlaceError::Missing { name, count });
        let rank = needed("RANK")?;
        if rank >= count {
            return Err(PlaceError::Outside { rank, count });
        }
        let name = "MASTER_ADDR";
        let address = told(name).ok_or(PlaceError::Missing { name, count })?;
        let name = "MASTER_PORT";
        let port = needed(name)?;
        let port = u16::try_from(port)
            .map_err(|_| PlaceError::NoNumber { name, value: port.to_string() })?;
        let local = number(&told, "LOCAL_RANK")?.unwrap_or(rank);
        Ok(Some(Self { rank, count, local, address, port }))
    }

    /// Whether all ranks are on this machine, as far as the address says.
    pub(super) fn is_local(&self) -> bool {
        matches!(&self.address[..], "localhost" | "127.0.0.1" | "::1")
    }
}

fn number(
    told: &impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<usize>, PlaceError> {
    let Some(value) = told(name) else { return Ok(None) };
    let parsed = value.trim().parse();
    parsed.map(Some).map_err(|_| PlaceError::NoNumber { name, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(all: &[(&str, &str)]) -> Result<Option<Place>, PlaceError> {
        Place::told_by(|name| {
            all.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn one_process_needs_no_place() {
        assert_eq!(told(&[("WORLD_SIZE", "1"), ("RANK", "0")]), Ok(None));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let error = told(&[("WORLD_SIZE", "2")]).unwrap_err();
        assert!(error.to_string().contains("RANK is not set"), "{error}");
        let error = told(&[("WORLD_SIZE", "2"), ("RANK", "2")]).unwrap_err();
        assert_eq!(error, PlaceError::Outside { rank: 2, count: 2 });
        let error = told(&[("WORLD_SIZE", "two")]).unwrap_err();
        assert!(error.to_string().contains("`two`"), "{error}");
    }
}
