//! The guest's time: what it has computed and what it has waited, and nothing else.
//!
//! No clock of the guest's shows the machine's time. Time passes as the guest computes, slowed down
//! to what a native interpreter would have needed ([`SLOWDOWN`]), and jumps when the guest waits:
//! a guest has one thread, so nothing can happen while it sleeps, and nobody need wait for it. A
//! busy machine therefore changes neither what a program sees nor when it is ended, and a program
//! cannot measure the machine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};

/// How much longer the interpreter takes here than natively.
///
/// Limits on processor time are written for native interpreters. Measured on loops over integers,
/// dictionaries, a sieve, recursion and sorting: 3.9 times the time of Debian's CPython 3.11, 2.8
/// times that of builds of 3.12 and 3.13.
pub(in crate::wasm) const SLOWDOWN: u32 = 4;

/// What a native interpreter does in a second, in units of fuel: the same loops took 25e9 units
/// here and 0.6 s there.
const FUEL_PER_SECOND: u64 = 40_000_000_000;

/// When deterministic runs begin: 2000-01-01.
const DETERMINISTIC_START: Duration = Duration::from_secs(946_684_800);

/// How computing is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wasm) enum Meter {
    /// By the processor time of the thread, from here on.
    Processor(Duration),
    /// By instructions, which the same program always takes as many of.
    Fuel { given: u64, left: u64 },
}

/// The clock of one run.
#[derive(Clone, Copy, Debug)]
pub(in crate::wasm) struct Clock {
    meter: Meter,
    /// All that the guest has waited.
    waited: Duration,
    /// What the calendar said at the start.
    start: Duration,
}

impl Clock {
    /// A clock that begins now and is driven by the processor time of this thread.
    pub(in crate::wasm) fn by_processor() -> Self {
        let meter = Meter::Processor(thread_time());
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { meter, waited: Duration::ZERO, start }
    }

    /// A clock that is driven by the use of `given` fuel and always begins on the same day.
    pub(in crate::wasm) fn by_fuel(given: u64) -> Self {
        let meter = Meter::Fuel { given, left: given };
        Self { meter, waited: Duration::ZERO, start: DETERMINISTIC_START }
    }

    /// Note how much fuel is left, where computing is measured by it.
    pub(in crate::wasm) fn note_fuel(&mut self, fuel: impl FnOnce() -> u64) {
        if let Meter::Fuel { left, .. } = &mut self.meter {
            *left = fuel();
        }
    }

    /// What the guest has computed, in the time of a native interpreter.
    pub(in crate::wasm) fn computed(&self) -> Duration {
        match self.meter {
            Meter::Processor(began) => thread_time().saturating_sub(began) / SLOWDOWN,
            Meter::Fuel { given, left } => {
                let used = u128::from(given.saturating_sub(left)) * 1_000_000_000;
                let nanos = used / u128::from(FUEL_PER_SECOND);
                Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
        }
    }

    /// What a clock on the wall would show, were there nobody else on the machine.
    pub(in crate::wasm) fn elapsed(&self) -> Duration {
        self.computed().saturating_add(self.waited)
    }

    /// All that the guest has waited.
    pub(in crate::wasm) fn waited(&self) -> Duration {
        self.waited
    }

    /// The time of the calendar, in nanoseconds.
    pub(in crate::wasm) fn calendar(&self) -> u64 {
        nanos(self.start.saturating_add(self.elapsed()))
    }

    /// Let the guest wait.
    pub(in crate::wasm) fn wait(&mut self, time: Duration) {
        self.waited = self.waited.saturating_add(time);
    }
}

/// The fuel that `time` of a native interpreter's comes to.
pub(in crate::wasm) fn fuel(time: Duration) -> u64 {
    let fuel = time.as_nanos() * u128::from(FUEL_PER_SECOND) / 1_000_000_000;
    u64::try_from(fuel).unwrap_or(u64::MAX)
}

/// The processor time of this thread.
pub(in crate::wasm) fn thread_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

pub(in crate::wasm) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_passes_at_once_and_computing_by_fuel_is_exact() {
        let mut clock = Clock::by_fuel(fuel(Duration::from_secs(1)));
        clock.note_fuel(|| FUEL_PER_SECOND / 2);
        assert_eq!(clock.computed(), Duration::from_millis(500));
        clock.wait(Duration::from_secs(3600));
        assert_eq!(clock.elapsed(), Duration::from_millis(3_600_500));
        assert_eq!(clock.calendar(), nanos(DETERMINISTIC_START) + 3_600_500_000_000);
        clock.wait(Duration::MAX);
        assert_eq!(clock.waited, Duration::MAX);
    }

    #[test]
    fn a_processor_clock_does_not_run_backwards() {
        let clock = Clock::by_processor();
        let before = clock.calendar();
        assert!(clock.calendar() >= before);
    }
}
