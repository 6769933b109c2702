//! Messages to a prompt, the way a model was trained on.
//!
//! A model comes with a template: a program in Jinja, written for Python's Jinja2 and run there
//! with a certain set of options. [`ChatTemplate`] runs it with the same options, so that the
//! prompt is the same character by character.
//!
//! A template is code from the network. It can only build a string, and it is given a budget of
//! instructions, so that a hostile one ends with an error.
//!
//! Left out on purpose: `strftime_now`. A prompt with today's date makes tomorrow's run another
//! one; templates that ask for the date fall back to a fixed one where the function is not defined,
//! as Llama 3's do. Tools and documents are always none.

mod message;
mod template;

pub use message::{Message, Role};
pub use template::{ChatTemplate, ChatTemplateError};
