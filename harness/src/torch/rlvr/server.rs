//! A server that writes the answers of a run.
//!
//! It must name the tokens that it draws and their probabilities; one that does not is refused before anything
//! is trained, since a text that is tokenised again may be other tokens than were drawn.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use harness::client::{Ask, Client, Drawn, Endpoint, Key, Manners, Patience, Words};
use harness::commands::explain;
use serde::{Deserialize, Serialize};
use trainer::rlvr::{Asked, Writer, Writing, Written};

use super::config::Training;

/// Who writes the answers, if it is not this process.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolloutKeys {
    /// The address of an OpenAI-compatible interface, such as `http://127.0.0.1:8000/v1`, that names the
    /// tokens that it draws: `ra3 serve`, or vLLM. It has the same model, and answers with the weights that
    /// it was started with, however far training has come; `objective.correction` weighs answers by that,
    /// `truncated` if it says nothing. Answers that do not come are left out and counted. A run that was
    /// killed ends with the same bits only if the server answers the same again.
    #[serde(with = "crate::configuration::name")]
    pub(crate) server: Endpoint,
    /// The name of the model there; that of its only one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// How often a request is made before its answer is left out.
    #[serde(default = "attempts")]
    pub(crate) attempts: u32,
    /// How many seconds to wait before the second attempt; twice as long before each further one.
    #[serde(default = "pause")]
    pub(crate) pause: f64,
    /// How many seconds the server may be silent.
    #[serde(default = "silence")]
    pub(crate) silence: f64,
}

fn attempts() -> u32 {
    5
}

fn pause() -> f64 {
    1.0
}

fn silence() -> f64 {
    600.0
}

/// The server of a run.
#[derive(Debug)]
pub(crate) struct Server(Client);

impl Server {
    /// The server that `keys` name, which has shown that it names the tokens that it draws after `prompt`.
    pub(crate) async fn connect(
        keys: &RolloutKeys,
        training: &Training,
        stops: &[String],
        prompt: &[u32],
    ) -> anyhow::Result<Self> {
        let server = &keys.server;
        ensure!(
            keys.pause >= 0.0 && keys.silence > 0.0 && keys.attempts > 0,
            "`rollouts.attempts` and `rollouts.silence` must be above 0, `rollouts.pause` not below"
        );
        let key = Key::of_environment(Key::VARIABLE)?;
        if key.is_some() && server.is_in_the_clear() {
            explain("warning: the key goes over http, where it can be read on the way");
        }
        let client = |model: &str, max_tokens: usize| {
            let manners = Manners {
                model: model.to_owned(),
                temperature: training.temperature,
                top_p: 1.0,
                top_k: 0,
                min_p: 0.0,
                max_tokens: max_tokens.try_into().unwrap_or(u32::MAX),
                is_completion_limit: false,
                stops: stops.to_vec(),
                stream: false,
                omitted: Vec::new(),
            };
            let patience = Patience::new(keys.attempts, keys.pause, training.seed);
            let silence = Duration::from_secs_f64(keys.silence);
            Client::new(server.clone(), key.clone(), manners, patience, silence)
        };
        let model = match &keys.model {
            Some(model) => model.clone(),
            None => only_model(&client("", 1)?, server).await?,
        };
        let asked = Asked { ids: prompt.to_vec(), seed: 0 };
        if let Err(reason) = write(&client(&model, 1)?, asked).await {
            bail!("`rollouts.server` {server} cannot write the answers of a training: {reason}");
        }
        Ok(Self(client(&model, training.max_tokens)?))
    }

    /// As the trainer has it.
    pub(crate) fn writer(self) -> Arc<dyn Writer> {
        Arc::new(self)
    }
}

impl Writer for Server {
    fn write(&self, asked: Asked) -> Writing<'_> {
        Box::pin(write(&self.0, asked))
    }
}

async fn write(client: &Client, Asked { ids, seed }: Asked) -> Result<Written, String> {
    let ask = Ask { words: Words::Tokens(ids.clone()), answers: 1, seed };
    let reply = client.ask(&ask).await.map_err(|failure| failure.chain())?;
    let choice = reply.choices.into_iter().next().ok_or("the reply has no answer")?;
    let Some(Drawn { tokens, logprobs, prompt }) = choice.drawn else {
        return Err("it does not name the tokens that it draws and their log-probabilities \
                    (`return_token_ids` and `logprobs`), and a text cannot be learnt from"
            .to_owned());
    };
    if prompt.is_some_and(|prompt| prompt != ids) {
        return Err("it read other tokens than it was sent".to_owned());
    }
    Ok(Written { tokens, logprobs, is_cut: choice.finish.as_deref() == Some("length") })
}

async fn only_model(client: &Client, server: &Endpoint) -> anyhow::Result<String> {
    let models = client.models().await;
    let models = models.with_context(|| format!("failed to ask {server} for its models"))?;
    let [model] = &models[..] else {
        bail!("{server} has {} models; `rollouts.model` names one", models.len());
    };
    Ok(model.clone())
}
