//! A model behind an address, as a source of answers.
//!
//! A few requests are under way at a time, and a new one begins only when an earlier one is over and
//! its answers have been taken: a slow disk or a slow server slows down the asking.
//!
//! What fails for good may lie with the server or with the question, and asking must neither go on for
//! hours against a server that is down nor end before questions that nobody has asked yet. So it
//! depends on what the server says:
//!
//! - No permission or money, no such model or address (401 to 404): no other question will fare better, and
//!   asking ends at once.
//! - This request is refused (400, 413, 422), because the prompt is too long for instance: its answers
//!   are missing, and that says nothing about the next question. A server that refuses every single
//!   one is asked each of them once, without a pause, and then the command fails.
//! - Anything else was tried again as long as patience allows. It is counted, and when so many
//!   requests in a row end like this, the server is taken to be down and asking ends. They need not be
//!   the server's fault: questions that bring it down may stand side by side, and those that failed in an
//!   earlier sitting stand first in the next. So after such a failure the next question comes from
//!   elsewhere, spread over all that is left, until one is answered.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use crate::answers::{Answer, Answered, Plan, Slot, Source};
use crate::client::{
    Ask, Client, Endpoint, Failure, Key, Manners, Patience, Reply, Severity, Usage, Words,
};
use crate::commands::explain;
use crate::commands::remote::RemoteArgs;
use crate::commands::sampling::Sampling;
use crate::manner::{Manner, Question};

/// How long a server may be silent. The first token of a long queue takes minutes.
const SILENCE: f64 = 300.0;

/// How often a request is made. With pauses from one second on this outlasts a minute's rate limit.
const ATTEMPTS: u32 = 8;

/// How many requests in a row, at least, fail for good before nothing is hoped for any more.
const HOPELESS: usize = 20;

/// The golden ratio. Its multiples, but for their whole parts, are spread evenly however many there are.
const GOLDEN: f64 = 1.618_033_988_749_895;

/// A model behind an address.
#[derive(Debug)]
pub(crate) struct Remote {
    client: Arc<Client>,
    /// Its name there.
    pub(crate) name: String,
    concurrency: usize,
    together: usize,
    seed: u64,
}

impl Remote {
    /// The model of `endpoint` that is to be asked as the arguments say, up to one of `stops`.
    ///
    /// The server is asked for the name of its model, unless that is given.
    pub(crate) async fn connect(
        endpoint: &Endpoint,
        sampling: &Sampling,
        remote: &RemoteArgs,
        stops: Vec<String>,
    ) -> anyhow::Result<Self> {
        let key = match &remote.key_env {
            Some(name) => Some(
                Key::of_environment(name)?
                    .with_context(|| format!("the environment has no `{name}`"))?,
            ),
            None => Key::of_environment(Key::VARIABLE)?,
        };
        if key.is_some() && endpoint.is_in_the_clear() {
            explain("warning: the key goes over http, where it can be read on the way");
        }
        let client = |model: String, attempts: u32| {
            let manners = Manners {
                model,
                temperature: sampling.temperature,
                top_p: sampling.top_p,
                top_k: sampling.top_k,
                min_p: sampling.min_p,
                max_tokens: sampling.max_tokens,
                is_completion_limit: remote.max_completion_tokens,
                stops: stops.clone(),
                stream: !remote.no_stream,
                omitted: remote.omit.clone(),
            };
            let patience = Patience::new(attempts, remote.pause.unwrap_or(1.0), sampling.seed);
            let silence = Duration::from_secs_f64(remote.timeout.unwrap_or(SILENCE));
            Client::new(endpoint.clone(), key.clone(), manners, patience, silence)
        };
        let attempts = remote.attempts.unwrap_or(ATTEMPTS);
        let name = match &remote.model_name {
            Some(name) => name.clone(),
            // Somebody is waiting to hear that the address is wrong.
            None => only_model(&client(String::new(), attempts.min(2))?, endpoint).await?,
        };
        Ok(Self {
            client: Arc::new(client(name.clone(), attempts)?),
            name,
            concurrency: sampling.rows.get(),
            together: remote.together.unwrap_or(1) as usize,
            seed: sampling.seed,
        })
    }

