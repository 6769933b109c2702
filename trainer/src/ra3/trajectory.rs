//! A program with thoughts between its lines.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::actions::Program;
use crate::learning::Target;

/// A human's program, and what was thought before its lines.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Trajectory {
    /// The number of the program.
    pub program: u32,
    /// The number of the trajectory through it.
    pub sample: u32,
    /// The program's tokens with those of the thoughts between them.
    pub tokens: Vec<u32>,
    /// What was decided before each action, in order.
    pub choices: Vec<Choice>,
}

/// What was decided before an action, and where it lies.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Choice {
    /// The place of the decision: the index of the token that was drawn there.
    pub at: usize,
    /// The action's tokens.
    pub code: Range<usize>,
    /// What was decided.
    pub decision: Decision,
}

/// To think or to go on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// `<act>`: the action follows at once. The log-probability of any token that begins no thought.
    Act(f32),
    /// `<think>`: a comment comes first.
    Think(Thought),
    /// There was no room for a thought, so there was nothing to decide.
    NoRoom,
}

/// A comment that was written before an action.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Thought {
    /// How many tokens were drawn and stand in the text, from the place of the decision on.
    pub length: usize,
    /// The log-probability of each of them when it was drawn.
    pub logprobs: Vec<f32>,
    /// Its text, from `#` on.
    pub text: String,
    /// Whether it says nothing, or tried to end the program.
    pub malformed: bool,
}

impl Trajectory {
    /// The trajectory that never thinks, without having asked whether to.
    pub fn plain(number: u32, program: &Program) -> Self {
        let choice = |(action, &at): (usize, &usize)| Choice {
            at,
            code: at..at + program.action(action).len(),
            decision: Decision::NoRoom,
        };
        let choices = program.actions.iter().enumerate().map(choice).collect();
        Self { program: number, sample: 0, tokens: program.tokens.clone(), choices }
    }

    /// Its thoughts.
    pub fn thoughts(&self) -> impl Iterator<Item = &Thought> {
        self.choices.iter().filter_map(Choice::thought)
    }

    /// Whether nothing was thought.
    pub fn is_plain(&self) -> bool {
        self.thoughts().next().is_none()
    }

    /// How many tokens the actions have.
    pub fn code_tokens(&self) -> usize {
        self.choices.iter().map(|choice| choice.code.len()).sum()
    }

    /// Every token of the actions, and the one before it: what a score of the code predicts.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, Target)> {
        let tokens = self.choices.iter().flat_map(|choice| choice.code.clone());
        tokens.map(|place| (place - 1, Target::Token(self.tokens[place])))
    }

    /// What was drawn, and where: the decisions and the tokens of thoughts. Nothing else is the
    /// policy's doing.
    pub(super) fn drawn(&self) -> impl Iterator<Item = (usize, Target)> {
        self.choices.iter().flat_map(|choice| choice.drawn(&self.tokens))
    }

    /// The log-probabilities that [`Trajectory::drawn`] had.
    pub(super) fn logprobs(&self) -> impl Iterator<Item = f32> {
        self.choices
            .iter()
            .flat_map(|choice| match &choice.decision {
                Decision::Act(logprob) => std::slice::from_ref(logprob),
                Decision::Think(thought) => &thought.logprobs,
                Decision::NoRoom => &[],
            })
            .copied()
    }
}

/// Those of `trajectories` whose tokens no earlier one has, and for each of all the place of the one
/// with its tokens among them. Where most never think, that is most of the work saved.
pub(super) fn distinct<'a>(
    trajectories: impl IntoIterator<Item = &'a Trajectory>,
) -> (Vec<&'a Trajectory>, Vec<usize>) {
    let (mut places, mut firsts) = (HashMap::new(), Vec::new());
    let which = trajectories.into_iter().map(|it| {
        *places.entry(&it.tokens[..]).or_insert_with(|| {
            firsts.push(it);
            firsts.len() - 1
        })
    });
    let which = which.collect();
    (firsts, which)
}

impl Choice {
    /// What was thought here.
    pub fn thought(&self) -> Option<&Thought> {
        match &self.decision {
            Decision::Think(thought) => Some(thought),
            _ => None,
        }
    }

    /// How many draws it stands for.
    pub(super) fn draws(&self) -> usize {
        match &self.decision {
            Decision::Act(_) => 1,
            Decision::Think(thought) => thought.length,
            Decision::NoRoom => 0,
        }
    }

    fn drawn(&self, tokens: &[u32]) -> impl Iterator<Item = (usize, Target)> {
        let thinks = matches!(self.decision, Decision::Think(_));
        (self.at..self.at + self.draws()).map(move |place| {
            let target = if thinks { Target::Token(tokens[place]) } else { Target::NoneOfThem };
            (place - 1, target)
        })
    }
}
