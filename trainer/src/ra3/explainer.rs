//! Draws thoughts: a model goes through human programs and decides before each line whether to think.
//!
//! # Theory of operation
//!
//! A program is read once, as it is. That one pass says before every line how likely a thought is
//! there, and so where the first one falls: everything up to there cost nothing but the pass, which
//! all trajectories of the program share. A trajectory that thinks gets a row of the cache with what
//! comes before the thought, draws it token by token, and then reads the rest of the program behind
//! it, again in one pass, up to the next thought. Rows that draw and rows that read are computed
//! together: each iteration every row appends what it has, one token or a hundred.
//!
//! The model never sees the line that a thought is for before the thought is written: what was read
//! of the line and after it is taken back.
//!
//! Random numbers are looked up by seed, step, program, trajectory, action and place in the thought.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::Ra3Error;
use super::actions::Program;
use super::row::{Row, Rules};
use super::thoughts::Marks;
use super::trajectory::Trajectory;
use crate::model::{Decoder, KeyValueCache, Text};
use crate::ranks::Ranks;
use crate::sampling::Filter;
use crate::stage::stage;
use crate::tokenizer::{Tokenizer, TokenizerError};

/// How thoughts are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Thinking {
    /// Divides the scores of decisions and of the tokens of thoughts: the distribution at this temperature
    /// is `q`. Above 0; 1 in the paper. Who learns from thoughts has the same, [`Learner::temperature`].
    ///
    /// [`Learner::temperature`]: crate::learning::Learner::temperature
    pub temperature: f64,
    /// The most tokens of a thought, the one that begins it and the one that ends it included.
    pub max_tokens: NonZeroUsize,
    /// How many trajectories are computed at once.
    pub rows: NonZeroUsize,
    /// Of all random numbers.
    pub seed: u64,
    /// Of the training; part of the key of the random numbers.
    pub step: u32,
}

/// A model that explains programs.
#[derive(Clone, Copy, Debug)]
pub struct Explainer<'a> {
    /// The model.
    pub model: &'a Decoder,
    /// Its tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// How its thoughts begin.
    pub marks: &'a Marks,
    /// How they are drawn.
    pub thinking: Thinking,
    /// Who shares the programs.
    pub ranks: &'a Ranks,
}

/// What explaining took.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Effort {
    /// How many tokens of thoughts were drawn.
    pub drawn: usize,
    /// How many tokens were computed, drawn ones included.
    pub computed: usize,
}

impl Explainer<'_> {
    /// Draws `samples` trajectories through each of `programs`, which go by these ascending numbers, and
    /// gives them in the order of programs and samples.
    ///
    /// # Errors
    ///
    /// A thought cannot be decoded, or the white space behind it not be encoded; or a rank is gone.
    pub fn explain(
        &self,
        programs: &[(u32, &Program)],
        samples: u32,
    ) -> Result<(Vec<Trajectory>, Effort), Ra3Error> {
        let _explaining = stage!("writing thoughts");
        let own = self.ranks.mine(programs.iter().copied());
        let own = if own.is_empty() { Default::default() } else { self.draw_all(&own, samples)? };
        let (mut trajectories, mut effort) = (Vec::new(), Effort::default());
        for (part, Effort { drawn, computed }) in self.ranks.gather(own)? {
            trajectories.extend(part);
            effort.drawn += drawn;
            effort.computed += computed;
        }
        trajectories.sort_by_key(|it: &Trajectory| (it.program, it.sample));
        Ok((trajectories, effort))
    }

    fn draw_all(
        &self,
        programs: &[(u32, &Program)],
        samples: u32,
    ) -> Result<(Vec<Trajectory>, Effort), TokenizerError> {
        let context = self.model.config().context;
        let room = |program: &Program| {
            program.tokens.len() + program.actions.len() * Rules::room_of_a_thought(self.thinking)
        };
        let longest = programs.iter().map(|(_, program)| room(program)).max().unwrap_or(0);
        let (config, kind, device) = (self.model.config(), self.model.kind(), self.model.device());
        let rows = self.thinking.rows.get().min(programs.len() * samples as usize);
        let length = longest.min(context);
        let Self { tokenizer, marks, thinking, .. } = *self;
        let mut run = Run {
            explainer: self,
            rules: Rules { tokenizer, marks, thinking, length },
            cache: KeyValueCache::new(config, rows, length, kind, device),
            waiting: VecDeque::new(),
            rows: Vec::new(),
            finished: Vec::new(),
            effort: Effort::default(),
        };
        for &(number, program) in programs {
            run.begin(number, program, samples)?;
        }
        while !run.rows.is_empty() {
            run.iterate()?;
        }
        Ok((run.finished, run.effort))
    }

    /// The probability of each opening after each of `places`, `[places, openings]`, given what the
    /// last block says.
    fn openings(&self, hidden: &Tensor, places: &[i64]) -> Vec<f32> {
        if places.is_empty() {
            return Vec::new();
        }
        let openings: Vec<i64> = self.marks.openings.iter().map(|&id| i64::from(id)).collect();
        tch::no_grad(|| {
            let places = Tensor::from_slice(places).to_device(self.model.device());
            let hidden = hidden.index_select(0, &places);
            let openings = Tensor::from_slice(&openings).to_device(self.model.device());
            let scores = self.model.logits(&hidden) / self.thinking.temperature;
            let all = scores.log_softmax(-1, Kind::Float);
            let chosen = all.index_select(1, &openings).exp().reshape([-1_i64]);
            Vec::try_from(chosen).expect("a number for every place and opening")
        })
    }
}

