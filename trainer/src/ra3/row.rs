//! One trajectory on its way through a program.

use super::actions::Program;
use super::explainer::Thinking;
use super::thoughts::{Ending, Marks, indent, is_empty};
use super::trajectory::{Choice, Decision, Thought, Trajectory};
use crate::sampling::Draw;
use crate::tokenizer::{Tokenizer, TokenizerError};

/// How many random numbers an action has: one for the decision and one for every token.
const DRAWS: u32 = 256;

/// The most tokens of a line end and an indent.
const INDENT: usize = 8;

/// What all trajectories keep to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) marks: &'a Marks,
    pub(super) thinking: Thinking,
    /// The most tokens of a trajectory.
    pub(super) length: usize,
}

impl Rules<'_> {
    /// How many tokens a thought may add to a trajectory.
    pub(super) fn room_of_a_thought(thinking: Thinking) -> usize {
        thinking.max_tokens.get() + INDENT
    }
}

/// A trajectory on its way.
pub(super) struct Row<'a> {
    program: &'a Program,
    /// Up to the decision that is due, or with the thought so far.
    pub(super) trajectory: Trajectory,
    state: State,
    /// How many of the trajectory's tokens the model has seen.
    pub(super) seen: usize,
    /// What it is to see next.
    pub(super) next: Vec<u32>,
}

enum State {
    /// A thought before this action is being drawn.
    Thinking { action: usize, thought: Thought },
    /// The program is read from this action on, which stands behind so many tokens in `next`.
    Reading { action: usize, behind: usize },
}

impl<'a> Row<'a> {
    /// A trajectory before the first decision.
    pub(super) fn new(number: u32, sample: u32, program: &'a Program) -> Self {
        let tokens = program.tokens[..program.actions[0]].to_vec();
        let trajectory = Trajectory { program: number, sample, tokens, choices: Vec::new() };
        let state = State::Reading { action: 0, behind: 0 };
        Self { program, trajectory, state, seen: 0, next: Vec::new() }
    }

    /// Decides before each action from `action` on, of which `openings` says how likely which thought
    /// is, and takes the actions before the first thought. Says whether there is one.
    pub(super) fn go_on(
        &mut self,
        rules: &Rules<'_>,
        action: usize,
        openings: &[f32],
    ) -> Result<bool, TokenizerError> {
        let each = openings.chunks(rules.marks.openings.len().max(1));
        for (action, openings) in (action..self.program.actions.len()).zip(each) {
            match self.decide(rules, action, openings) {
                Ok((opening, logprob)) => {
                    self.seen = self.trajectory.tokens.len();
                    self.take(rules, action, Thought::default(), opening, logprob)?;
                    return Ok(true);
                }
                Err(decision) => self.act(action, self.trajectory.tokens.len(), decision),
            }
        }
        Ok(false)
    }

    /// The opening of a thought and its log-probability, or the decision for none.
    fn decide(
        &self,
        rules: &Rules<'_>,
        action: usize,
        openings: &[f32],
    ) -> Result<(u32, f32), Decision> {
        let rest = self.program.tokens.len() - self.program.actions[action];
        let thought = Rules::room_of_a_thought(rules.thinking);
        if self.trajectory.tokens.len() + thought + rest > rules.length {
            return Err(Decision::NoRoom);
        }
        let mut left = self.uniform(rules, action, 0);
        for (&id, &probability) in rules.marks.openings.iter().zip(openings) {
            if left < f64::from(probability) {
                return Ok((id, probability.ln()));
            }
            left -= f64::from(probability);
        }
        let total: f64 = openings.iter().map(|&it| f64::from(it)).sum();
        Err(Decision::Act((-total).ln_1p() as f32))
    }

    /// Appends an action; the decision before it fell at token `at`.
    fn act(&mut self, action: usize, at: usize, decision: Decision) {
        let begin = self.trajectory.tokens.len();
        self.trajectory.tokens.extend(self.program.action(action));
        let code = begin..self.trajectory.tokens.len();
        self.trajectory.choices.push(Choice { at, code, decision });
    }

