//! How a model behind an address is asked: arguments that `ra3 generate` and `ra3 eval` share.

use std::str::FromStr;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::sampling::Sampling;
use super::seconds;
use crate::client::Usage;

/// How a model behind an address is asked.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Models behind an address")]
pub struct RemoteArgs {
    /// The name of the model there; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_name: Option<String>,
    /// The environment variable with the key; RA3_API_KEY by default.
    #[arg(long, value_name = "VARIABLE")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// How many answers one request may ask for; 1 by default, which every server understands.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<u32>,
    /// How long the server may be silent, in seconds; 300 by default.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
    /// How often a request is made before it counts as failed; 8 by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The pause before a request is made again, which doubles from time to time; 1 by default.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<f64>,
    /// Wait for whole answers instead of reading them as they are written.
    #[arg(long)]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_stream: bool,
    /// Leave a field out of requests that the server refuses, such as seed; may be given more than once.
    #[arg(long, value_name = "FIELD")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<String>,
    /// Call the limit of tokens max_completion_tokens in requests, for servers that refuse max_tokens.
    #[arg(long)]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub max_completion_tokens: bool,
    /// What a million tokens cost, read and written, such as 0.15,0.60.
    #[arg(long, value_name = "IN,OUT")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

impl RemoteArgs {
    /// These arguments, with those of an `earlier` run where they say nothing.
    pub(crate) fn completed_from(self, earlier: Self) -> Self {
        Self {
            model_name: self.model_name.or(earlier.model_name),
            key_env: self.key_env.or(earlier.key_env),
            together: self.together.or(earlier.together),
            timeout: self.timeout.or(earlier.timeout),
            attempts: self.attempts.or(earlier.attempts),
            pause: self.pause.or(earlier.pause),
            no_stream: self.no_stream || earlier.no_stream,
            omit: if self.omit.is_empty() { earlier.omit } else { self.omit },
            max_completion_tokens: self.max_completion_tokens || earlier.max_completion_tokens,
            price: self.price.or(earlier.price),
        }
    }

    /// The most tokens of an answer that is drawn as `sampling` says; nothing where the server is not told.
    pub(crate) fn max_tokens(&self, sampling: &Sampling) -> Option<u32> {
        let field = if self.max_completion_tokens { "max_completion_tokens" } else { "max_tokens" };
        (!self.omit.iter().any(|omitted| omitted == field)).then_some(sampling.max_tokens)
    }
}

/// What a million tokens cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Those that are read.
    pub prompt: f64,
    /// Those that are written.
    pub completion: f64,
}

impl Price {
    /// What `usage` costs.
    pub(crate) fn of(self, usage: Usage) -> f64 {
        let Usage { prompt_tokens, completion_tokens } = usage;
        (self.prompt * prompt_tokens as f64 + self.completion * completion_tokens as f64) / 1e6
    }
}

impl FromStr for Price {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let price =
            |text: &str| text.trim().parse().ok().filter(|it: &f64| (0.0..1e9).contains(it));
        let both = text.split_once(',').and_then(|(read, written)| price(read).zip(price(written)));
        let (prompt, completion) = both.ok_or("must be two numbers, such as 0.15,0.60")?;
        Ok(Self { prompt, completion })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_for_a_million_tokens() {
        let price: Price = "0.15, 0.6".parse().unwrap();
        let usage = Usage { prompt_tokens: 2_000_000, completion_tokens: 500_000 };
        assert!((price.of(usage) - 0.6).abs() < 1e-12);
        assert!("0.15".parse::<Price>().is_err() && "-1,0".parse::<Price>().is_err());
    }
}
