//! How long to go on asking.
//!
//! A pause doubles from try to try, and of it a random part between half and all is waited, so that
//! requests which failed together do not come back together. Where a server says how long to wait,
//! everybody does: the others would only be told the same.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Failure, Severity};

/// The longest pause of our own choice.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The longest that a server is obeyed. What it wants beyond that is not worth waiting for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The shortest wait at a server's wish that a person hears of.
const TOLD: Duration = Duration::from_secs(10);

/// How often, and after which pauses, something is tried again.
#[derive(Debug)]
pub struct Patience {
    attempts: u32,
    first: Duration,
    seed: u64,
    /// Before which nobody may ask.
    closed_until: Mutex<Option<Instant>>,
}

impl Patience {
    /// Up to `attempts` tries, the second after up to `first` seconds.
    pub fn new(attempts: u32, first: f64, seed: u64) -> Self {
        let first = Duration::from_secs_f64(first);
        Self { attempts, first, seed, closed_until: Mutex::new(None) }
    }

    /// Try until it works, cannot work or has been tried often enough.
    pub(super) async fn keep_trying<T, F>(
        &self,
        key: u64,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut failed = 0;
        loop {
            self.opening().await;
            let failure = match attempt().await {
                Ok(found) => return Ok(found),
                Err(failure) => failure,
            };
            failed += 1;
            tracing::info!(failed, "{}", failure.chain());
            if failed >= self.attempts || failure.severity() != Severity::Passing {
                return Err(failure);
            }
            if let Some(wait) = failure.wait().map(|wait| wait.min(LONGEST_WAIT))
                && self.close_for(wait)
            {
                tracing::warn!("waiting {} s, since {}", wait.as_secs(), failure.chain());
            }
            sleep(self.pause(failed, key)).await;
        }
    }

    /// How long to wait after the `failed`-th failure.
    fn pause(&self, failed: u32, key: u64) -> Duration {
        let doubled = self.first.saturating_mul(1 << (failed - 1).min(16)).min(LONGEST_PAUSE);
        doubled.mul_f64(0.5 + 0.5 * uniform(self.seed ^ mixed(key) ^ u64::from(failed)))
    }

    /// Let nobody ask for so long, and tell whether a person would wonder what is waited for and was not
    /// told yet.
    fn close_for(&self, wait: Duration) -> bool {
        let mut closed_until = self.closed_until.lock().expect("nobody panics while holding it");
        let (before, until) = (*closed_until, Instant::now() + wait);
        *closed_until = before.max(Some(until));
        wait >= TOLD && before.is_none_or(|before| before + TOLD <= until)
    }

    /// Wait until somebody may ask.
    async fn opening(&self) {
        loop {
            let closed_until = *self.closed_until.lock().expect("nobody panics while holding it");
            match closed_until.filter(|&until| until > Instant::now()) {
                Some(until) => sleep_until(until).await,
                None => return,
            }
        }
    }
}

/// The wait in a `Retry-After` header: seconds, or a date.
pub(super) fn retry_after(header: &str) -> Option<Duration> {
    if let Ok(seconds) = header.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = rfc2822::parse(header.trim()).ok()?.timestamp();
    Some(Timestamp::now().duration_until(date).try_into().unwrap_or(Duration::ZERO))
}

/// A number from 0 to 1 that looks random.
fn uniform(key: u64) -> f64 {
    mixed(key) as f64 / u64::MAX as f64
}

/// The finishing steps of SplitMix64.
fn mixed(key: u64) -> u64 {
    let mut bits = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use reqwest::StatusCode;

    use super::*;

    fn refused(status: u16, wait: Option<u64>) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        Failure::Refused { status, message: String::new(), wait: wait.map(Duration::from_secs) }
    }

    /// When each of the tries was made, in seconds, if all fail in this way.
    async fn tries(patience: &Patience, failure: impl Fn() -> Failure) -> Vec<f64> {
        let (start, tries) = (Instant::now(), RefCell::new(Vec::new()));
        let attempt = || {
            tries.borrow_mut().push(start.elapsed().as_secs_f64());
            std::future::ready(Err::<(), _>(failure()))
        };
        patience.keep_trying(3, attempt).await.unwrap_err();
        tries.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_and_are_never_the_same_for_two_requests() {
        let patience = Patience::new(4, 1.0, 0);
        let tries = tries(&patience, || Failure::Empty).await;
        assert_eq!(tries.len(), 4);
        for (pause, bounds) in tries.windows(2).zip([0.5..=1.01, 1.0..=2.01, 2.0..=4.01]) {
            assert!(bounds.contains(&(pause[1] - pause[0])), "{tries:?}");
        }
        assert_ne!(patience.pause(1, 1), patience.pause(1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn everybody_waits_as_long_as_the_server_says() {
        let patience = Patience::new(2, 1.0, 0);
        let told = tries(&patience, || refused(429, Some(30))).await;
        assert!((30.0..=31.0).contains(&told[1]), "{told:?}");
        // The second was told as well, so another request waits before it begins.
        let other = Cell::new(Instant::now());
        let before = Instant::now();
        let attempt = || {
            other.set(Instant::now());
            std::future::ready(Ok(()))
        };
        assert!(patience.close_for(Duration::from_secs(20)));
        assert!(!patience.close_for(Duration::from_secs(21)), "a person knows already");
        assert!(!Patience::new(2, 1.0, 0).close_for(Duration::from_secs(9)));
        patience.keep_trying(4, attempt).await.unwrap();
        assert!(other.get() - before >= Duration::from_secs(20));
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_pass_is_tried_once() {
        assert_eq!(tries(&Patience::new(9, 1.0, 0), || refused(401, None)).await, [0.0]);
    }

    #[test]
    fn a_server_may_name_seconds_or_a_date() {
        assert_eq!(retry_after("2"), Some(Duration::from_secs(2)));
        assert_eq!(retry_after(" 0.5 "), Some(Duration::from_millis(500)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let far = retry_after("Thu, 21 Oct 2100 07:28:00 GMT").unwrap();
        assert!(far > Duration::from_secs(1_000_000_000));
        assert_eq!(retry_after("soon"), None);
        assert_eq!(retry_after("-1"), None);
        assert_eq!(retry_after("NaN"), None);
    }
}