    /// Make sure that `endpoint` has this model, as far as it tells which models it has.
    pub(crate) async fn require_served(&self, endpoint: &Endpoint) -> anyhow::Result<()> {
        let name = &self.name;
        match self.client.models().await {
            Ok(models) if models.contains(name) => Ok(()),
            Ok(models) => bail!("{endpoint} has no model `{name}`, but {}", models.join(", ")),
            Err(failure) => {
                let why = failure.chain();
                explain(&format!("{endpoint} does not tell whether it has `{name}`: {why}"));
                Ok(())
            }
        }
    }

    /// The answers to one question, which is no benchmark's.
    pub(crate) async fn answers(&self, words: Words, samples: u32) -> anyhow::Result<Vec<Answer>> {
        let slots: Vec<u32> = (0..samples).collect();
        let mut running = JoinSet::new();
        let mut all = Vec::new();
        for together in slots.chunks(self.together) {
            if running.len() == self.concurrency {
                all.extend(running.join_next().await);
            }
            let (client, words, seed) = (Arc::clone(&self.client), words.clone(), self.seed);
            let together = together.to_vec();
            running.spawn(async move { answers(&client, &words, seed, &together).await });
        }
        all.extend(running.join_all().await.into_iter().map(Ok));
        let mut found = Vec::new();
        for answered in all {
            let (answers, failure) = answered.context("a request was not carried through")?;
            if let Some(failure) = failure {
                bail!("{}", failure.chain());
            }
            found.extend(answers);
        }
        found.sort_by_key(|(sample, _)| *sample);
        Ok(found.into_iter().map(|(_, answer)| answer).collect())
    }
}

impl Source for Remote {
    async fn answer(
        self,
        plan: Arc<Plan>,
        missing: Vec<Slot>,
        answers: Sender<Answered>,
    ) -> anyhow::Result<()> {
        let mut requests = requests(&missing, self.together);
        let mut running = JoinSet::new();
        let mut failed_in_a_row = 0;
        // Those that were under way with the first failure are no better chosen than it was.
        let hopeless = HOPELESS.max(2 * self.concurrency);
        loop {
            while running.len() < self.concurrency
                && let Some(slots) = next(&mut requests, failed_in_a_row)
            {
                let (client, plan, seed) = (Arc::clone(&self.client), Arc::clone(&plan), self.seed);
                running.spawn(async move { request(&client, &plan, seed, slots).await });
            }
            let joined = tokio::select! {
                joined = running.join_next() => joined,
                () = answers.closed() => return Ok(()),
            };
            let Some(joined) = joined else { return Ok(()) };
            let (answered, failure) = joined.context("a request was not carried through")?;
            for answered in answered {
                if answers.send(answered).await.is_err() {
                    return Ok(());
                }
            }
            let Some(failure) = failure else {
                failed_in_a_row = 0;
                continue;
            };
            match failure.severity() {
                Severity::Endpoint => bail!("{}", failure.chain()),
                Severity::Request => continue,
                Severity::Passing => failed_in_a_row += 1,
            }
            if failed_in_a_row == hopeless {
                bail!("{hopeless} requests in a row failed, the last because {}", failure.chain());
            }
        }
    }
}

/// The next of the requests that are left: the first, or after failures one from elsewhere.
fn next(requests: &mut VecDeque<Vec<Slot>>, failed_in_a_row: usize) -> Option<Vec<Slot>> {
    let part = (failed_in_a_row as f64 * GOLDEN).fract();
    requests.remove((part * requests.len() as f64) as usize)
}

/// The slots of each request: those of one task, `together` at most.
fn requests(missing: &[Slot], together: usize) -> VecDeque<Vec<Slot>> {
    let of_tasks = missing.chunk_by(|one, other| one.task == other.task);
    of_tasks.flat_map(|slots| slots.chunks(together)).map(<[Slot]>::to_vec).collect()
}

