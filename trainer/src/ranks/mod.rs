//! Several processes that train one model.
//!
//! # Theory of operation
//!
//! Every rank runs the same program with the same seed, and holds the same parameters. Work that comes in
//! pieces, prompts to answer or batches to learn from, is dealt out: piece `i` belongs to rank
//! `i mod count`. Then what came of it is exchanged, texts and numbers by [`Ranks::share`], gradients by
//! [`Ranks::sum_gradients`], so that all know all and make the same decisions. A step is therefore the
//! step that one process would make, but for the order in which floating-point numbers are added; and
//! no rank has a state of its own that a checkpoint would have to hold. Rank 0 keeps the records.
//!
//! ```text
//!   rank 0   answers to prompts 0, 2, 4 \           batches 0, 2 \              the same
//!                                        > share >                > gradients >  update
//!   rank 1   answers to prompts 1, 3, 5 /           batches 1, 3 /              everywhere
//! ```
//!
//! The ranks meet where the environment says that `torchrun` sets ([`Place`]). Sums are computed by
//! libtorch's own c10d over Gloo, on the processor; those of gradients by NCCL, if every rank has a GPU to
//! itself and NCCL works there. Otherwise gradients go by way of the processor as well, and it is said why.
//!
//! Nobody waits for ever. A rank that is killed is noticed in an exchange at once, and outside of one
//! by its silence; an exchange has a deadline; and what is said names the rank.
//!
//! Left out: models that are spread over several devices.

mod c10d;
mod error;
mod heart;
mod nccl;
mod place;
mod together;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tch::{Device, Kind, Tensor};

use crate::model::Parameter;
pub use c10d::C10dError;
pub(crate) use c10d::libtorch_version;
use c10d::{Group, Store};
pub use error::RanksError;
use heart::Heart;
pub use place::{Place, PlaceError};
use together::Together;

/// How long a rank waits.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the others to begin.
    pub meeting: Duration,
    /// For the others to come to an exchange.
    pub exchange: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { meeting: Duration::from_secs(120), exchange: Duration::from_secs(1800) }
    }
}

/// The processes that train one model, as one of them sees it. The default is a process that is alone.
#[derive(Clone, Debug, Default)]
pub struct Ranks(Option<Arc<Together>>);

/// How many numbers are exchanged at once: 64 MiB.
const BUCKET: usize = 1 << 24;

impl Ranks {
    /// Meets the others. If one of them falls silent later while this one is busy, `alarm` is called
    /// with what is to be said; it should end the process.
    ///
    /// # Errors
    ///
    /// They did not come.
    pub fn meet(
        place: &Place,
        patience: Patience,
        alarm: impl Fn(&str) + Send + 'static,
    ) -> Result<Self, RanksError> {
        let &Place { rank, count, ref address, port, .. } = place;
        let apart = |source| RanksError::Apart {
            rank,
            count,
            address: address.clone(),
            port,
            seconds: patience.meeting.as_secs(),
            source,
        };
        let store =
            Arc::new(Store::connect(address, port, rank == 0, patience.meeting).map_err(apart)?);
        // The wish of whoever runs this, in the words that PyTorch has for it.
        let interface = std::env::var("GLOO_SOCKET_IFNAME").ok();
        let own = place.is_local().then_some("127.0.0.1");
        // While they meet, nobody has much to do yet.
        let group =
            Group::join(&store, (rank, count), patience.exchange, interface.as_deref(), own)
                .map_err(apart)?;
        let sound = move |lost| {
            alarm(&format!("rank {lost} is gone; rank {rank} cannot go on without it"));
        };
        let heart = Heart::start(Arc::clone(&store), rank, count, Box::new(sound));
        let together = Together::new(place.clone(), patience, group, heart, store);
        Ok(Self(Some(Arc::new(together))))
    }

    /// The number of this one.
    pub fn rank(&self) -> usize {
        self.0.as_ref().map_or(0, |it| it.place.rank)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.as_ref().map_or(1, |it| it.place.count)
    }

    /// Whether this one keeps the records.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// Whether this piece of some work is for this one.
    pub fn is_mine(&self, piece: usize) -> bool {
        piece % self.count() == self.rank()
    }

    /// Those of `pieces` that are for this one.
    pub fn mine<T>(&self, pieces: impl IntoIterator<Item = T>) -> Vec<T> {
        let all = pieces.into_iter().enumerate();
        all.filter(|(number, _)| self.is_mine(*number)).map(|(_, it)| it).collect()
    }

