//! Work on what programs told, which may be much.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// Bytes that are read and compared in a millisecond or two.
const SHORT: usize = 256 << 10;

/// Do `work` on so many `bytes`.
///
/// A program may tell many megabytes, and to read and compare them takes seconds. Meanwhile other programs must
/// be watched and answered, so a runtime that has more than one thread lets another take over.
pub(super) fn at_length<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let has_others = || {
        let runtime = Handle::try_current();
        runtime.is_ok_and(|it| it.runtime_flavor() == RuntimeFlavor::MultiThread)
    };
    if bytes > SHORT && has_others() { block_in_place(work) } else { work() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_done_in_every_runtime_and_without_one() {
        let work = || at_length(SHORT + 1, || at_length(1, || 7));
        assert_eq!(work(), 7);
        let mut alone = tokio::runtime::Builder::new_current_thread();
        let mut with_others = tokio::runtime::Builder::new_multi_thread();
        for builder in [&mut alone, &mut with_others] {
            assert_eq!(builder.build().unwrap().block_on(async { work() }), 7);
        }
    }

    /// The only thread of a runtime cannot end this work, which waits for another task.
    #[test]
    fn others_go_on_meanwhile() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        let runtime = runtime.unwrap();
        let (said, heard) = std::sync::mpsc::channel();
        let waiting = runtime.spawn(async move { at_length(SHORT + 1, || heard.recv().unwrap()) });
        runtime.spawn(async move { said.send(7).unwrap() });
        assert_eq!(runtime.block_on(waiting).unwrap(), 7);
    }
}
