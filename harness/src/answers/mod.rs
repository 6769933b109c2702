//! From questions to answers in a file, whoever answers.
//!
//! # Theory of operation
//!
//! A [`Plan`] says what is asked: some samples of an answer to each of some problems. Each of them
//! is a [`Slot`]. A [`Source`], which is a model computed here or one behind an address, is told
//! which slots are empty and sends answers in whatever order they are finished. [`gather`] writes
//! each to the [`AnswerFile`] and waits for the disk, and only then hands it on, to be judged for
//! instance. So whoever has seen an answer finds it in the file after a power cut, and no answer is
//! ever asked for twice. At the end the file is put into the order of the plan: however often it was
//! interrupted, the same answers make the same file.
//!
//! What stays without an answer is told apart from an answer that is wrong. It is reported, the slot
//! stays empty, and the next sitting asks again.

mod file;
mod plan;
mod settings;
mod shortened;
mod source;

use std::sync::Arc;

use tokio::sync::mpsc::{Receiver, channel};

pub use self::file::{AnswerFile, Counts};
pub use self::plan::{Plan, Slot};
pub(crate) use self::settings::Settings;
pub use self::shortened::Shortened;
pub use self::source::{Answer, Answered, Source};

/// How many answers may wait for the disk. A source that is faster waits as well.
const QUEUE: usize = 64;

/// A slot that stayed empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Which.
    pub slot: Slot,
    /// Why.
    pub why: String,
}

/// Fill the empty slots of `file` from `source`.
///
/// `observe` is called for every answer that is safe, with the line of the file. Slots that were asked
/// about and stay empty are added to `unanswered`, however the asking ends.
///
/// # Errors
///
/// The source gave up, or the file cannot be written, or `observe` failed; what came before is safe.
pub async fn gather(
    source: impl Source,
    plan: &Arc<Plan>,
    file: &mut AnswerFile,
    unanswered: &mut Vec<Unanswered>,
    observe: impl FnMut(Slot, &str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let missing = file.missing();
    if missing.is_empty() {
        return Ok(());
    }
    let (answers, arriving) = channel(QUEUE);
    let asking = source.answer(Arc::clone(plan), missing, answers);
    // What came before the source gave up is written down all the same.
    let (asked, recorded) = tokio::join!(asking, record(arriving, file, unanswered, observe));
    unanswered.sort_by_key(|it| it.slot);
    recorded?;
    asked
}

/// Write down what arrives. If that fails, the other end learns that nobody listens.
async fn record(
    mut arriving: Receiver<Answered>,
    file: &mut AnswerFile,
    unanswered: &mut Vec<Unanswered>,
    mut observe: impl FnMut(Slot, &str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut arrived = Vec::new();
    while arriving.recv_many(&mut arrived, QUEUE).await > 0 {
        let mut written = Vec::new();
        for Answered { slot, answer } in arrived.drain(..) {
            match answer {
                Ok(answer) => written.extend(file.append(slot, answer)?.then_some(slot)),
                Err(why) => unanswered.push(Unanswered { slot, why }),
            }
        }
        file.sync()?;
        for slot in written {
            observe(slot, file.line(slot).expect("it was written"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;
    use tokio::sync::mpsc::Sender;

    use super::*;
    use crate::manner::Manner;

    /// Answers the slots in the reverse order, and gives up when it has answered so many.
    struct Backwards(usize);

    impl Source for Backwards {
        async fn answer(
            self,
            _plan: Arc<Plan>,
            missing: Vec<Slot>,
            answers: Sender<Answered>,
        ) -> anyhow::Result<()> {
            for slot in missing.into_iter().rev().take(self.0) {
                let text = format!("{}.{}", slot.task, slot.sample);
                let answer = Ok(Answer { text, ..Answer::default() });
                answers.send(Answered { slot, answer }).await?;
            }
            anyhow::bail!("had enough")
        }
    }

    fn plan() -> Arc<Plan> {
        let dataset = datasets::Dataset::embedded();
        let manner = Manner::usual(dataset.benchmark, false);
        Arc::new(Plan::of(&dataset, Some(3), manner, 2).unwrap())
    }

    #[tokio::test]
    async fn what_came_before_a_source_gave_up_is_kept_and_not_asked_again() {
        let (plan, folder) = (plan(), TempDir::new().unwrap());
        let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
        let mut file = AnswerFile::open(&whole, &plan, false).unwrap();
        let mut unanswered = Vec::new();
        let gathered = gather(Backwards(6), &plan, &mut file, &mut unanswered, |_, _| Ok(()));
        assert_eq!(gathered.await.unwrap_err().to_string(), "had enough");
        file.finish().unwrap();

        let mut seen = 0;
        for _ in 0..3 {
            let mut file = AnswerFile::open(&parts, &plan, true).unwrap();
            let observe = |_, _: &str| {
                seen += 1;
                Ok(())
            };
            gather(Backwards(2), &plan, &mut file, &mut unanswered, observe).await.unwrap_err();
        }
        assert_eq!(seen, 6);
        let mut file = AnswerFile::open(&parts, &plan, true).unwrap();
        gather(Backwards(2), &plan, &mut file, &mut unanswered, |_, _| Ok(())).await.unwrap();
        assert!(unanswered.is_empty());
        file.finish().unwrap();
        assert_eq!(fs::read(&parts).unwrap(), fs::read(&whole).unwrap());
    }

    #[tokio::test]
    async fn an_observer_that_fails_ends_the_asking() {
        let (plan, folder) = (plan(), TempDir::new().unwrap());
        let mut file = AnswerFile::open(&folder.path().join("a"), &plan, false).unwrap();
        let observe = |_, _: &str| anyhow::bail!("the disk is full");
        let mut unanswered = Vec::new();
        let gathered = gather(Backwards(6), &plan, &mut file, &mut unanswered, observe);
        assert_eq!(gathered.await.unwrap_err().to_string(), "the disk is full");
    }
}
