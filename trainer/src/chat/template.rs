//! A chat template, ready to be filled in.

use std::fs;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, context};
use serde::Serialize;

use super::message::Message;
use crate::gguf::GgufModel;

/// A conversation of a thousand turns takes some ten thousand instructions.
const INSTRUCTIONS: u64 = 10_000_000;
const NAME: &str = "chat_template";

/// Why there is no prompt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChatTemplateError {
    /// A file of the model could not be read.
    #[error("`{}` cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file of the model is not what it should be.
    #[error("`{}` is no tokenizer configuration", file.display())]
    NotJson {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// The model has no template.
    #[error("`{}` has no chat template", model.display())]
    None {
        /// The folder or file of the model.
        model: PathBuf,
    },
    /// The template is not written in Jinja as it is understood here.
    #[error("the chat template is broken")]
    Broken(#[source] Error),
    /// The template refused the conversation, or failed at it.
    #[error("the chat template cannot render this conversation")]
    Refused(#[source] Error),
}

/// Turns a conversation into the text that a model was trained to continue.
///
/// ```
/// use trainer::chat::{ChatTemplate, Message};
///
/// # fn main() -> Result<(), trainer::chat::ChatTemplateError> {
/// let template = ChatTemplate::new("{{ bos_token }}{% for m in messages %}{{ m['content'].strip() }}{% endfor %}")?
///     .with_bos_token("<s>");
/// assert_eq!(template.render(&[Message::user(" Hi! ")], false)?, "<s>Hi!");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    source: String,
    bos_token: String,
    eos_token: String,
}

impl ChatTemplate {
    /// Reads a template. Its `bos_token` and `eos_token` are empty.
    ///
    /// # Errors
    ///
    /// It is not written in Jinja.
    pub fn new(source: &str) -> Result<Self, ChatTemplateError> {
        let mut environment = Environment::new();
        environment.set_syntax(as_in_transformers());
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_fuel(Some(INSTRUCTIONS));
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        environment.add_filter("tojson", tojson);
        environment
            .add_template_owned(NAME, source.to_owned())
            .map_err(ChatTemplateError::Broken)?;
        let (bos_token, eos_token) = (String::new(), String::new());
        Ok(Self { environment, source: source.to_owned(), bos_token, eos_token })
    }

    /// Reads the template of a model's folder, from `chat_template.jinja` or
    /// `tokenizer_config.json`.
    ///
    /// # Errors
    ///
    /// There is none, or it is broken.
    pub fn from_folder(folder: &Path) -> Result<Self, ChatTemplateError> {
        let file = folder.join("tokenizer_config.json");
        let text = read(&file)?;
        let config: serde_json::Value = serde_json::from_str(&text)
            .map_err(|source| ChatTemplateError::NotJson { file, source })?;
        let separate = folder.join("chat_template.jinja");
        let source = match config["chat_template"].as_str() {
            _ if separate.exists() => read(&separate)?,
            Some(source) => source.to_owned(),
            None => return Err(ChatTemplateError::None { model: folder.to_owned() }),
        };
        Ok(Self::new(&source)?
            .with_bos_token(special(&config["bos_token"]))
            .with_eos_token(special(&config["eos_token"])))
    }

    /// Takes the template out of a GGUF file.
    ///
    /// # Errors
    ///
    /// There is none, or it is broken.
    pub fn from_gguf(model: &GgufModel) -> Result<Self, ChatTemplateError> {
        let Some(source) = model.chat_template() else {
            return Err(ChatTemplateError::None { model: model.file().path().to_owned() });
        };
        Ok(Self::new(source)?
            .with_bos_token(model.token(&model.config()["bos_token_id"]))
            .with_eos_token(model.token(&model.config()["eos_token_id"])))
    }

    /// What would stand in `tokenizer_config.json`, for a folder that other programs read.
    pub fn to_json(&self) -> serde_json::Value {
        let token = |token: &str| (!token.is_empty()).then(|| token.to_owned());
        serde_json::json!({
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": token(&self.bos_token),
            "eos_token": token(&self.eos_token),
            "chat_template": self.source,
        })
    }

    /// Sets what the template calls `bos_token`.
    #[must_use]
    pub fn with_bos_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.bos_token);
        self
    }

    /// Sets what the template calls `eos_token`.
    #[must_use]
    pub fn with_eos_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.eos_token);
        self
    }

    /// The prompt for a conversation; with `generation_prompt`, up to where the answer begins.
    ///
    /// # Errors
    ///
    /// The template refuses the conversation, for instance because of the order of its roles.
    pub fn render(
        &self,
        messages: &[Message],
        generation_prompt: bool,
    ) -> Result<String, ChatTemplateError> {
        let template = self.environment.get_template(NAME).expect("it was added by `new`");
        template
            .render(context! {
                messages => Serde(messages),
                add_generation_prompt => generation_prompt,
                bos_token => self.bos_token.as_str(),
                eos_token => self.eos_token.as_str(),
                tools => (),
                documents => (),
            })
            .map_err(ChatTemplateError::Refused)
    }
}