    /// The random number for the next token, if it is a thought that goes on.
    pub(super) fn number(&self, rules: &Rules<'_>) -> Option<f64> {
        match &self.state {
            State::Thinking { action, thought } => {
                Some(self.uniform(rules, *action, thought.length))
            }
            State::Reading { .. } => None,
        }
    }

    /// Goes on with the thought whose tokens the model has seen.
    pub(super) fn think(
        &mut self,
        rules: &Rules<'_>,
        id: u32,
        logprob: f32,
    ) -> Result<(), TokenizerError> {
        let State::Thinking { action, thought } = &mut self.state else {
            unreachable!("only what thinks is given a token");
        };
        let (action, thought) = (*action, std::mem::take(thought));
        self.seen = self.trajectory.tokens.len();
        self.take(rules, action, thought, id, logprob)
    }

    /// Adds a token that was drawn to a thought before `action`, which may end with it.
    fn take(
        &mut self,
        rules: &Rules<'_>,
        action: usize,
        mut thought: Thought,
        id: u32,
        logprob: f32,
    ) -> Result<(), TokenizerError> {
        let tokens = &mut self.trajectory.tokens;
        let indent = indent(rules.tokenizer, &tokens[..tokens.len() - thought.length])?;
        if rules.marks.endings.contains(&id) || rules.tokenizer.bytes(id).is_err() {
            thought.malformed = true;
            let ending = Ending::forced(rules.tokenizer, &indent)?;
            return self.finish(rules, action, thought, ending);
        }
        let ending = Ending::by(rules.tokenizer, id, &indent)?;
        if ending.as_ref().is_none_or(|ending| ending.keeps) {
            tokens.push(id);
            thought.length += 1;
            thought.logprobs.push(logprob);
        }
        match ending {
            Some(ending) => self.finish(rules, action, thought, ending),
            None if thought.length >= rules.thinking.max_tokens.get() => {
                let ending = Ending::forced(rules.tokenizer, &indent)?;
                self.finish(rules, action, thought, ending)
            }
            None => {
                self.next = vec![id];
                self.state = State::Thinking { action, thought };
                Ok(())
            }
        }
    }

    /// Ends a thought, behind which the program is read on.
    fn finish(
        &mut self,
        rules: &Rules<'_>,
        action: usize,
        mut thought: Thought,
        ending: Ending,
    ) -> Result<(), TokenizerError> {
        let tokens = &mut self.trajectory.tokens;
        let at = tokens.len() - thought.length;
        let text = rules.tokenizer.decode(&tokens[at..])?;
        thought.text = text.trim().to_owned();
        thought.malformed |= is_empty(&thought.text);
        tokens.extend(ending.tokens);
        self.next = tokens[self.seen..].to_vec();
        let behind = self.next.len();
        self.next.extend(&self.program.tokens[self.program.actions[action]..]);
        self.state = State::Reading { action, behind };
        self.act(action, at, Decision::Think(thought));
        Ok(())
    }

    /// The places of the tokens before each later action, in what was read from `begin` on.
    pub(super) fn before_later_actions(&self, begin: usize) -> Vec<i64> {
        let State::Reading { action, behind } = self.state else { return Vec::new() };
        let actions = &self.program.actions;
        let before = |at: &usize| (begin + behind + at - actions[action]) as i64 - 1;
        actions[action + 1..].iter().map(before).collect()
    }

    /// Goes on from what was read, of which `openings` says how likely thoughts are; false at the end.
    pub(super) fn read_on(
        &mut self,
        rules: &Rules<'_>,
        openings: &[f32],
    ) -> Result<bool, TokenizerError> {
        let State::Reading { action, .. } = self.state else {
            unreachable!("what thinks is given a token");
        };
        self.go_on(rules, action + 1, openings)
    }

    fn uniform(&self, rules: &Rules<'_>, action: usize, place: usize) -> f64 {
        let (Thinking { seed, step, .. }, it) = (rules.thinking, &self.trajectory);
        let position = action as u32 * DRAWS + (place as u32).min(DRAWS - 1);
        Draw { seed, step, prompt: it.program, sample: it.sample, position }.uniform()
    }
}
