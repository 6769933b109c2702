//! How well a model predicts programs that it did not learn from, with and without thoughts.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Ra3Error;
use super::actions::Program;
use super::explainer::{Explainer, Thinking};
use super::scoring::Scoring;
use super::thoughts::Marks;
use super::trajectory::Trajectory;
use crate::model::Decoder;
use crate::tokenizer::Tokenizer;

/// What a model makes of programs.
///
/// With thoughts, a program is explained once by the model itself. Then
/// `-log pi(code | thoughts)` is in the mean not less than the negative log-likelihood of the code
/// with thoughts summed over, as Jensen's inequality has it: lines without a thought also pay for the
/// decision not to think. So a model that thinks is not flattered.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct HeldOut {
    /// The mean negative log-probability of a token of code, without thoughts.
    pub plain_loss: f64,
    /// The same behind the model's own thoughts.
    pub thinking_loss: f64,
    /// The share of lines before which it thinks.
    pub think_rate: f64,
    /// The mean length of its thoughts, in tokens.
    pub thought_length: f64,
    /// How many tokens of code there are.
    pub code_tokens: usize,
    /// Of each program: how many tokens of code, the sum of their negative log-probabilities without
    /// thoughts, and with. For intervals over programs.
    pub by_program: Vec<(usize, f64, f64)>,
    /// How long it took.
    pub seconds: f64,
}

impl HeldOut {
    /// Measures `model` on `programs`. Without `thinking` it does not think.
    ///
    /// # Errors
    ///
    /// A thought is no text, or a rank is gone.
    pub fn measure(
        model: &Decoder,
        (tokenizer, marks): (&Tokenizer, &Marks),
        programs: &[Program],
        thinking: Option<Thinking>,
        scoring: Scoring<'_>,
    ) -> Result<Self, Ra3Error> {
        let began = Instant::now();
        let numbered = || programs.iter().enumerate().map(|(number, it)| (number as u32, it));
        let plain: Vec<Trajectory> =
            numbered().map(|(number, it)| Trajectory::plain(number, it)).collect();
        let losses = |trajectories: &[Trajectory]| -> Result<Vec<f64>, Ra3Error> {
            let all: Vec<&Trajectory> = trajectories.iter().collect();
            let scores = scoring.score(model, &all)?;
            let sum =
                |of: &Vec<Vec<f32>>| -of.iter().flatten().map(|&it| f64::from(it)).sum::<f64>();
            Ok(scores.iter().map(sum).collect())
        };
        let without = losses(&plain)?;
        let (explained, with) = match thinking {
            Some(thinking) => {
                let ranks = scoring.ranks;
                let explainer = Explainer { model, tokenizer, marks, thinking, ranks };
                let explained = explainer.explain(&numbered().collect::<Vec<_>>(), 1)?.0;
                let with = losses(&explained)?;
                (explained, with)
            }
            None => (Vec::new(), without.clone()),
        };
        let tokens: Vec<usize> = plain.iter().map(Trajectory::code_tokens).collect();
        let code_tokens = tokens.iter().sum::<usize>();
        let per_token = |losses: &[f64]| losses.iter().sum::<f64>() / code_tokens.max(1) as f64;
        let lines: usize = plain.iter().map(|it| it.choices.len()).sum();
        let thoughts: Vec<usize> =
            explained.iter().flat_map(Trajectory::thoughts).map(|it| it.length).collect();
        Ok(Self {
            plain_loss: per_token(&without),
            thinking_loss: per_token(&with),
            think_rate: thoughts.len() as f64 / lines.max(1) as f64,
            thought_length: thoughts.iter().sum::<usize>() as f64 / thoughts.len().max(1) as f64,
            code_tokens,
            by_program: tokens
                .into_iter()
                .zip(without.into_iter().zip(with))
                .map(|(tokens, (without, with))| (tokens, without, with))
                .collect(),
            seconds: began.elapsed().as_secs_f64(),
        })
    }
}