    /// What came of all pieces, in their order, given what came of [`Ranks::mine`].
    ///
    /// # Errors
    ///
    /// Another rank is gone or late, or did other work.
    pub fn share<T: Serialize + DeserializeOwned>(
        &self,
        own: Vec<T>,
    ) -> Result<Vec<T>, RanksError> {
        let all = self.gather(own)?;
        let total: usize = all.iter().map(Vec::len).sum();
        let mut rows: Vec<std::vec::IntoIter<T>> = all.into_iter().map(Vec::into_iter).collect();
        let count = self.count();
        let piece = |number: usize| {
            rows[number % count].next().ok_or_else(|| RanksError::Different {
                rank: self.rank(),
                other: number % count,
                what: format!("it has nothing for piece {number} of {total}"),
            })
        };
        (0..total).map(piece).collect()
    }

    /// What each rank has, in the order of ranks.
    ///
    /// # Errors
    ///
    /// Another rank is gone or late, or speaks of something else.
    pub fn gather<T: Serialize + DeserializeOwned>(&self, own: T) -> Result<Vec<T>, RanksError> {
        let Some(together) = &self.0 else { return Ok(vec![own]) };
        together.gather(&own)
    }

    /// Whether this holds for any of them.
    ///
    /// # Errors
    ///
    /// Another rank is gone or late.
    pub fn any(&self, own: bool) -> Result<bool, RanksError> {
        Ok(self.sum_numbers(&[f64::from(u8::from(own))])?[0] > 0.0)
    }

    /// The sums of these numbers over all ranks.
    ///
    /// # Errors
    ///
    /// Another rank is gone or late.
    pub fn sum_numbers(&self, own: &[f64]) -> Result<Vec<f64>, RanksError> {
        let Some(together) = &self.0 else { return Ok(own.to_vec()) };
        let mut tensor = Tensor::from_slice(own);
        together.sum(&mut tensor)?;
        Ok(Vec::try_from(tensor).expect("as many numbers as before"))
    }

    /// Replaces the gradient of each parameter by its sum over all ranks. One that has none counts as
    /// zero.
    ///
    /// # Errors
    ///
    /// Another rank is gone or late.
    pub fn sum_gradients(&self, parameters: &[Parameter]) -> Result<(), RanksError> {
        let Some(together) = &self.0 else { return Ok(()) };
        let gradients: Vec<Tensor> = parameters
            .iter()
            .filter(|it| it.tensor.requires_grad())
            .map(|it| gradient(&it.tensor))
            .collect();
        let own = gradients.first().map_or(Device::Cpu, Tensor::device);
        let device = if together.gpus(own)?.is_some() { own } else { Device::Cpu };
        let mut rest = &gradients[..];
        tch::no_grad(|| {
            while !rest.is_empty() {
                let (bucket, others) = rest.split_at(fitting(rest));
                rest = others;
                let flat = bucket
                    .iter()
                    .map(|it| it.to_device(device).to_kind(Kind::Float).reshape([-1_i64]));
                let mut sum = Tensor::cat(&flat.collect::<Vec<_>>(), 0);
                together.sum(&mut sum)?;
                let mut begin = 0;
                for gradient in bucket {
                    let length = gradient.numel() as i64;
                    let part = sum.narrow(0, begin, length).view_as(gradient);
                    gradient.shallow_clone().copy_(&part);
                    begin += length;
                }
            }
            Ok(())
        })
    }

    /// Makes sure that all are about to do the same thing.
    ///
    /// # Errors
    ///
    /// One of them has something else in mind, or is gone or late.
    pub fn agree(&self, on: &str, own: &str) -> Result<(), RanksError> {
        let all = self.gather(own.to_owned())?;
        match all.iter().position(|it| it != own) {
            None => Ok(()),
            Some(other) => Err(RanksError::Different {
                rank: self.rank(),
                other,
                what: format!("{on} is `{}` there and `{own}` here", all[other]),
            }),
        }
    }

    /// Waits until all are here.
    ///
    /// # Errors
    ///
    /// Another rank is gone or late.
    pub fn wait(&self) -> Result<(), RanksError> {
        self.any(false).map(|_| ())
    }

    /// Parts from the others, when all have done their work.
    ///
    /// # Errors
    ///
    /// Another rank is gone or late.
    pub fn part(self) -> Result<(), RanksError> {
        let Some(together) = self.0 else { return Ok(()) };
        let mut nothing = Tensor::zeros([1], (Kind::Double, Device::Cpu));
        together.sum(&mut nothing)?;
        together.stop();
        // Rank 0 takes the store with it, so nobody may need it any more.
        together.sum(&mut nothing)
    }
}

/// How many of `gradients` fit into a bucket; at least one.
fn fitting(gradients: &[Tensor]) -> usize {
    let mut filled = 0;
    let more = gradients.iter().take_while(|it| {
        filled += it.numel();
        filled <= BUCKET
    });
    more.count().max(1)
}

/// The gradient of a parameter. libtorch makes the tensor when something is carried back to it.
fn gradient(parameter: &Tensor) -> Tensor {
    if !parameter.grad().defined() {
        (parameter * 0.0).sum(Kind::Float).backward();
    }
    parameter.grad()
}
