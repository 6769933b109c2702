//! Exchanges between ranks: each is counted, has a deadline, and fails with the name of who is to blame.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::Patience;
use super::c10d::{C10dError, Group, Store};
use super::error::RanksError;
use super::heart::Heart;
use super::nccl::{Calls, Gpus, gpu_number};
use super::place::Place;
use crate::stage::stage;

/// Processes that have met.
pub(super) struct Together {
    pub(super) place: Place,
    patience: Patience,
    exchanges: Mutex<Exchanges>,
    /// What computes sums between GPUs, if anything does; empty until that is known.
    gpus: OnceLock<Option<Mutex<Gpus>>>,
    // Fields are dropped in this order: the heart beats in the store.
    heart: Heart,
    store: Arc<Store>,
}

struct Exchanges {
    group: Group,
    made: u64,
}

/// What a rank says before GPUs are connected.
#[derive(Deserialize, Serialize)]
struct Offer {
    has_gpu: bool,
    /// By which the GPUs find each other, from rank 0; or why this one cannot.
    id: Result<Vec<u8>, String>,
}

impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Together {
    pub(super) fn new(
        place: Place,
        patience: Patience,
        group: Group,
        heart: Heart,
        store: Arc<Store>,
    ) -> Self {
        let exchanges = Mutex::new(Exchanges { group, made: 0 });
        Self { place, patience, exchanges, gpus: OnceLock::new(), heart, store }
    }

    /// Ends the signs of life.
    pub(super) fn stop(&self) {
        self.heart.stop();
    }

    /// Replaces what is in `tensor`, contiguous, by its sum over all ranks. Where it is on a GPU, GPUs
    /// must be connected.
    pub(super) fn sum(&self, tensor: &mut Tensor) -> Result<(), RanksError> {
        if tensor.device() == Device::Cpu {
            return self.exchange(|group| group.sum(tensor));
        }
        let gpus = self.gpus.get().and_then(Option::as_ref);
        let gpus = gpus.expect("nothing is summed on GPUs before they are connected");
        let mut gpus = gpus.lock().unwrap_or_else(PoisonError::into_inner);
        self.exchange(|_| gpus.sum(tensor, self.patience.exchange))
    }

    /// What computes sums between `own` device and those of the others: nothing, unless all are GPUs and
    /// NCCL connects them.
    pub(super) fn gpus(&self, own: Device) -> Result<Option<&Mutex<Gpus>>, RanksError> {
        if self.gpus.get().is_none() {
            let connected = self.connect_gpus(own)?.unwrap_or_else(|(rank, reason)| {
                if self.place.rank == 0 {
                    tracing::warn!(rank, reason, "gradients go by way of the processor");
                }
                None
            });
            // Nobody else was here, since all ranks exchange one thing after the other.
            let _ = self.gpus.set(connected.map(Mutex::new));
        }
        Ok(self.gpus.get().and_then(Option::as_ref))
    }

    /// The connected GPUs, if all ranks have one; or which rank could not be connected, and why.
    fn connect_gpus(
        &self,
        own: Device,
    ) -> Result<Result<Option<Gpus>, (usize, String)>, RanksError> {
        let Place { rank, count, .. } = self.place;
        let number = gpu_number(own);
        let calls = number.and_then(|_| Calls::find());
        let id = match &calls {
            None => Err("NCCL is not part of this libtorch".to_owned()),
            Some(calls) if rank == 0 => calls.new_id().map_err(|error| error.to_string()),
            Some(_) => Ok(Vec::new()),
        };
        let mut offers = self.gather(&Offer { has_gpu: number.is_some(), id })?;
        let all_have_gpus = offers.iter().all(|it| it.has_gpu);
        let (true, Some(number)) = (all_have_gpus, number) else { return Ok(Ok(None)) };
        if let Some(failed) = first_failure(offers.iter().map(|it| it.id.as_ref().err())) {
            return Ok(Err(failed));
        }
        let (Some(calls), Ok(id)) = (calls, offers.swap_remove(0).id) else {
            unreachable!("what any rank lacks was said");
        };
        let patience = self.patience.meeting;
        let joined = Gpus::join(calls, &id, (rank, count), number, patience);
        let failures = self.gather(&joined.as_ref().err().map(ToString::to_string))?;
        Ok(match first_failure(failures.iter().map(Option::as_ref)) {
            Some(failed) => Err(failed),
            None => Ok(joined.ok()),
        })
    }

    /// What each rank has, in the order of ranks.
    pub(super) fn gather<T: Serialize + DeserializeOwned>(
        &self,
        own: &T,
    ) -> Result<Vec<T>, RanksError> {
        let text = postcard::to_stdvec(own).expect("what ranks exchange has a form as bytes");
        let texts = self.gather_bytes(&text)?;
        let read = |(other, text): (usize, Vec<u8>)| {
            postcard::from_bytes(&text).map_err(|error| RanksError::Different {
                rank: self.place.rank,
                other,
                what: error.to_string(),
            })
        };
        texts.into_iter().enumerate().map(read).collect()
    }

    fn gather_bytes(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, RanksError> {
        let Place { rank, count, .. } = self.place;
        let mut lengths = vec![0_i64; count];
        lengths[rank] = own.len() as i64;
        let mut lengths = Tensor::from_slice(&lengths);
        self.sum(&mut lengths)?;
        let lengths = Vec::<i64>::try_from(lengths).expect("a number for every rank");
        let mut all = vec![0_u8; lengths.iter().sum::<i64>() as usize];
        let begin = lengths[..rank].iter().sum::<i64>() as usize;
        all[begin..begin + own.len()].copy_from_slice(own);
        if !all.is_empty() {
            let mut tensor = Tensor::from_slice(&all);
            self.sum(&mut tensor)?;
            all = Vec::try_from(tensor).expect("as many bytes as before");
        }
        let mut rest = &all[..];
        let parts = lengths.iter().map(|&length| {
            let (part, others) = rest.split_at(length as usize);
            rest = others;
            part.to_vec()
        });
        Ok(parts.collect())
    }

    fn exchange(
        &self,
        act: impl FnOnce(&mut Group) -> Result<(), C10dError>,
    ) -> Result<(), RanksError> {
        let _exchanging = stage!("waiting for other ranks");
        let mut exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        exchanges.made += 1;
        let exchange = exchanges.made;
        // If the store is gone the exchange fails as well, and that is looked into.
        let _ = self.store.add(&arrived(self.place.rank), 1);
        act(&mut exchanges.group).map_err(|source| self.look_into(exchange, source))
    }

    /// Who is to blame for a failure.
    fn look_into(&self, exchange: u64, source: C10dError) -> RanksError {
        let Place { rank, count, .. } = self.place;
        if let Some(lost) = self.heart.who_is_silent() {
            return RanksError::Lost { rank, lost, source };
        }
        let is_late = |&other: &usize| {
            self.store.add(&arrived(other), 0).is_ok_and(|arrived| arrived < exchange)
        };
        match (0..count).find(is_late) {
            Some(late) => {
                let seconds = self.patience.exchange.as_secs();
                RanksError::Late { rank, late, exchange, seconds, source }
            }
            None => RanksError::Exchange { rank, exchange, source },
        }
    }
}

/// The name of the number of exchanges that a rank has come to.
fn arrived(rank: usize) -> String {
    format!("arrived/{rank}")
}

/// The first rank that failed, and why.
fn first_failure<'a>(
    failures: impl Iterator<Item = Option<&'a String>>,
) -> Option<(usize, String)> {
    failures.enumerate().find_map(|(rank, reason)| Some((rank, reason?.clone())))
}
