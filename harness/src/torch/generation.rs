//! What a model is given to continue.

use anyhow::{Context, bail, ensure};
use datasets::Problem;
use harness::manner::{Manner, Question};
use trainer::LanguageModel;
use trainer::chat::{Message, Role};

/// What `model` is to continue for `problem`, which leaves room for an answer.
pub(crate) fn prompt(
    model: &LanguageModel,
    manner: Manner,
    problem: &Problem,
) -> anyhow::Result<String> {
    let question = manner.question(problem);
    let question =
        question.with_context(|| format!("{} cannot be asked in this manner", problem.id))?;
    let prompt = asking(model, manner, &question)?;
    let (tokens, context) =
        (model.tokenizer.encode(&prompt)?.len(), model.decoder.config().context);
    ensure!(
        tokens < context,
        "{} takes {tokens} tokens as a prompt, and `max_position_embeddings` of the model is {context}",
        problem.id
    );
    Ok(prompt)
}

/// What `model` is to continue for `question`.
pub(crate) fn asking(
    model: &LanguageModel,
    manner: Manner,
    question: &Question,
) -> anyhow::Result<String> {
    let Question { system, text } = question.clone();
    match manner {
        Manner::Continue(_) | Manner::Complete(..) => Ok(text),
        Manner::Ask(..) => conversation(model, system, text),
    }
}

/// A prompt at whose end the model answers to `question`.
pub(crate) fn conversation(
    model: &LanguageModel,
    system: Option<&str>,
    question: String,
) -> anyhow::Result<String> {
    let Some(template) = &model.template else {
        bail!("the model has no chat template, so it can continue HumanEval and nothing else");
    };
    let system = system.map(|words| Message { role: Role::System, content: words.to_owned() });
    let messages: Vec<Message> = system.into_iter().chain([Message::user(question)]).collect();
    Ok(template.render(&messages, true)?)
}