/// A row that waits for a place in the cache.
struct Waiting<'a> {
    row: Row<'a>,
    text: Rc<Text>,
}

struct Run<'a> {
    explainer: &'a Explainer<'a>,
    rules: Rules<'a>,
    cache: KeyValueCache,
    waiting: VecDeque<Waiting<'a>>,
    /// In the order of the cache's rows.
    rows: Vec<Row<'a>>,
    finished: Vec<Trajectory>,
    effort: Effort,
}

impl<'a> Run<'a> {
    /// Reads a program, and lets its trajectories go up to their first thoughts.
    fn begin(
        &mut self,
        number: u32,
        program: &'a Program,
        samples: u32,
    ) -> Result<(), TokenizerError> {
        if program.actions.is_empty() {
            return Ok(());
        }
        let (text, hidden) = self.explainer.model.read_text(&program.tokens);
        self.effort.computed += program.tokens.len();
        let before: Vec<i64> = program.actions.iter().map(|&at| at as i64 - 1).collect();
        let openings = self.explainer.openings(&hidden, &before);
        let text = Rc::new(text);
        for sample in 0..samples {
            let mut row = Row::new(number, sample, program);
            if row.go_on(&self.rules, 0, &openings)? {
                self.waiting.push_back(Waiting { row, text: Rc::clone(&text) });
            } else {
                self.finished.push(row.trajectory);
            }
        }
        // A text is read only when there is a row for what comes of it, so that few are kept.
        self.admit();
        while !self.waiting.is_empty() {
            self.iterate()?;
        }
        Ok(())
    }

    fn admit(&mut self) {
        while self.cache.has_room() {
            let Some(Waiting { row, text }) = self.waiting.pop_front() else { return };
            self.cache.add_beginning(&text, row.seen);
            self.rows.push(row);
        }
    }

    /// Computes what every row has, and lets each draw or read on.
    fn iterate(&mut self) -> Result<(), TokenizerError> {
        self.admit();
        let mut begins = Vec::with_capacity(self.rows.len());
        let mut computed = 0;
        for row in &self.rows {
            begins.push(computed);
            computed += row.next.len();
        }
        self.effort.computed += computed;
        let spans: Vec<(usize, &[u32])> =
            self.rows.iter().enumerate().map(|(place, row)| (place, &row.next[..])).collect();
        let hidden = self.explainer.model.append(&spans, &mut self.cache);
        let drawn = self.draw(&hidden, &begins);
        // From the end, so that the row that takes a freed place was looked at before.
        for place in (0..self.rows.len()).rev() {
            let row = &mut self.rows[place];
            if let Some((id, logprob)) = drawn[place] {
                self.effort.drawn += 1;
                row.think(&self.rules, id, logprob)?;
                continue;
            }
            let before = row.before_later_actions(begins[place]);
            let openings = self.explainer.openings(&hidden, &before);
            if row.read_on(&self.rules, &openings)? {
                self.cache.truncate(place, row.seen);
            } else {
                self.cache.swap_remove(place);
                self.finished.push(self.rows.swap_remove(place).trajectory);
            }
        }
        Ok(())
    }

    /// Draws a token for every row that thinks, and says how likely it was.
    fn draw(&self, hidden: &Tensor, begins: &[usize]) -> Vec<Option<(u32, f32)>> {
        let numbers: Vec<Option<f64>> =
            self.rows.iter().map(|row| row.number(&self.rules)).collect();
        let thinking = || numbers.iter().zip(begins).filter_map(|(it, begin)| it.zip(Some(*begin)));
        let sources: Vec<i64> = thinking().map(|(_, begin)| begin as i64).collect();
        if sources.is_empty() {
            return vec![None; numbers.len()];
        }
        let keys: Vec<f64> = thinking().map(|(number, _)| number).collect();
        let sources = Tensor::from_slice(&sources).to_device(hidden.device());
        let scores =
            tch::no_grad(|| self.explainer.model.logits(&hidden.index_select(0, &sources)));
        let temperature = self.explainer.thinking.temperature;
        let filter = Filter { temperature, ..Filter::default() };
        let mut pairs = filter.sample(&scores, &keys).into_iter();
        numbers.iter().map(|number| number.and_then(|_| pairs.next())).collect()
    }
}