/// What became of `slots`, and why it failed if it did.
async fn request(
    client: &Client,
    plan: &Plan,
    seed: u64,
    slots: Vec<Slot>,
) -> (Vec<Answered>, Option<Failure>) {
    let task = slots[0].task;
    let words = words(plan.manner, &plan.questions[task]);
    let samples: Vec<u32> = slots.iter().map(|slot| slot.sample).collect();
    let (found, failure) = answers(client, &words, seed, &samples).await;
    let why = failure.as_ref().map(Failure::chain).unwrap_or_default();
    let mut found = found.into_iter().map(|(_, answer)| Ok(answer));
    let answered = slots.into_iter().map(|slot| {
        let answer = found.next().unwrap_or_else(|| Err(why.clone()));
        Answered { slot, answer }
    });
    (answered.collect(), failure)
}

/// The answers of these numbers; those from the first that failed on are left out.
///
/// A server may give fewer than it is asked for. Then it is asked for the rest.
async fn answers(
    client: &Client,
    words: &Words,
    seed: u64,
    samples: &[u32],
) -> (Vec<(u32, Answer)>, Option<Failure>) {
    let mut found = Vec::new();
    while let [first, ..] = samples[found.len()..] {
        let rest = &samples[found.len()..];
        // Each answer has a seed of its own, so that none depends on what was asked before.
        let seed = seed.wrapping_add(u64::from(first));
        let ask = Ask { words: words.clone(), answers: rest.len() as u32, seed };
        let Reply { choices, mut usage } = match client.ask(&ask).await {
            Ok(reply) => reply,
            Err(failure) => return (found, Some(failure)),
        };
        for (&sample, choice) in rest.iter().zip(choices) {
            found.push((sample, Answer { text: choice.text, finish: choice.finish, usage }));
            // A server counts a request, and its first answer stands for all.
            usage = usage.map(|_| Usage::default());
        }
    }
    (found, None)
}

/// How a question is put to a server.
fn words(manner: Manner, question: &Question) -> Words {
    let Question { system, text } = question.clone();
    match manner {
        Manner::Continue(_) | Manner::Complete(..) => Words::Beginning(text),
        Manner::Ask(..) => Words::Question { system: system.map(str::to_owned), text },
    }
}

/// The name of the only model of an endpoint.
async fn only_model(client: &Client, endpoint: &Endpoint) -> anyhow::Result<String> {
    let models = client.models().await;
    let models = models.with_context(|| {
        format!("failed to ask {endpoint} for its models; `--model-name` names one")
    })?;
    match &models[..] {
        [name] => Ok(name.clone()),
        [] => bail!("{endpoint} lists no model; `--model-name` names one"),
        several => {
            let shown: Vec<&str> = several.iter().take(10).map(String::as_str).collect();
            let more = if several.len() > shown.len() { ", ..." } else { "" };
            bail!(
                "{endpoint} has {} models: {}{more}; `--model-name` names one",
                several.len(),
                shown.join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_request_is_about_one_task_and_asks_for_no_more_than_allowed() {
        let slot = |(task, sample)| Slot { task, sample };
        let missing = [(0, 0), (0, 1), (0, 4), (1, 0), (3, 2)].map(slot);
        let sizes =
            |together| requests(&missing, together).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(1), [1, 1, 1, 1, 1]);
        assert_eq!(sizes(2), [2, 1, 1, 1]);
        assert_eq!(sizes(9), [3, 1, 1]);
    }

    #[test]
    fn after_failures_questions_come_from_all_over_the_plan_and_each_once() {
        let missing: Vec<Slot> = (0..100).map(|task| Slot { task, sample: 0 }).collect();
        let mut left = requests(&missing, 1);
        let mut asked = |failed| next(&mut left, failed).map(|slots| slots[0].task);
        assert_eq!([asked(0), asked(0)], [Some(0), Some(1)], "in order as long as all goes well");
        let after: Vec<usize> = (1..=20).map_while(&mut asked).collect();
        for part in 0..10 {
            assert!(after.iter().any(|task| task / 10 == part), "{after:?}");
        }
        let rest: Vec<usize> = std::iter::from_fn(|| asked(3)).collect();
        let all: BTreeSet<usize> = [0, 1].into_iter().chain(after).chain(rest).collect();
        assert_eq!((all.len(), asked(0)), (100, None));
    }
}
