//! A model that is computed here, as a source of answers.
//!
//! It is loaded and drawn from on a thread of its own, which the process does not wait for: somebody
//! who presses Ctrl-C does not want to see the answer out.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use harness::answers::{Answer, Answered, Plan, Slot, Source};
use harness::client::Usage;
use harness::commands::explain;
use harness::commands::sampling::Sampling;
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;
use trainer::sampling::{Filter, Request, Sampler};
use trainer::{LanguageModel, Stop, answer};

use crate::{generation, load};

/// After how many answers a person hears how fast they come.
const TOLD_EVERY: usize = 16;

/// Whether a model is computing.
static IS_COMPUTING: AtomicBool = AtomicBool::new(false);

/// Whether a model is computing that nobody waits for any more.
pub(crate) fn is_computing() -> bool {
    IS_COMPUTING.load(Ordering::Acquire)
}

/// A model that is computed here.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) path: PathBuf,
    pub(crate) sampling: Sampling,
    pub(crate) quiet: bool,
}

impl Local {
    /// Load the model.
    pub(crate) fn load(&self) -> anyhow::Result<LanguageModel> {
        load::language_model(&self.path, load::frozen(self.sampling.bf16))
    }

    /// What draws answers from `model`.
    pub(crate) fn sampler(&self, model: &LanguageModel) -> Sampler {
        let &Sampling { temperature, top_k, top_p, min_p, .. } = &self.sampling;
        Sampler {
            rows: self.sampling.rows,
            filter: Filter { temperature, top_k, top_p, min_p },
            max_tokens: self.sampling.max_tokens as usize,
            stop_ids: model.decoder.config().stop_ids.clone(),
            seed: self.sampling.seed,
            step: 0,
        }
    }

    /// Answer what is missing.
    fn draw(
        &self,
        plan: &Plan,
        missing: &HashSet<Slot>,
        answers: &Sender<Answered>,
    ) -> anyhow::Result<()> {
        let model = self.load()?;
        let mut requests = Vec::new();
        for (task, question) in plan.questions.iter().enumerate() {
            // Answers are keyed by their number, so what is there need not be drawn to go on, but a
            // request begins with its first.
            if (0..plan.samples).any(|sample| missing.contains(&Slot { task, sample })) {
                let prompt = generation::asking(&model, plan.manner, question)?;
                let ids = model.tokenizer.encode(&prompt)?;
                requests.push(Request { prompt: task as u32, ids, samples: plan.samples });
            }
        }
        let lengths: HashMap<u32, usize> =
            requests.iter().map(|request| (request.prompt, request.ids.len())).collect();
        let stops = self.sampling.stops(plan.manner);
        let (started, mut drawn, mut tokens) = (Instant::now(), 0, 0);
        let sampler = self.sampler(&model);
        answer::<anyhow::Error>(
            &model.decoder,
            &model.tokenizer,
            &sampler,
            &requests,
            &stops,
            &mut |sample, text| {
                drawn += 1;
                tokens += sample.tokens.len();
                if !self.quiet && drawn % TOLD_EVERY == 0 {
                    let rate = tokens as f64 / started.elapsed().as_secs_f64();
                    explain(&format!("{drawn} answers drawn, {rate:.0} tokens/s"));
                }
                let slot = Slot { task: sample.prompt as usize, sample: sample.sample };
                if !missing.contains(&slot) {
                    return Ok(());
                }
                let usage = Some(Usage {
                    prompt_tokens: lengths[&sample.prompt] as u64,
                    completion_tokens: sample.tokens.len() as u64,
                });
                let finish = if sample.stop == Stop::Length { "length" } else { "stop" };
                let answer = Ok(Answer { text, finish: Some(finish.to_owned()), usage });
                answers.blocking_send(Answered { slot, answer }).context("nobody listens any more")
            },
        )
    }
}

impl Source for Local {
    async fn answer(
        self,
        plan: Arc<Plan>,
        missing: Vec<Slot>,
        answers: Sender<Answered>,
    ) -> anyhow::Result<()> {
        let missing: HashSet<Slot> = missing.into_iter().collect();
        let (done, drawn) = oneshot::channel();
        IS_COMPUTING.store(true, Ordering::Release);
        std::thread::spawn(move || {
            let ended = self.draw(&plan, &missing, &answers);
            IS_COMPUTING.store(false, Ordering::Release);
            // Nobody may be there any more to hear it.
            let _ = done.send(ended);
        });
        drawn.await.context("the model's thread ended before it was done")?
    }
}
