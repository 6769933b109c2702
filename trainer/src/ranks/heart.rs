//! Signs of life.
//!
//! A rank that waits for another in an exchange may wait long, for the other may have more to do. So
//! that it does not wait for the dead, each rank counts up a number in the store all the time, from a
//! thread of its own, and looks at the numbers of the others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::c10d::Store;

/// How often a rank says that it lives.
const PERIOD: Duration = Duration::from_millis(500);
/// For how long a living rank may be silent: machines stall.
const SILENCE: Duration = Duration::from_secs(15);

/// What is done when this rank is silent: a thread that waits in an exchange cannot be woken.
pub(super) type Alarm = Box<dyn Fn(usize) + Send>;

/// Beats until it is dropped.
#[derive(Debug)]
pub(super) struct Heart {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    /// Whether somebody waits to hear who is silent, and needs no alarm.
    awaited: AtomicBool,
    /// The rank that is silent.
    silent: Mutex<Option<usize>>,
}

impl Heart {
    /// A heart of `rank`, which listens to those of `count` ranks.
    pub(super) fn start(store: Arc<Store>, rank: usize, count: usize, alarm: Alarm) -> Self {
        let shared = Arc::<Shared>::default();
        let own = Arc::clone(&shared);
        let beat = move || {
            let mut ear =
                Ear { rank, heard: vec![(0, Instant::now()); count], awake: Instant::now() };
            while !own.stopped.load(Ordering::Acquire) {
                if let Some(silent) = ear.listen(&store) {
                    *own.silent.lock().unwrap_or_else(PoisonError::into_inner) = Some(silent);
                    let is_needless = [&own.stopped, &own.awaited];
                    if !is_needless.iter().any(|it| it.load(Ordering::Acquire)) {
                        alarm(silent);
                    }
                    return;
                }
                thread::park_timeout(PERIOD);
            }
        };
        Self { shared, thread: Mutex::new(Some(thread::spawn(beat))) }
    }

    /// Who is silent, after the time that it takes to tell; none if everybody lives.
    pub(super) fn who_is_silent(&self) -> Option<usize> {
        self.shared.awaited.store(true, Ordering::Release);
        let began = Instant::now();
        while began.elapsed() < SILENCE + 4 * PERIOD {
            let silent = *self.shared.silent.lock().unwrap_or_else(PoisonError::into_inner);
            if silent.is_some() {
                return silent;
            }
            thread::sleep(PERIOD / 5);
        }
        None
    }

    /// Ends the beat. Nothing is done with the store any more.
    pub(super) fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Release);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.thread().unpark();
            // It panics only if the alarm does.
            let _ = thread.join();
        }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a rank has heard.
struct Ear {
    rank: usize,
    /// The last number of each rank, and when it was new.
    heard: Vec<(u64, Instant)>,
    /// When this rank was awake for certain.
    awake: Instant,
}

impl Ear {
    /// Beats once, and says who is silent. Where the store is, that is rank 0, which serves it.
    fn listen(&mut self, store: &Store) -> Option<usize> {
        let name = |rank: usize| format!("beat/{rank}");
        if self.awake.elapsed() > 4 * PERIOD {
            // It was this one that slept: the others could have been heard had it listened.
            self.heard.iter_mut().for_each(|(_, since)| *since = Instant::now());
        }
        if store.add(&name(self.rank), 1).is_err() {
            return Some(0);
        }
        for (other, (last, since)) in self.heard.iter_mut().enumerate() {
            match store.add(&name(other), 0) {
                Err(_) => return Some(0),
                Ok(now) if now != *last => (*last, *since) = (now, Instant::now()),
                Ok(_) if since.elapsed() > SILENCE => return Some(other),
                Ok(_) => {}
            }
        }
        self.awake = Instant::now();
        None
    }
}
