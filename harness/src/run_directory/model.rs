//! The part of `config.toml` that says who answered, and what came of the asking.

use serde::{Deserialize, Serialize};

use crate::answers::Shortened;
use crate::client::Usage;
use crate::commands::remote::RemoteArgs;
use crate::commands::sampling::Sampling;
use crate::model_place::ModelPlace;

/// Which model answers, and how it is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModelConfig {
    /// Where it is.
    pub(crate) place: ModelPlace,
    /// Its name there, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// How many of the problems are asked, where not all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) problems: Option<usize>,
    /// How answers are drawn.
    pub(crate) sampling: Sampling,
    /// How a model behind an address is asked. No answer depends on it, but for the fields left out.
    #[serde(default)]
    pub(crate) remote: RemoteArgs,
}

impl ModelConfig {
    /// What a person calls it.
    pub(crate) fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.place.label())
    }

    /// The most tokens of an answer; nothing where the server was not told.
    pub(crate) fn max_tokens(&self) -> Option<u32> {
        self.remote.max_tokens(&self.sampling)
    }

    /// Whether this is the model that was `earlier` at another address.
    pub(crate) fn has_moved_from(&self, earlier: &Self) -> bool {
        let are_there =
            [&self.place, &earlier.place].iter().all(|it| matches!(it, ModelPlace::There(_)));
        are_there && self.place != earlier.place && self.name.is_some() && self.name == earlier.name
    }

    /// That it has, in a sentence.
    pub(crate) fn told_of_move(&self, earlier: &Self) -> String {
        let (label, before, now) = (self.label(), &earlier.place, &self.place);
        format!("{label} was at {before} and is at {now} now; answers of both count as its own")
    }

    /// What an answer may depend on and was otherwise `earlier`, a sentence each.
    pub(crate) fn differences(&self, earlier: &Self) -> Vec<String> {
        let has_moved = self.has_moved_from(earlier);
        let both = earlier.facts().into_iter().zip(self.facts());
        let both = both.map(|((what, before), (_, now))| (what, before, now));
        let both = both.filter(|(what, before, now)| !Self::may_follow(what, before, now));
        let told = both.filter(|(what, _, _)| !(has_moved && *what == "model"));
        told.map(|(what, before, now)| format!("{what} was {before} and is {now}")).collect()
    }

    /// What an answer depends on, by name.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let Self { place, name, problems, sampling, remote } = self;
        let or_none = |it: Option<String>| it.unwrap_or_else(|| "not given".to_owned());
        vec![
            ("model", place.to_string()),
            ("name of the model", or_none(name.clone())),
            ("limit", or_none(problems.map(|it| it.to_string()))),
            ("number of samples", sampling.samples_per_task.to_string()),
            ("style", or_none(sampling.style.map(|it| format!("{it:?}").to_lowercase()))),
            ("--chat", sampling.chat.to_string()),
            ("temperature", sampling.temperature.to_string()),
            ("top-k", sampling.top_k.to_string()),
            ("top-p", sampling.top_p.to_string()),
            ("min-p", sampling.min_p.to_string()),
            ("max-tokens", sampling.max_tokens.to_string()),
            ("stop", format!("{:?}", sampling.stop)),
            ("seed", sampling.seed.to_string()),
            ("--bf16", sampling.bf16.to_string()),
            ("--omit", remote.omit.join(",")),
        ]
    }

    /// Whether what was `earlier` may be as it is now: the same, or more where that asks for more.
    fn may_follow(what: &str, earlier: &str, now: &str) -> bool {
        match what {
            "number of samples" => {
                earlier.parse::<u32>().ok().zip(now.parse().ok()).is_some_and(|(a, b)| a <= b)
            }
            "limit" => {
                let number = |text: &str| text.parse().unwrap_or(usize::MAX);
                number(earlier) <= number(now)
            }
            _ => earlier == now,
        }
    }
}

/// What came of the asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AnswersTally {
    /// How many answers never came.
    pub(crate) unanswered: usize,
    /// The tokens of the others, as far as they were counted.
    #[serde(flatten)]
    pub(crate) usage: Usage,
    /// How many answers' tokens nobody counted.
    pub(crate) uncounted: usize,
    /// How many did not end where the model would have ended them.
    #[serde(flatten)]
    pub(crate) shortened: Shortened,
    /// What the tokens cost, where prices were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<f64>,
}