/// Blocks leave neither their line end nor what is before them on their line.
fn as_in_transformers() -> SyntaxConfig {
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .expect("the usual delimiters do not contradict each other")
}

fn read(file: &Path) -> Result<String, ChatTemplateError> {
    fs::read_to_string(file)
        .map_err(|source| ChatTemplateError::Unreadable { file: file.to_owned(), source })
}

/// A special token is written as its text, or as an object that describes it.
fn special(token: &serde_json::Value) -> &str {
    token.as_str().or_else(|| token["content"].as_str()).unwrap_or_default()
}

/// How templates say that a conversation is not what they are for.
fn raise_exception(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

/// JSON as Python writes it, with spaces behind commas and colons.
fn tojson(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    options.assert_all_used()?;
    let mut written = Vec::new();
    let result = match indent {
        // Nobody indents by more; a hostile template would to fill the memory.
        Some(width) => {
            let indent = " ".repeat(width.min(16));
            let pretty = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
            value.serialize(&mut serde_json::Serializer::with_formatter(&mut written, pretty))
        }
        None => value.serialize(&mut serde_json::Serializer::with_formatter(&mut written, Spaced)),
    };
    result.map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    let text = String::from_utf8(written).expect("JSON is written as UTF-8");
    Ok(Value::from_safe_string(text))
}

/// One line, with spaces where Python has them.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
    ) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str) -> Result<String, ChatTemplateError> {
        ChatTemplate::new(source)?.render(&[Message::user("hi")], true)
    }

    #[test]
    fn blocks_leave_no_line_behind() {
        let source = "a\n  {% if true %}\nb\n  {% endif %}\nc\n";
        assert_eq!(render(source).unwrap(), "a\nb\nc");
    }

    #[test]
    fn json_has_python_s_spaces_and_no_escapes_for_html() {
        let source = r#"{{ {"a": [1, "<é>"], "b": none} | tojson }}"#;
        assert_eq!(render(source).unwrap(), r#"{"a": [1, "<é>"], "b": null}"#);
    }

    #[test]
    fn methods_of_python_s_strings_and_dicts_work() {
        let source = "{{ ' x '.strip().upper() }}{% for k, v in messages[0].items() %} {{ k }}={{ v }}{% endfor %}";
        assert_eq!(render(source).unwrap(), "X role=user content=hi");
        assert_eq!(render("{{ 'a,b'.split(',')[-1].startswith('b') }}").unwrap(), "True");
    }

    #[test]
    fn a_template_can_refuse_with_its_own_words() {
        let error = render("{{ raise_exception('roles must alternate') }}").unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("roles must alternate"), "{source}");
    }

    #[test]
    fn no_tools_and_no_date_are_there() {
        assert_eq!(
            render("{% if tools is none and not strftime_now is defined %}ok{% endif %}").unwrap(),
            "ok"
        );
    }

    #[test]
    fn a_template_without_end_is_stopped() {
        let source = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a * b }}{% endfor %}{% endfor %}";
        assert!(matches!(render(source), Err(ChatTemplateError::Refused(_))));
    }

    #[test]
    fn a_broken_template_is_an_error() {
        assert!(matches!(render("{% if %}"), Err(ChatTemplateError::Broken(_))));
    }
}
