//! Answers and what they earn: which prompts are answered, the answers of this rank, the groups of all.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::timeout_at;

use super::{EVALUATION, Rlvr, RlvrError, Seconds, State, Task};
use crate::answers::answer;
use crate::environment::{Earned, Environment, EnvironmentError};
use crate::model::Decoder;
use crate::order::Order;
use crate::rollout::{Completion, Group, Rollout};
use crate::sampling::{Draw, Request, Sampler};
use crate::stage::stage;

/// An answer whose reward is being computed.
struct Pending {
    /// Of the task in the list, and of its answer.
    place: (u32, u32),
    completion: Completion,
    reward: JoinHandle<Result<Earned, EnvironmentError>>,
}

/// The answers that this rank wrote, and how long that took.
pub(super) struct Drawn {
    graded: Vec<Graded>,
    pub(super) sampling: Duration,
    /// Of rewards, when the last answer was written.
    pub(super) waiting: Duration,
}

impl<E: Environment + 'static> Rlvr<E> {
    /// The groups of a step.
    ///
    /// Where the objective drops groups whose answers all earned the same, as many prompts more are
    /// answered, up to the limit of redraws; the last groups stay as they are. Groups that were drawn ahead
    /// are the first.
    pub(super) fn roll_out(
        &self,
        model: &Decoder,
        state: &mut State,
        seconds: &mut Seconds,
    ) -> Result<Vec<Group>, RlvrError> {
        let settings = &self.settings;
        let sampler = self.sampler(model, state.step as u32);
        let mut groups: Vec<Group> = Vec::new();
        for round in 0..=settings.redraws {
            let ahead = std::mem::take(&mut state.ahead);
            let drawn = if ahead.is_empty() {
                let tasks = self.choose(state, &groups);
                self.answers(model, &sampler, &tasks, settings.samples, state.step, seconds)?
            } else {
                ahead
            };
            if settings.curriculum {
                for group in &drawn {
                    state.curriculum.learn(group.task, group.is_mixed());
                }
            }
            groups.extend(drawn);
            if !settings.objective.drop_equal_groups || round == settings.redraws {
                break;
            }
            groups.retain(Group::is_mixed);
            if groups.len() == settings.prompts.min(self.tasks.len()) {
                break;
            }
        }
        if settings.shuffle_rewards {
            shuffle(settings.seed, state.step, &mut groups);
        }
        if let Some(overlong) = settings.overlong {
            for rollout in groups.iter_mut().flat_map(|group| &mut group.rollouts) {
                rollout.reward += overlong.penalty(rollout.completion.tokens.len()) as f32;
            }
        }
        Ok(groups)
    }

    /// The prompts that come next, beside those of `groups`. A prompt twice in a step would get the same
    /// answers twice.
    pub(super) fn choose(&self, state: &mut State, groups: &[Group]) -> Vec<(usize, &Task<E>)> {
        let settings = &self.settings;
        let mut order = Order::new(settings.seed, self.tasks.len());
        let wanted = settings.prompts.min(self.tasks.len()) - groups.len();
        let mut tasks: Vec<(usize, &Task<E>)> = Vec::new();
        while tasks.len() < wanted {
            let task = order.prompt(state.drawn);
            state.drawn += 1;
            if settings.curriculum && !state.curriculum.is_due(task) {
                continue;
            }
            let is_new = groups.iter().all(|group| group.task != task)
                && tasks.iter().all(|&(other, _)| other != task);
            if is_new {
                tasks.push((task, &self.tasks[task]));
            }
        }
        tasks
    }

    /// Answers each of `tasks`, which go by these numbers, this many times.
    pub(super) fn answers(
        &self,
        model: &Decoder,
        sampler: &Sampler,
        tasks: &[(usize, &Task<E>)],
        samples: u32,
        step: u64,
        seconds: &mut Seconds,
    ) -> Result<Vec<Group>, RlvrError> {
        let drawn = self.draw(model, sampler, tasks, samples)?;
        seconds.sampling += drawn.sampling.as_secs_f64();
        seconds.waiting += drawn.waiting.as_secs_f64();
        let began = Instant::now();
        let groups = self.gather(tasks, drawn, step)?;
        seconds.waiting += began.elapsed().as_secs_f64();
        Ok(groups)
    }

    /// Writes the answers of this rank, and waits for what they earn. No other rank is needed for that.
    pub(super) fn draw(
        &self,
        model: &Decoder,
        sampler: &Sampler,
        tasks: &[(usize, &Task<E>)],
        samples: u32,
    ) -> Result<Drawn, RlvrError> {
        let request = |&(number, task): &(usize, &Task<E>)| Request {
            prompt: number as u32,
            ids: task.ids.clone(),
            samples,
        };
        let requests: Vec<Request> = self.ranks.mine(tasks.iter().map(request));
        let environment = |prompt: u32| {
            let found = tasks.iter().find(|(number, _)| *number as u32 == prompt);
            &found.expect("an answer is to a request").1.environment
        };
        let writing = stage!("writing answers");
        let began = Instant::now();
        let mut pending: Vec<Pending> = Vec::new();
        let mut written = |place: (u32, u32), completion: Completion| {
            let (environment, words) = (environment(place.0).clone(), completion.text.clone());
            let reward = self.runtime.spawn(async move { environment.reward(&words).await });
            pending.push(Pending { place, completion, reward });
        };
        let missing = match &self.writer {
            Some(writer) if sampler.step != EVALUATION => {
                self.ask(writer, sampler, &requests, &mut written)
            }
            _ => {
                self.write(model, sampler, &requests, &mut written)?;
                Vec::new()
            }
        };
        let sampling = began.elapsed();
        drop(writing);
        let _waiting = stage!("waiting for rewards");
        let began = Instant::now();
        let mut graded = self.runtime.block_on(graded(pending, self.settings.deadline))?;
        graded.extend(missing);
        Ok(Drawn { graded, sampling, waiting: began.elapsed() })
    }

    /// Answers `requests`, and hands each answer to `written` when it is finished.
    fn write(
        &self,
        model: &Decoder,
        sampler: &Sampler,
        requests: &[Request],
        written: &mut dyn FnMut((u32, u32), Completion),
    ) -> Result<(), RlvrError> {
        let (tokenizer, stops) = (&self.tokenizer, &self.settings.stops);
        answer::<RlvrError>(model, tokenizer, sampler, requests, stops, &mut |sample, text| {
            let (tokens, logprobs, stop) = (sample.tokens, sample.logprobs, sample.stop);
            let completion = Completion { tokens, logprobs, text, stop };
            written((sample.prompt, sample.sample), completion);
            Ok(())
        })
    }

    /// The groups that the answers of all ranks make.
    pub(super) fn gather(
        &self,
        tasks: &[(usize, &Task<E>)],
        drawn: Drawn,
        step: u64,
    ) -> Result<Vec<Group>, RlvrError> {
        let mut graded: Vec<Graded> =
            self.ranks.gather(drawn.graded)?.into_iter().flatten().collect();
        graded.sort_by_key(|it| it.0);
        into_groups(tasks, graded, step)
    }
}

/// Gives the rewards of all answers to other answers, at random.
fn shuffle(seed: u64, step: u64, groups: &mut [Group]) {
    let mut rewards: Vec<f32> = groups.iter().flat_map(Group::rewards).collect();
    for last in (1..rewards.len()).rev() {
        // No answer has this number.
        let (prompt, sample, position) = (u32::MAX, u32::MAX, last as u32);
        let number = Draw { seed, step: step as u32, prompt, sample, position }.uniform();
        rewards.swap(last, (number * (last + 1) as f64) as usize);
    }
    let rollouts = groups.iter_mut().flat_map(|group| &mut group.rollouts);
    for (rollout, reward) in rollouts.zip(rewards) {
        rollout.reward = reward;
    }
}

/// An answer and its reward, or why there is none.
pub(super) type Graded = ((u32, u32), Completion, Result<Earned, String>);

/// Waits for all rewards, in the order of prompts and samples, whichever came first.
async fn graded(mut pending: Vec<Pending>, patience: Duration) -> Result<Vec<Graded>, RlvrError> {
    pending.sort_by_key(|it| it.place);
    let deadline = tokio::time::Instant::now() + patience;
    let answers = pending.len();
    let mut graded: Vec<Graded> = Vec::with_capacity(answers);
    for Pending { place, completion, reward } in pending {
        let Ok(joined) = timeout_at(deadline, reward).await else {
            let (missing, seconds) = (answers - graded.len(), patience.as_secs());
            return Err(RlvrError::RewardsLate { missing, answers, seconds });
        };
        let reward = match joined {
            Ok(Ok(earned)) if earned.reward.is_finite() => Ok(earned),
            Ok(Ok(earned)) => Err(format!("the reward is {}", earned.reward)),
            Ok(Err(EnvironmentError(source))) => Err(source.to_string()),
            Err(panicked) => Err(panicked.to_string()),
        };
        graded.push((place, completion, reward));
    }
    Ok(graded)
}

fn into_groups<E: Environment>(
    tasks: &[(usize, &Task<E>)],
    graded: Vec<Graded>,
    step: u64,
) -> Result<Vec<Group>, RlvrError> {
    let group = |&(task, Task { ids, environment }): &(usize, &Task<E>)| Group {
        task,
        prompt: environment.prompt().to_owned(),
        ids: ids.clone(),
        rollouts: Vec::new(),
        ungraded: 0,
    };
    let mut groups: Vec<Group> = tasks.iter().map(group).collect();
    let (answers, mut failures, mut last) = (graded.len(), 0, String::new());
    for ((prompt, sample), completion, reward) in graded {
        let group = groups.iter_mut().find(|group| group.task as u32 == prompt);
        let group = group.expect("an answer is to a request");
        match reward {
            Ok(Earned { reward, note }) => {
                group.rollouts.push(Rollout { completion, reward, note, sample });
            }
            Err(reason) => {
                tracing::warn!(prompt, sample, reason, "an answer has no reward and is left out");
                group.ungraded += 1;
                failures += 1;
                last = reason;
            }
        }
    }
    if failures == answers && answers > 0 {
        return Err(RlvrError::NothingGraded { step, answers, last });
    }
    Ok(groups)
}
